"""One item as a sample of lm-evaluation-harness: what was asked, what came back, what each filter made of it.
Pure; standard library only.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.evaluation.records import Outcome
from pipelines.evaluation.results.records import Kept, Result

_NO_FILTER = "none"


def samples_of(result: Result, kept: Sequence[Kept]) -> Iterator[dict[str, Any]]:
    """In the order of the items, all by the first filter, then all by the next."""
    for filter_, metrics in _by_filter(result).items():
        for number, one in enumerate(kept):
            yield _sample(number, one, filter_, metrics)


def digest_of_samples(samples: Sequence[Mapping[str, Any]]) -> str:
    """As the harness reckons a task's hash."""
    return _sha256("".join(one["doc_hash"] + one["prompt_hash"] + one["target_hash"] for one in samples))


def _by_filter(result: Result) -> dict[str, list[str]]:
    """The metrics of each filter: ``exact_match,strict-match`` is one of strict-match."""
    found: dict[str, list[str]] = {}
    for metric in result.metrics:
        found.setdefault(metric.name.partition(",")[2] or _NO_FILTER, []).append(metric.name)
    return found


def _sample(number: int, kept: Kept, filter_: str, metrics: Sequence[str]) -> dict[str, Any]:
    outcome, doc = kept.outcome, dict(kept.fields)
    values = {name.partition(",")[0]: outcome.values[name] for name in metrics if name in outcome.values}
    asked, answers = (_choices if outcome.options else _texts)(outcome)
    return {
        "doc_id": number,
        "doc": doc,
        "target": outcome.wanted,
        "arguments": {
            f"gen_args_{place}": {f"arg_{at}": one for at, one in enumerate(told)}
            for place, told in enumerate(asked)
        },
        "resps": answers,
        "filtered_resps": _filtered(outcome, filter_, answers),
        "filter": filter_,
        "metrics": list(values),
        "doc_hash": _sha256(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _sha256(str(asked[0][0]) if asked else ""),
        "target_hash": _sha256(outcome.wanted),
        **values,
    }


def _choices(outcome: Outcome) -> tuple[list[tuple[str, str]], list[list[list[str]]]]:
    """Each option is a request, told without the space that joins it to the prompt; log-probability and
    greedy stand in words, as the harness writes them."""
    asked = [(outcome.prompt, one.text) for one in outcome.options]
    return asked, [[[str(one.log_prob), str(one.greedy)]] for one in outcome.options]


def _texts(outcome: Outcome) -> tuple[list[tuple[Any, ...]], list[list[str]]]:
    return [(outcome.prompt, {})], [list(outcome.texts)]


def _filtered(outcome: Outcome, filter_: str, answers: Sequence[Any]) -> list[Any]:
    """Of options the answers themselves; of texts what the filter took from them."""
    if outcome.options or filter_ not in outcome.read:
        return [one[0] for one in answers if one]
    return [outcome.read[filter_]]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
