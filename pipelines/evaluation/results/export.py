"""Results as lm-evaluation-harness 0.4 writes them, so that what reads its files reads these: for each model
a folder with ``results_<date>.json`` and, for each task, ``samples_<task>_<date>.jsonl``.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.version import code_version
from pipelines.evaluation.records import Metric
from pipelines.evaluation.results.records import Figures, Kept, Result
from pipelines.evaluation.results.samples import digest_of_samples, samples_of
from pipelines.evaluation.results.store import ResultStore

MOST, _MOST_ITEMS = 200, 200_000  # results and their items at once
_NO_FILTER = "none"
_TOLD = (
    *("results", "groups", "group_subtasks", "configs", "versions"),
    *("n-shot", "higher_is_better", "n-samples"),
)
_OF_FILES = re.compile(r"[\"<>:/|\\?*\[\]]+")  # what the harness takes out of a model's name
_OF_TASKS = re.compile(r"\W")


@dataclass(frozen=True)
class Exported:
    """``name`` is a path below the folder of the export, with slashes."""

    name: str
    text: str


@dataclass(frozen=True)
class _Leaf:
    """A task as the harness knows one: a task without parts, or one part of it."""

    name: str
    alias: str
    figures: Figures
    items: tuple[Kept, ...]


def exported(store: ResultStore, keys: Sequence[str]) -> tuple[Exported, ...]:
    if not 0 < len(keys) <= MOST or len(set(keys)) < len(keys):
        raise SpecError("keys", f"{len(keys)}", f"1 to {MOST} different results")
    found = [store.result(key) for key in keys]
    if (items := sum(one.count for one in found)) > _MOST_ITEMS:
        raise SpecError("keys", f"{items:,} items", f"results of at most {_MOST_ITEMS:,} items together")
    return tuple(file for group in _files(found) for file in _written(store, group))


def _files(results: Sequence[Result]) -> list[list[Result]]:
    """A file has one model, and each task once: of a task that was put in two ways there are two files."""
    files: list[list[Result]] = []
    for one in results:
        for file in files:
            if file[0].model == one.model and one.task not in [other.task for other in file]:
                file.append(one)
                break
        else:
            files.append([one])
    return files


def _written(store: ResultStore, results: Sequence[Result]) -> Iterator[Exported]:
    folder, ends = _OF_FILES.sub("__", results[0].model), max(one.created for one in results)
    date = datetime.fromtimestamp(ends, UTC).replace(tzinfo=None).isoformat().replace(":", "-")
    leaves = {one.key: _leaves(one, store.kept(one.key)) for one in results}
    hashes = {}
    for one in results:
        for leaf in leaves[one.key]:
            samples = list(samples_of(one, leaf.items))
            if samples:
                hashes[leaf.name] = digest_of_samples(samples)
                lines = "".join(json.dumps(sample, ensure_ascii=False) + "\n" for sample in samples)
                yield Exported(f"{folder}/samples_{leaf.name}_{date}.jsonl", lines)
    told = _aggregated(results, leaves) | {"task_hashes": hashes, **_facts(results, folder, ends)}
    text = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
    yield Exported(f"{folder}/results_{date}.json", text)


def _leaves(result: Result, kept: Sequence[Kept]) -> list[_Leaf]:
    name = task_name(result.task)
    if not result.parts:
        return [_Leaf(name, name, result.figures, tuple(kept))]
    items: dict[str, list[Kept]] = {}
    for one in kept:
        items.setdefault(one.outcome.part, []).append(one)
    return [
        _Leaf(f"{name}_{task_name(part)}", part, figures, tuple(items.get(part, ())))
        for part, figures in result.parts.items()
    ]


def task_name(task: str) -> str:
    """
    >>> task_name("mmlu/anatomy")
    'mmlu_anatomy'
    """
    return _OF_TASKS.sub("_", task)


def _aggregated(results: Sequence[Result], leaves: Mapping[str, Sequence[_Leaf]]) -> dict[str, Any]:
    """What the harness calls groups are tasks with parts."""
    told: dict[str, Any] = {name: {} for name in _TOLD}
    for one in results:
        name, mine = task_name(one.task), leaves[one.key]
        if one.parts:
            told["groups"][name] = told["results"][name] = _figures(name, name, one.figures)
            told["group_subtasks"][name] = [leaf.name for leaf in mine]
            _about(told, name, one)
        for leaf in mine:
            told["results"][leaf.name] = _figures(leaf.name, leaf.alias, leaf.figures)
            told["configs"][leaf.name] = _config(leaf, one)
            count = len(leaf.items) or one.count
            told["n-samples"][leaf.name] = {"original": count, "effective": count}
            _about(told, leaf.name, one)
    return told if told["groups"] else {name: found for name, found in told.items() if name != "groups"}


def _about(told: dict[str, Any], name: str, result: Result) -> None:
    told["versions"][name] = result.version
    told["n-shot"][name] = result.settings.get("num_fewshot", 0)
    told["higher_is_better"][name] = {filtered(one.name)[0]: one.higher_is_better for one in result.metrics}


def _figures(name: str, alias: str, figures: Figures) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "alias": alias}
    told["sample_len"] = max((one.count for one in figures), default=0)
    for one in figures:
        metric, filter_ = filtered(one.metric)
        told[f"{metric},{filter_}"] = one.value if math.isfinite(one.value) else "N/A"
        told[f"{metric}_stderr,{filter_}"] = one.stderr if math.isfinite(one.stderr) else "N/A"
    return told


def filtered(metric: str) -> tuple[str, str]:
    """
    >>> filtered("exact_match,strict-match"), filtered("acc")
    (('exact_match', 'strict-match'), ('acc', 'none'))
    """
    name, _, filter_ = metric.partition(",")
    return name, filter_ or _NO_FILTER


def _config(leaf: _Leaf, result: Result) -> dict[str, Any]:
    return {
        "task": leaf.name,
        "task_alias": leaf.alias,
        "output_type": {"choice": "multiple_choice", "score": "loglikelihood"}.get(
            result.kind, "loglikelihood_rolling" if result.kind == "text" else "generate_until"
        ),
        "num_fewshot": result.settings.get("num_fewshot", 0),
        "repeats": result.settings.get("samples", 1),
        "metric_list": [_metric(one) for one in result.metrics],
        "metadata": {"version": result.version},
    }


def _metric(metric: Metric) -> dict[str, Any]:
    name = filtered(metric.name)[0]
    return {"metric": name, "aggregation": metric.pooled, "higher_is_better": metric.higher_is_better}


def _facts(results: Sequence[Result], folder: str, ends: float) -> dict[str, Any]:
    seconds = sum(one.seconds for one in results)
    seed = results[0].settings.get("seed", 0)
    return {
        "config": {
            "model": "glassworks",
            "model_args": f"pretrained={results[0].model}",
            "model_sha": results[0].digest,
            "random_seed": seed,
            "fewshot_seed": seed,
        },
        "git_hash": code_version(),
        "date": min(one.created - one.seconds for one in results),
        "model_source": "glassworks",
        "model_name": results[0].model,
        "model_name_sanitized": folder,
        "start_time": ends - seconds,
        "end_time": ends,
        "total_evaluation_time_seconds": str(seconds),
    }
