"""The mean of the weights of some finished runs that began at the same model: ``house/story-base``.

    python -m assets.recipes.story_average story-base runs/<long> runs/<fall> runs/<fall> …

``long`` is the run that the others began at; it is told of, not averaged. Runs that start from the same
weights and read the same text in different orders end in one valley of the loss, and its middle is lower than
where each of them stopped (Wortsman et al. 2022, "Model soups"). All runs that are named count alike: nothing
is chosen by the held-out text, so its figure stays honest.

Writes a model folder, and prints the bits per byte of each run and of the mean, all on the same text.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from pipelines.core.files import read_json
from pipelines.core.version import code_version
from pipelines.training.artifact import save_artifact
from pipelines.training.average import take_mean
from pipelines.training.data import Windows
from pipelines.training.machine import autocast_dtype
from pipelines.training.measure import bits_per_byte, perplexity
from pipelines.training.objectives import Objective, objective_of
from pipelines.training.prepare import Encoded, encoded_in
from pipelines.training.specs import PretrainSpec
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.validate import held_out_loss


def measured(model, objective: Objective, corpus: Encoded, spec: PretrainSpec, tokenizer) -> dict[str, float]:
    """As a run measures itself at its end: all held-out documents, in windows of the whole context."""
    device = torch.device("cpu")
    dtype = autocast_dtype(spec.precision, device)
    windows = Windows(corpus.validation, spec.context_length)
    with torch.autocast(device.type, dtype, enabled=dtype is not None):
        loss = held_out_loss(model, objective, windows, spec, tokenizer)
    bits = bits_per_byte(loss, corpus.data.bytes_per_token)
    return {"loss": loss, "perplexity": perplexity(loss), "bits_per_byte": bits}


def figures(model, objective: Objective, spec: PretrainSpec, data: Path) -> dict[str, float]:
    tokenizer = load_tokenizer(data / "tokenizer")
    parts = {"": encoded_in(data), "second_": encoded_in(data / "second")}
    return {
        f"{prefix}{name}": value
        for prefix, corpus in parts.items()
        for name, value in measured(model, objective, corpus, spec, tokenizer).items()
    }


def loaded(runs: list[Path], objective: Objective) -> Iterator[torch.nn.Module]:
    for run in runs:
        yield objective.auto_class.from_pretrained(run / "artifact", dtype=torch.float32)


def told(runs: list[Path], metrics: dict[str, float]) -> dict:
    """The lineage of the mean: that of the last run, with all runs behind it. The long run's result is not
    bundled, so it is no parent that a family tree could show."""
    ends = [read_json(run / "artifact" / "glassworks.json") for run in runs]
    return {
        **ends[-1],
        "parent": None,
        "method": "mean of runs",
        "job_id": None,
        "runs": [{key: end[key] for key in ("spec", "tokens_seen", "metrics")} for end in ends],
        "tokens_seen": sum(end["tokens_seen"] for end in ends),
        "metrics": {**metrics, "seconds": sum(end["metrics"]["seconds"] for end in ends)},
        "code_version": code_version(),
        "created": time.time(),
    }


def main() -> None:
    target, long, *runs = map(Path, sys.argv[1:])
    spec = PretrainSpec.from_dict(read_json(runs[-1] / "artifact" / "glassworks.json")["spec"])
    objective, data = objective_of("llama"), runs[-1] / "data"
    for run, model in zip(runs, loaded(runs, objective), strict=True):
        print(f"{run.name}: {figures(model, objective, spec, data)['bits_per_byte']:.4f}", flush=True)
    model = take_mean(loaded(runs, objective))
    metrics = figures(model, objective, spec, data)
    print(f"mean of {len(runs)}: {metrics['bits_per_byte']:.4f}")
    tokenizer = load_tokenizer(data / "tokenizer")
    windows = Windows(encoded_in(data).validation, spec.context_length)
    check = objective.batch(windows.__getitems__([0, 1, 2, 3]), spec, tokenizer)
    save_artifact(target, model, tokenizer, (objective, check), told([long, *runs], metrics), "")


if __name__ == "__main__":
    main()
