"""Rows of real benchmarks for tests, where the folder of shared data is there: as it holds them, and in the
form in which lm-evaluation-harness gets them from the Hub.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.tasks.reading import rows_of

DATA = REPOSITORY.parent / "shared" / "data" / "eval"
Row = Mapping[str, Any]
_FILES = {
    "arc_easy": "arc_easy.jsonl.gz",
    "arc_challenge": "arc_challenge_pairs.jsonl.gz",
    "piqa": "piqa.jsonl.gz",
    "winogrande": "winogrande.jsonl.gz",
    "commonsense_qa": "commonsenseqa_dev.jsonl.gz",
    "truthfulqa_mc1": "truthfulqa_mc_task.json.gz",
    "truthfulqa_mc2": "truthfulqa_mc_task.json.gz",
    "mmlu": "mmlu.jsonl.xz",
    "blimp": "blimp.jsonl.xz",
}


def file_of(task: str) -> str:
    """Skips the test where the data is not there."""
    path = DATA / _FILES[task]
    if not path.is_file():
        pytest.skip(f"needs {path.name} of the shared data")
    return str(path)


@cache
def rows(task: str) -> tuple[Row, ...]:
    """As the file has them."""
    return tuple(row.values for row in rows_of(DATA / file_of(task)))


def published(task: str, row: Row) -> dict[str, Any]:
    """As the Hub has it."""
    return _PUBLISHED.get(task, dict)(row)


def _arc(row: Row) -> dict[str, Any]:
    options = row["choices"] if "choices" in row else [row["correct"], *row["incorrect"]]
    question = row["query"].removeprefix("Question: ") if "query" in row else row["question"]
    labels = [str(place) for place in range(1, len(options) + 1)]
    choices = {"text": options, "label": labels}
    return {"question": question, "choices": choices, "answerKey": labels[row.get("gold", 0)]}


def _piqa(row: Row) -> dict[str, Any]:
    ways = dict(zip(("sol1", "sol2"), row["choices"], strict=True))
    return {"goal": row["query"].removeprefix("Question: "), **ways, "label": row["gold"]}


def _winogrande(row: Row) -> dict[str, Any]:
    """The two contexts have all but their last words in common."""
    one, two = (context.split(" ") for context in row["context_options"])
    same = next((place for place, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), 0)
    before = " ".join(one[:same])
    gap = f"{before} _" if before else "_"
    return {
        "sentence": f"{gap} {row['continuation']}",
        "option1": " ".join(one[same:]),
        "option2": " ".join(two[same:]),
        "answer": str(row["gold"] + 1),
    }


def _commonsense(row: Row) -> dict[str, Any]:
    told = row["question"]["choices"]
    choices = {name: [choice[name] for choice in told] for name in ("text", "label")}
    return {"question": row["question"]["stem"], "choices": choices, "answerKey": row["answerKey"]}


def _truthful(row: Row) -> dict[str, Any]:
    told = {
        name: {"choices": list(row[name]), "labels": list(row[name].values())}
        for name in ("mc1_targets", "mc2_targets")
    }
    return {"question": row["question"], **told}


def _mmlu(row: Row) -> dict[str, Any]:
    return {**row, "answer": "ABCD".index(row["answer"])}


_PUBLISHED: dict[str, Callable[[Row], dict[str, Any]]] = {
    "arc_easy": _arc,
    "arc_challenge": _arc,
    "piqa": _piqa,
    "winogrande": _winogrande,
    "commonsense_qa": _commonsense,
    "truthfulqa_mc1": _truthful,
    "truthfulqa_mc2": _truthful,
    "mmlu": _mmlu,
}
