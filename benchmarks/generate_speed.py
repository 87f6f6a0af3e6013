"""Tokens a second of our decoding loop, as a share of a bare ``model.generate`` in the same process.

Both sides run the same model object, threads, precision and prompt, greedy and sampled, in turn; ours also
makes the text and one event a token. Prints the ratio and whether the texts are equal. Claim: at least 0.8.

    python -m benchmarks.generate_speed [model folder] [--tokens 200] [--rounds 5] [--threads 1]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.house_size import PROMPT, save_house_size
from pipelines.generation.handler import continue_text
from pipelines.generation.specs import DecodingSpec
from pipelines.models.devices import pick_device
from pipelines.models.loader import LoadedModel, load_causal_lm


def ours(loaded: LoadedModel, spec: DecodingSpec) -> tuple[str, int]:
    """The new text and how many tokens it has: a model may end it early."""
    finished = list(continue_text(loaded, PROMPT, spec))[-1]
    return finished.text, finished.new_tokens


def theirs(loaded: LoadedModel, spec: DecodingSpec) -> tuple[str, int]:
    inputs = loaded.tokenizer(PROMPT, return_tensors="pt", return_token_type_ids=False).to(loaded.device)
    options = {"temperature": spec.temperature, "top_k": spec.top_k, "top_p": spec.top_p}
    torch.manual_seed(spec.seed)
    output = loaded.model.generate(
        **inputs,
        max_new_tokens=spec.max_new_tokens,
        pad_token_id=0,
        **({"do_sample": True, **options} if spec.temperature else {"do_sample": False}),
    )
    new = output[0, inputs["input_ids"].shape[1] :]
    return loaded.tokenizer.decode(new, skip_special_tokens=True), len(new)


def compare(loaded: LoadedModel, spec: DecodingSpec, rounds: int) -> None:
    """Rounds in turn, so that what else the machine does falls on both sides; the first warms up."""
    times: dict[Callable, list[float]] = {ours: [], theirs: []}
    texts = {}
    for turn in range(rounds + 1):
        for side, taken in times.items():
            started = time.perf_counter()
            texts[side] = side(loaded, spec)
            if turn:
                taken.append(time.perf_counter() - started)
    ratio = statistics.median(b / a for a, b in zip(times[ours], times[theirs], strict=True))
    speeds = [texts[side][1] / statistics.median(times[side]) for side in (ours, theirs)]
    kind = "sampled" if spec.temperature else "greedy"
    equal = "" if spec.temperature else f", texts equal: {texts[ours] == texts[theirs]}"
    print(f"{kind}: ours {speeds[0]:.0f} tok/s, generate {speeds[1]:.0f} tok/s, ratio {ratio:.2f}{equal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", help="a model folder; left out: random weights of house size")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(args.model) if args.model else save_house_size(Path(scratch) / "model")
        loaded = load_causal_lm("path:model", folder, pick_device("auto"))
        print(f"{loaded.bytes / 1e6:.0f} MB, {args.threads} threads, {loaded.model.dtype}, {loaded.device}")
        for temperature in (0.0, 0.8):
            compare(loaded, DecodingSpec(max_new_tokens=args.tokens, temperature=temperature), args.rounds)


if __name__ == "__main__":
    main()
