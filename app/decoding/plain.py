"""A comparison as plain values, as the API and the downloads give it. No Gradio.

Probabilities are under the model's raw distribution; what has no meaning (the repetition in a text of three
tokens) is None.
"""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.decoding.moment import Growing, Moment
from pipelines.generation.comparing import Decoded, DecodeRequest, Measures, Outcome, Stages
from pipelines.generation.strategy import Strategy

_DIGITS = 6  # significant ones

MEASURES = ("perplexity", "judge_perplexity", "distinct_1", "distinct_2", "distinct_3", "repetition")
_RUN = ("seconds", "first_seconds", "tokens_per_second", "forwards", "drafted", "accepted")


def plain(value: float, digits: int = _DIGITS) -> float | None:
    """So many significant digits; None for what is not finite: JSON knows no NaN."""
    return float(f"{float(value):.{digits}g}") if math.isfinite(value) else None


def value_text(value: Any) -> str:
    """A setting's value as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def strategy_json(one: Strategy) -> dict[str, Any]:
    """Its name and the effective value of every setting that counts."""
    return {"name": one.name, "parameters": one.effective(), "draws": one.draws}


def growing_json(moment: Moment) -> dict[str, Any]:
    """A comparison on its way: the texts so far."""
    texts: list[list[dict[str, str]]] = [[] for _ in moment.request.strategies]
    for (column, _), text in sorted(moment.texts.items()):
        texts[column].append({"text": "".join(text.texts)})
    columns = zip(moment.request.strategies, texts, strict=True)
    return {
        "model": moment.request.model,
        "state": moment.state,
        "strategies": [{**strategy_json(one), "texts": written} for one, written in columns],
    }


def compared_json(moment: Moment) -> dict[str, Any]:
    """A finished one: everything but the beams' trees."""
    request, decoded, started = moment.request, moment.decoded, moment.started
    prompt = zip(started.ids.tolist(), started.texts, strict=True)
    settings = ("prompt", "max_new_tokens", "seed", "same_noise", "samples", "judge")
    return {
        "model": request.model,
        "state": moment.state,
        **{name: getattr(request, name) for name in settings},
        "prompt_tokens": [{"id": id_, "text": text} for id_, text in prompt],
        "seconds": plain(decoded.seconds),
        "strategies": [
            _column_json(request, decoded, column, moment.texts) for column in range(len(request.strategies))
        ],
    }


def _column_json(
    request: DecodeRequest, decoded: Decoded, column: int, texts: dict[tuple[int, int], Growing]
) -> dict[str, Any]:
    outcomes = [one for one in decoded.outcomes if one.column == column]
    return {
        **strategy_json(request.strategies[column]),
        "error": decoded.faults[column] or None,
        "self_bleu": plain(decoded.self_bleu[column]),
        "texts": [outcome_json(one, texts.get((column, one.sample))) for one in outcomes],
    }


def outcome_json(one: Outcome, grown: Growing | None = None) -> dict[str, Any]:
    """A finished text with its tokens; ``grown`` is what the steps told of it, where that is known."""
    return {**text_json(one), "tokens": _tokens_json(one, grown or Growing())}


def text_json(one: Outcome) -> dict[str, Any]:
    """A finished text as a whole."""
    return {
        "text": one.text,
        "reason": one.reason,
        "score": plain(one.score),
        "measures": measures_json(one.measures),
        **run_json(one),
    }


def measures_json(found: Measures) -> dict[str, Any]:
    values = (found.perplexity, found.judge_perplexity, *found.distinct, found.repetition)
    counts = {"tokens": found.tokens, "characters": found.characters}
    return {**counts, **dict(zip(MEASURES, map(plain, values), strict=True))}


def run_json(one: Outcome) -> dict[str, Any]:
    """How it was made: times in seconds, and counts of forwards and of a draft's tokens."""
    times = [plain(value) for value in (one.seconds, one.first_seconds, one.tokens_per_second)]
    return dict(zip(_RUN, (*times, one.forwards, one.drafted, one.accepted), strict=True))


def _tokens_json(one: Outcome, grown: Growing) -> list[dict[str, Any]]:
    origins = one.origins or ("own",) * len(one.ids)
    found = [
        {
            "id": int(id_),
            "text": text,
            "probability": plain(math.exp(log_prob)),
            "rank": int(rank),
            "entropy": plain(entropy),
            "origin": origin,
        }
        for id_, text, log_prob, rank, entropy, origin in zip(
            one.ids, one.texts, one.log_probs, one.ranks, one.entropies, origins, strict=True
        )
    ]
    for place, refused in grown.rejected.items():
        found[place]["rejected"] = refused
    if len(grown.stages) == len(found):
        for token, stages in zip(found, grown.stages, strict=True):
            token["stages"] = stages_json(stages)
    return found


def stages_json(stages: Stages) -> list[dict[str, Any]]:
    """The distribution after each stage at the step's candidates, a cut one with probability 0."""
    ids = stages.ids.tolist()
    rows = zip(stages.names, stages.probs, stages.kept, stages.entropy, stages.lost, strict=True)
    return [
        {
            "stage": name,
            "kept": int(kept),
            "entropy": plain(entropy),
            "lost": plain(lost),
            "candidates": [
                {"id": id_, "text": text, "probability": plain(prob)}
                for id_, text, prob in zip(ids, stages.texts, np.asarray(probs), strict=True)
            ],
        }
        for name, probs, kept, entropy, lost in rows
    ]


def table_csv(strategies: Sequence[Strategy], outcomes: Sequence[Outcome]) -> str:
    """A row a text, what has no meaning left empty."""
    written = io.StringIO()
    head = ["column", "strategy", "sample", "reason", "tokens", "characters", *MEASURES, *_RUN, "text"]
    rows = csv.DictWriter(written, head, lineterminator="\n")
    rows.writeheader()
    for one in outcomes:
        place = {"column": one.column + 1, "strategy": strategies[one.column].name, "sample": one.sample + 1}
        made = {**measures_json(one.measures), **run_json(one)}
        rows.writerow({**place, "reason": one.reason, **made, "text": one.text})
    return written.getvalue()
