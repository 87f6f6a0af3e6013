"""What the page's board of columns is told: a log of JSON lines that only grows.

Each update begins with the whole of the one before, so that Gradio sends only what is new, and a page that
missed an update reads on where it was. The first line says what the run is; then come lists, each with the
tokens that a column got; the last line is an object with the end. Knows nothing of Gradio.
"""

import json
from collections.abc import Sequence
from typing import Any

from app.decoding.moment import Growing, Moment
from app.decoding.plain import plain, value_text
from pipelines.core.fields import knobs
from pipelines.generation.comparing import Beams, Decoded, DecodeRequest, Outcome
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import PENALTIES, WARPERS

_IDLE = {*WARPERS, *PENALTIES, "do_sample"}  # settings that change nothing at their defaults
_DIGITS = 4  # significant ones of what is told


class BoardLog:
    """:meth:`after` each moment of one run."""

    def __init__(self, request: DecodeRequest):
        self._lines = [_dumped(_head(request))]
        self._told: dict[int, int] = {}  # tokens that each column was told of
        self._beams = 0  # of the moment's list, those that were read
        self._paths: dict[int, list[_Path]] = {}  # of each beam search: its newest nodes' texts
        self._leading: dict[int, tuple[int, ...]] = {}  # what each beam search was told last
        self._ended = False

    def after(self, moment: Moment) -> str:
        """The whole log."""
        for beams in moment.beams[self._beams :]:
            self._paths[beams.column] = _grown(self._paths.get(beams.column, []), beams)
        if len(moment.beams) > self._beams:
            self._lead()
        self._beams = len(moment.beams)
        for (column, sample), text in sorted(moment.texts.items()):
            if sample == 0:
                self._tokens(column, text)
        if moment.state in ("done", "stopped") and not self._ended:
            self._ended = True
            self._lines.append(_dumped(_end(moment)))
        return "\n".join(self._lines)

    def _tokens(self, column: int, text: Growing) -> None:
        """A beam search tells its text when it is over: it then takes the place of the leading one."""
        first = self._told.get(column, 0)
        if len(text.ids) == first:
            return
        new = slice(first, None)
        origins = [place for place, one in enumerate(text.origins[new], first) if one == "draft"]
        refused = {place: one for place, one in text.rejected.items() if place >= first}
        numbers = [text.ids[new], text.texts[new], _rounded(text.log_probs[new])]
        numbers += [text.ranks[new], _rounded(text.entropies[new])]
        drafts = [origins, refused] if origins or refused else []
        self._lines.append(_dumped([column, first, *numbers, *drafts]))
        self._told[column] = len(text.ids)

    def _lead(self) -> None:
        """The best unfinished or finished text of each beam search, from where it is another than before."""
        for column, paths in self._paths.items():
            best = max(paths, key=lambda one: one.score, default=None)
            if best is None or column in self._told or best.ids == self._leading.get(column):
                continue
            same = _shared(self._leading.get(column, ()), best.ids)
            self._leading[column] = best.ids
            told = [best.ids[same:], best.texts[same:], _rounded(best.log_probs[same:]), [], []]
            self._lines.append(_dumped([column, same, *told]))


class _Path:
    """A node of a beam search with all before it."""

    __slots__ = ("ids", "log_probs", "score", "texts")

    def __init__(self, before: "_Path | None", id_: int, text: str, log_prob: float, score: float):
        self.ids: tuple[int, ...] = (*(before.ids if before else ()), id_)
        self.texts: tuple[str, ...] = (*(before.texts if before else ()), text)
        self.log_probs: tuple[float, ...] = (*(before.log_probs if before else ()), log_prob)
        self.score = score


def settings_shown(one: Strategy) -> list[tuple[str, str, bool]]:
    """Each setting that counts: its label, its value as it is read, and whether it is switched off.

    >>> from pipelines.generation.strategy import strategy
    >>> settings_shown(strategy("penalties"))[:2]
    [('Repetition penalty', '1.3', False), ('Frequency penalty', '0', True)]
    """
    labels, defaults, own = knobs(Strategy), Strategy(), {*one.kind.own}
    return [
        (labels[name].label, value_text(value), name in _IDLE - own and value == getattr(defaults, name))
        for name, value in one.effective().items()
    ]


def _head(request: DecodeRequest) -> dict[str, Any]:
    columns = [
        {"title": one.kind.title, "name": one.name, "words": one.kind.words, "draws": one.draws,
         "parameters": one.effective(), "settings": settings_shown(one)}
        for one in request.strategies
    ]  # fmt: skip
    about = {name: getattr(request, name) for name in ("run", "model", "prompt", "seed", "max_new_tokens")}
    return {**about, "same_noise": request.same_noise, "judge": request.judge, "columns": columns}


def _end(moment: Moment) -> dict[str, Any]:
    decoded, seconds = moment.decoded, round(moment.seconds, 3)
    found, faults = ([], ()) if decoded is None else (_outcomes(decoded), decoded.faults)
    return {"state": moment.state, "seconds": seconds, "outcomes": found, "faults": faults}


def _outcomes(decoded: Decoded) -> list[dict[str, Any]]:
    return [_outcome(one) for one in decoded.outcomes if one.sample == 0]


def _outcome(one: Outcome) -> dict[str, Any]:
    measures = one.measures
    numbers = {
        "perplexity": measures.perplexity,
        "judge_perplexity": measures.judge_perplexity,
        "distinct_1": measures.distinct[0],
        "distinct_2": measures.distinct[1],
        "distinct_3": measures.distinct[2],
        "repetition": measures.repetition,
        "tokens_per_second": one.tokens_per_second,
        "first_seconds": one.first_seconds,
        "seconds": one.seconds,
        "score": one.score,
    }
    counts = {name: getattr(one, name) for name in ("column", "reason", "forwards", "drafted", "accepted")}
    return {**counts, "text": one.text, **{name: plain(value, _DIGITS) for name, value in numbers.items()}}


def _grown(before: list[_Path], beams: Beams) -> list[_Path]:
    columns = (beams.parents, beams.ids, beams.texts, beams.log_probs, beams.scores)
    return [
        _Path(before[parent] if 0 <= parent < len(before) else None, id_, text, log_prob, score)
        for parent, id_, text, log_prob, score in zip(*columns, strict=True)
    ]


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    parted = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(parted, min(len(one), len(other)))


def _rounded(values: Sequence[float]) -> list[float | None]:
    return [plain(value, _DIGITS) for value in values]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
