"""Claim: Muon reaches AdamW's loss in at most two thirds of the steps, each at its own best rate.

    python -m benchmarks.optimizers [--size 4] [--steps 300] [--rates 0.002 0.004 0.008]

Trains the model of one size on the bundled sample through the real pretraining job, once for each optimiser
and rate, on the same windows in the same order. Prints the held-out bits per byte of each, and where the best
Muon run passed the end of the best AdamW run.
"""

import argparse
import os
import tempfile
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.training.pretrain import run
from pipelines.training.specs import OPTIMIZERS, PretrainSpec

_POINTS = 12

Curve = dict[int, float]  # step → bits per byte on held-out text


def trained(spec: PretrainSpec, folder: Path) -> Curve:
    folder.mkdir()
    job = JobDir(folder)
    with JobContext(job, folder.name) as context:
        run(spec, context)
    return {e["step"]: e["bits_per_byte"] for e in job.read_events()[0] if e["type"] == "eval"}


def curves(size: int, steps: int, rates: list[float]) -> dict[tuple[str, float], Curve]:
    every = max(1, steps // _POINTS)
    fixed = {"size": size, "max_steps": steps, "warmup_steps": steps // 15, "eval_every": every}
    fixed |= {"checkpoint_every": steps, "sample_prompts": [], "compile": False}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLASSWORKS_HOME"] = folder
        for optimizer, rate in product(OPTIMIZERS, rates):
            spec = PretrainSpec.from_dict({**fixed, "optimizer": optimizer, "learning_rate": rate})
            curve = trained(spec, Path(folder) / f"{optimizer}-{rate}")
            found[optimizer, rate] = curve
            print(f"{optimizer:6} rate {rate:<6g} {curve[steps]:.4f} bits per byte", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=4, help="the dial of the Pretrain tab")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.002, 0.004, 0.008])
    asked = parser.parse_args()
    found = curves(asked.size, asked.steps, asked.rates)
    best = {
        name: min((c for (n, _), c in found.items() if n == name), key=lambda c: c[asked.steps])
        for name in OPTIMIZERS
    }
    goal = best["adamw"][asked.steps]
    passed = next((s for s, b in sorted(best["muon"].items()) if b <= goal), None)
    print(f"AdamW ends at {goal:.4f}, Muon at {best['muon'][asked.steps]:.4f} bits per byte")
    if passed is None:
        print("Muon does not get there: the claim does not hold here")
    else:
        print(f"ratio {passed / asked.steps:.2f} of AdamW's steps (claim: at most 0.67)")


if __name__ == "__main__":
    main()
