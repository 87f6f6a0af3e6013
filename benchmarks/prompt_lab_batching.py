"""Items a minute of the prompt lab's batches, against the same calls one at a time in the same process.

Same model object, threads, precision, prompts and settings; texts end where the model or a marker ends them,
on all sides; turn by turn. One at a time is our own caller with one row, and with ``--generate`` the
library's ``model.generate`` too, of which the faster counts. Zero-shot, after two worked examples, and these
with five samples an item. ``--cpu-time`` counts the processor's time, for a machine that is busy.
Prints the ratio, and whether ours says the same in a batch as alone. Claim: at least 4 on house/story-base
on the CPU.

    python -m benchmarks.prompt_lab_batching [model folder] [--items 48] [--tokens 96] [--rounds 3]
        [--threads 2] [--cpu-time] [--generate]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pipelines.models.devices import pick_device
from pipelines.models.loader import LoadedModel, load_causal_lm
from pipelines.prompting.calling.local import LocalCaller
from pipelines.prompting.calls import Call, Message

CLAIM = 4.0
_STOPS = ("\n\n", "Question:")
_STORIES = (
    "{a} has {x} red apples. {b} gives {a} {y} more. Then {a} eats {z} of them. How many apples are left?",
    "There are {x} birds in the tree and {y} birds on the roof. {z} birds fly away. How many birds stay?",
    "{a} and {b} find {x} shells each by the sea on the first day, and {y} on the second. They lose {z}. How "
    "many shells do they have?",
)
_EXAMPLES = (
    "Question: Sue has 3 pens and buys 4 more. How many pens does she have?\nAnswer: Sue has 3 pens. She "
    "buys 4 more, so she has 3 + 4 = 7. The answer is 7.\n\n",
    "Question: There are 12 cakes. The dog eats 5 of them. How many cakes are left?\nAnswer: There were 12 "
    "cakes. The dog ate 5, so 12 - 5 = 7 are left. The answer is 7.\n\n",
)
_NAMES = ("Anna", "Ben", "Lily", "Tom", "Mia", "Sam")


def prompts(count: int, shots: int, seed: int = 0) -> list[str]:
    """Word problems, all after the same worked examples."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        a, b = rng.sample(_NAMES, 2)
        x, y, z = (rng.randint(2, 40) for _ in range(3))
        told = _STORIES[number % len(_STORIES)].format(a=a, b=b, x=x, y=y, z=z)
        found.append(f"{''.join(_EXAMPLES[:shots])}Question: {told}\nAnswer:")
    return found


def calls(items: int, tokens: int, shots: int, samples: int = 1) -> list[Call]:
    temperature = 0.8 if samples > 1 else 0.0
    given = {"stop": _STOPS, "max_new_tokens": tokens, "samples": samples, "temperature": temperature}
    asked = enumerate(prompts(items, shots))
    return [Call((Message("user", text),), seed=seed, **given) for seed, text in asked]


def library(loaded: LoadedModel, asked: Sequence[Call]) -> int:
    """One ``generate`` a text, with the markers as its stop strings; how many tokens it made."""
    made = 0
    for call in asked:
        given = loaded.tokenizer(call.messages[0].content, return_tensors="pt", return_token_type_ids=False)
        drawn = {"do_sample": True, "temperature": call.temperature, "top_k": 0}
        torch.manual_seed(call.seed)
        for _ in range(call.samples):
            out = loaded.model.generate(
                **given.to(loaded.device),
                **(drawn if call.temperature else {"do_sample": False}),
                max_new_tokens=call.max_new_tokens,
                stop_strings=list(call.stop),
                tokenizer=loaded.tokenizer,
                pad_token_id=0,
            )
            made += out.shape[1] - given["input_ids"].shape[1]
    return made


def one_each(asked: Sequence[Call]) -> list[Call]:
    """A call a sample: as who asks one at a time would."""
    return [replace(call, samples=1, seed=call.seed + at) for call in asked for at in range(call.samples)]


def measure(loaded: LoadedModel, title: str, asked: Sequence[Call], options: argparse.Namespace) -> None:
    single, many = LocalCaller(loaded, rows=1), LocalCaller(loaded)
    clock = time.process_time if options.cpu_time else time.perf_counter
    sides: dict[str, Callable[[], Any]] = {
        "batched": lambda: many.answer(asked),
        "one at a time": lambda: [single.answer([call]) for call in one_each(asked)],
    }
    if options.generate:
        sides["generate"] = lambda: library(loaded, asked)
    many.answer(asked[:4])
    single.answer(asked[:1])
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, side in sides.items():
            began = clock()
            side()
            taken[name].append(clock() - began)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    rates = {name: 60 * len(asked) / seconds for name, seconds in medians.items()}
    pairs = zip(*taken.values(), strict=True)
    ratio = statistics.median(min(others) / batched for batched, *others in pairs)
    equal = _texts(many, asked[:6]) == _texts(single, asked[:6])
    shown = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
    print(
        f"{title}: items/min: {shown}; ratio {ratio:.2f} (at least {CLAIM}); the same texts: {equal}",
        flush=True,
    )


def _texts(caller: LocalCaller, asked: Sequence[Call]) -> list[Any]:
    return [reply.texts for reply in caller.answer(asked)]


def main() -> None:
    house = Path(__file__).parents[1] / "assets" / "models" / "story-base"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=house)
    parser.add_argument("--items", type=int, default=48)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--generate", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    loaded = load_causal_lm("house", options.model, pick_device("auto"))
    print(
        f"{options.model.name}, {options.threads} threads, {loaded.model.dtype}, {loaded.device}", flush=True
    )
    measure(loaded, "two examples", calls(options.items, options.tokens, 2), options)
    measure(loaded, "zero-shot", calls(options.items, options.tokens, 0), options)
    few = max(4, options.items // 4)
    measure(loaded, "two examples, 5 samples", calls(few, options.tokens, 2, 5), options)


if __name__ == "__main__":
    main()
