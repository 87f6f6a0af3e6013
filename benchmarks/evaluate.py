"""How many items a second an evaluation scores, beside lm-evaluation-harness, whose figures it must have.

The tasks make their questions of the published rows; both sides score the same questions with the same model,
threads and precision, 25 items in turn. The harness gets the batch size that suits it best of several, and is
spared the reading of rows and the making of figures, which the other side's time does not hold either.
Claims: on the CPU at least 1.5 times the harness's items a second, over all tasks together and in the median
of them, and the same log-probabilities up to rounding.

    python -m benchmarks.evaluate [--data ../shared/data/eval] [--model house/story-base] [--items 200]
        [--shots 2] [--batches 1,8,32] [--threads 2]

``--shots`` are the examples before each MMLU item; the other tasks have none.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from pipelines.core.settings import Settings
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.records import Answerer, Ask, Said
from pipelines.evaluation.tasks.registry import task_named
from pipelines.evaluation.tasks.rows import load
from pipelines.evaluation.tasks.shots import Shots
from pipelines.evaluation.tasks.task import Setting
from pipelines.models.catalogue import Catalogue

TIMES, APART = 1.5, 1e-3  # nats
_AT_ONCE = 25  # items
_FILES = {
    "arc_easy": "arc_easy.jsonl.gz",
    "piqa": "piqa.jsonl.gz",
    "winogrande": "winogrande.jsonl.gz",
    "truthfulqa_mc1": "truthfulqa_mc_task.json.gz",
    "commonsense_qa": "commonsenseqa_dev.jsonl.gz",
    "mmlu/astronomy": "mmlu.jsonl.xz",
    "blimp/adjunct_island": "blimp.jsonl.xz",
}


class _Listener:
    """Notes what it is asked, and says nothing of use."""

    name = "nobody"

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        self.asked += asks
        return [Said(0.0, False, 1)] * len(asks)

    def scores(self) -> bool:
        return True


def questions(name: str, file: Path, count: int, shots: int, settings: Settings) -> list[list[Ask]]:
    """Of each item."""
    task, part = task_named(name)
    given = Shots(shots if name.startswith("mmlu") else 0)
    asked = []
    for item in load(task, part, str(file), count, settings, shots=given).items:
        listener = _Listener()
        task.outcomes([item], listener, Setting())
        asked.append(listener.asked)
    return asked


@dataclass
class Sides:
    """Seconds of both, by how many nats they are apart, and the harness's batch size: that which was the
    fastest the first time."""

    ours: float = 0.0
    theirs: float = 0.0
    apart: float = 0.0
    size: int = 0

    def measure(self, model: Answerer, lms: Mapping[int, Any], asks: Sequence[Ask]) -> None:
        seconds, said = _timed(lambda: model.score(asks))
        self.ours += seconds
        given = [(ask.context, ask.continuation) for ask in asks]
        asked = [Instance("loglikelihood", {}, arguments, at) for at, arguments in enumerate(given)]
        took = {}
        for size in [self.size] if self.size else lms:
            took[size] = _timed(lambda size=size: lms[size].loglikelihood(asked, disable_tqdm=True))
        self.size = min(took, key=lambda size: took[size][0])
        seconds, found = took[self.size]
        self.theirs += seconds
        pairs = zip(said, found, strict=True)
        self.apart = max(self.apart, *(abs(one.log_prob - log_prob) for one, (log_prob, _) in pairs))


def _timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = ask()
    return time.perf_counter() - began, found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/eval"))
    parser.add_argument("--model", default="house/story-base")
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--shots", type=int, default=2)
    parser.add_argument("--batches", default="1,8,32")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    settings = Settings(threads=options.threads)
    model = opened(options.model, settings)
    folder = str(Catalogue(settings).resolve(options.model))
    torch.set_num_threads(options.threads)
    compare(model, folder, options, settings)


def compare(model: Answerer, folder: str, options: argparse.Namespace, settings: Settings) -> None:
    given = {"pretrained": folder, "device": "cpu", "dtype": "float32"}
    lms = {size: HFLM(**given, batch_size=size) for size in map(int, options.batches.split(","))}
    total, every, items = Sides(), [], 0
    for name, file in _FILES.items():
        asked = questions(name, options.data / file, options.items, options.shots, settings)
        sides = Sides()
        model.score([ask for asks in asked[:5] for ask in asks])  # warms up
        for begin in range(0, len(asked), _AT_ONCE):
            sides.measure(model, lms, [ask for asks in asked[begin : begin + _AT_ONCE] for ask in asks])
        print(
            f"{name:22s} {len(asked):4d} items: {len(asked) / sides.ours:7.1f} items/s, the harness "
            f"{len(asked) / sides.theirs:7.1f} (batch {sides.size}): {sides.theirs / sides.ours:5.2f} times",
            flush=True,
        )
        every.append(sides)
        items += len(asked)
        total.ours, total.theirs = total.ours + sides.ours, total.theirs + sides.theirs
    apart = max(sides.apart for sides in every)
    ratios = [sides.theirs / sides.ours for sides in every]
    print(f"all together {items / total.ours:.1f} items/s, the harness {items / total.theirs:.1f}")
    print(
        f"{total.theirs / total.ours:.2f} times, in the median of the tasks {statistics.median(ratios):.2f} "
        f"(must: {TIMES:g}); log-probabilities at most {apart:.1e} nats apart (must: {APART:g})"
    )


if __name__ == "__main__":
    main()
