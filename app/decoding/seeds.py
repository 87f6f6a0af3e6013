"""A comparison over many seeds: what was measured of every text, by strategy. No Gradio."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.decoding.moment import Moment
from app.decoding.plain import plain, strategy_json, text_json
from pipelines.common.intervals import Interval, mean_interval
from pipelines.core.errors import SpecError
from pipelines.generation.comparing import MAX_SAMPLES, DecodeRequest, Outcome

FEWEST = 2
_DROPPED = np.zeros(0, np.float32)


@dataclass(frozen=True)
class Seeds:
    """The texts of a finished run, without what was said of their single tokens, and ``self_bleu`` [columns]
    (NaN for one text). ``faults`` [columns] say why a strategy has no text, empty where it has."""

    request: DecodeRequest
    outcomes: tuple[Outcome, ...]
    self_bleu: np.ndarray
    faults: tuple[str, ...]

    def of(self, column: int) -> list[Outcome]:
        return [one for one in self.outcomes if one.column == column]

    def values(self, column: int, measure: str) -> np.ndarray:
        """One of :data:`MEASURED` for each text of a column, NaN where it has no meaning."""
        return np.array([MEASURED[measure](one) for one in self.of(column)], np.float64)

    def mean(self, column: int, measure: str) -> Interval:
        return mean_interval(self.values(column, measure))

    @property
    def measures(self) -> list[str]:
        """Those of :data:`MEASURED` that were taken."""
        return [name for name in MEASURED if name != "judge_perplexity" or self.request.judge]


MEASURED = {
    "perplexity": lambda one: one.measures.perplexity,
    "judge_perplexity": lambda one: one.measures.judge_perplexity,
    "distinct_2": lambda one: one.measures.distinct[1],
    "repetition": lambda one: one.measures.repetition,
    "tokens": lambda one: float(one.measures.tokens),
}


def over_seeds(request: DecodeRequest, samples: Any) -> DecodeRequest:
    """The same request with so many texts of each strategy, without what only its steps are remembered for.
    Raises SpecError for another number than 2 to 64."""
    whole = int(samples) if isinstance(samples, float) and samples.is_integer() else samples
    if not isinstance(whole, int) or isinstance(whole, bool) or not FEWEST <= whole <= MAX_SAMPLES:
        raise SpecError("samples", samples, f"a whole number from {FEWEST} to {MAX_SAMPLES}")
    return replace(request, samples=whole, trace=0, run="")


def seeds_of(moment: Moment) -> Seeds:
    """Of a moment that is done."""
    decoded = moment.decoded
    return Seeds(moment.request, tuple(map(_light, decoded.outcomes)), decoded.self_bleu, decoded.faults)


def seeds_json(seeds: Seeds) -> dict[str, Any]:
    """All texts with their measures, and for each strategy means with 95 % intervals."""
    request = seeds.request
    settings = ("model", "prompt", "max_new_tokens", "seed", "same_noise", "samples", "judge")
    return {
        **{name: getattr(request, name) for name in settings},
        "strategies": [
            {
                **strategy_json(one),
                "error": seeds.faults[column] or None,
                "self_bleu": plain(seeds.self_bleu[column]),
                "means": {name: _interval_json(seeds.mean(column, name)) for name in seeds.measures},
                "texts": [text_json(text) for text in seeds.of(column)],
            }
            for column, one in enumerate(request.strategies)
        ],
    }


def _interval_json(found: Interval) -> dict[str, Any]:
    ends = {name: plain(getattr(found, name)) for name in ("mean", "low", "high")}
    return {**ends, "count": found.count}


def _light(one: Outcome) -> Outcome:
    """Without what was told of each token: many texts are kept while a page is open."""
    nothing = {"texts": (), "origins": (), "log_probs": _DROPPED, "ranks": _DROPPED, "entropies": _DROPPED}
    return replace(one, **nothing)
