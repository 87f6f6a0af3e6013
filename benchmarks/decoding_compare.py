"""Eight sampling strategies at once, against eight ``model.generate`` calls in turn in the same process.

Both sides have the same model object, threads, precision, prompt and number of tokens (no side may end
early). Ours also makes the texts and the facts of every token; then the same with a trace of ten candidates
a stage, with the bytes that it takes. Prints ratios. Claims: at least 3 on house/story-base, at least 2 on
random weights of GPT-2's size, a trace costs at most 15 %, a step of a strategy at most 2 KB.

    python -m benchmarks.decoding_compare [model folder] [--tokens 64] [--rounds 5] [--threads 2]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.house_size import PROMPT
from pipelines.generation.compare import compared, shown
from pipelines.generation.comparing import DecodeRequest, DecodeStep, StepRequest
from pipelines.generation.strategy import Strategy, strategy
from pipelines.models.devices import pick_device
from pipelines.models.loader import LoadedModel, load_causal_lm
from pipelines.runtime.codec import encode
from pipelines.runtime.operations import INFERENCE

NAMES = ("temperature", "top_k", "top_p", "min_p", "typical", "epsilon", "eta", "top_h")
_OFF = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "typical_p": 1.0}


def endless(loaded: LoadedModel) -> LoadedModel:
    """The model with no token to end at, so that both sides make as many as they are asked for."""
    loaded.model.generation_config.eos_token_id = None
    loaded.model.config.eos_token_id = None
    loaded.tokenizer.eos_token = None
    return loaded


def ours(loaded: LoadedModel, request: DecodeRequest) -> list[Any]:
    return list(compared({loaded.name: loaded}, request))


def theirs(loaded: LoadedModel, request: DecodeRequest) -> None:
    inputs = loaded.tokenizer(request.prompt, return_tensors="pt", return_token_type_ids=False)
    for one in request.strategies:
        settings = {name: value for name, value in one.effective().items() if value != _off(name)}
        torch.manual_seed(request.seed)
        loaded.model.generate(
            **inputs.to(loaded.device),
            **{**_OFF, **settings},
            do_sample=True,
            max_new_tokens=request.max_new_tokens,
            pad_token_id=0,
        )


def _off(name: str) -> Any:
    return getattr(Strategy(), name)


def seconds(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Rounds in turn, so that what else the machine does falls on all sides; the first warms up."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            began = time.perf_counter()
            side()
            if turn:
                taken[name].append(time.perf_counter() - began)
    return taken


def ratio(over: list[float], under: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def measure(loaded: LoadedModel, title: str, tokens: int, rounds: int) -> None:
    made = tuple(strategy(name) for name in NAMES)
    request = DecodeRequest(loaded.name, PROMPT, made, tokens)
    traced = replace(request, trace=10)
    taken = seconds(
        {
            "ours": lambda: ours(loaded, request),
            "generate": lambda: theirs(loaded, request),
            "traced": lambda: ours(loaded, traced),
        },
        rounds,
    )
    rate = len(made) * tokens / statistics.median(taken["ours"])
    times, cost = ratio(taken["generate"], taken["ours"]), ratio(taken["traced"], taken["ours"]) - 1
    with_trace, without = (step_bytes(ours(loaded, one)) for one in (traced, request))
    print(
        f"{title}: {rate:,.0f} tokens/s, {times:.2f} × generate in turn; a trace costs {100 * cost:.1f} %; ",
        end="",
    )
    print(f"{with_trace:,.0f} bytes a step and strategy, {without:,.0f} without a trace")


def step_bytes(events: list[Any]) -> float:
    """Of what crosses between the processes."""
    steps = [event for event in events if isinstance(event, DecodeStep)]
    types = INFERENCE.message_types()
    sizes = [memoryview(part).nbytes for one in steps for part in encode(1, one, types)]
    return sum(sizes) / sum(len(one.wrote) for one in steps)


def reshape(loaded: LoadedModel, title: str, times: int = 40) -> None:
    """How long the worker takes for a step with a setting that was moved."""
    request = DecodeRequest(loaded.name, PROMPT, (strategy("top_p"),), 8, run="benchmark")
    ours(loaded, request)
    taken = []
    for turn in range(times):
        moved = strategy("top_p", {"top_p": 0.5 + turn / 100, "temperature": 0.7})
        began = time.perf_counter()
        shown(loaded, StepRequest(loaded.name, "benchmark", 0, 0, turn % 8, moved))
        taken.append(1000 * (time.perf_counter() - began))
    slowest = statistics.quantiles(taken, n=20)[-1]
    print(f"{title}: a moved slider takes {statistics.median(taken):.1f} ms, 95 % under {slowest:.1f} ms")


def gpt2_size(folder: Path, like: LoadedModel) -> LoadedModel:
    """Random weights of GPT-2 small's size, with the house's tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config()).save_pretrained(folder)
    like.tokenizer.save_pretrained(folder)
    return load_causal_lm("random", folder, like.device)


def main() -> None:
    house_folder = Path(__file__).parents[1] / "assets" / "models" / "story-base"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=house_folder)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    house = endless(load_causal_lm("house", options.model, pick_device("auto")))
    measure(house, options.model.name, options.tokens, options.rounds)
    reshape(house, options.model.name)
    with tempfile.TemporaryDirectory() as folder:
        large = endless(gpt2_size(Path(folder), house))
        measure(large, "GPT-2 size", options.tokens, max(2, options.rounds // 2))
        reshape(large, "GPT-2 size")


if __name__ == "__main__":
    main()
