"""Beam searches as trees of steps, for the page. Pure: knows no Gradio and no model.

``assets/js/decoding_tree.js`` draws what a log tells, as text and never as HTML.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.generation.comparing import Beams, DecodeRequest, Outcome
from pipelines.generation.strategy_names import KINDS


def beam_columns(request: DecodeRequest) -> list[int]:
    """The columns of a request that search with beams."""
    return [at for at, one in enumerate(request.strategies) if one.kind.method == "beam"]


class BeamLog:
    """What one run tells, as JSON lines that only grow: each update begins with the whole of the one before,
    so that Gradio sends only what is new, and a page that missed an update reads on where it was.

    The first line is an object with the run and the titles of its columns. A list is a step, ``[column, step,
    parents, texts, log_probs, scores, places of those ended]``. The last line is an object with the
    ``winners``: by column the nodes of the winning path, one a step.
    """

    def __init__(self, request: DecodeRequest):
        titles = {at: title(request, at) for at in beam_columns(request)}
        self._lines = [_dumped({"run": request.run, "titles": titles})]
        self._told = 0

    def after(self, beams: Sequence[Beams]) -> str:
        """The whole log; ``beams`` are all steps so far."""
        self._lines += [_dumped(_told(one)) for one in beams[self._told :]]
        self._told = len(beams)
        return "\n".join(self._lines)

    def ended(self, beams: Sequence[Beams], outcomes: Iterable[Outcome]) -> str:
        """The whole log of a run that is over."""
        steps: dict[int, list[Beams]] = {}
        for one in beams:
            steps.setdefault(one.column, []).append(one)
        won = {one.column: winning(steps[one.column], one.ids) for one in outcomes if one.column in steps}
        return f"{self.after(beams)}\n{_dumped({'winners': won})}"


def winning(steps: Sequence[Beams], ids: Iterable[int]) -> list[int]:
    """The nodes, one a step, that lead from the prompt along ``ids``; as far as they go.

    >>> first = Beams(0, 0, (-1, -1), (5, 6), ("a", "b"), (-1.0, -2.0), (-1.0, -2.0), (False, False))
    >>> second = Beams(0, 1, (1, 0), (7, 7), ("c", "c"), (-1.0, -3.0), (-3.0, -4.0), (True, False))
    >>> winning([first, second], [6, 7])
    [1, 0]
    """
    paths: list[list[int]] = [[]]  # several where groups wrote the same
    for step, wanted in zip(steps, ids, strict=False):
        onward = [
            [*path, node]
            for path in paths
            for node, (parent, token) in enumerate(zip(step.parents, step.ids, strict=True))
            if token == wanted and parent == (path[-1] if path else -1)
        ]
        if not onward:
            break
        paths = onward
    return paths[0]


def title(request: DecodeRequest, column: int) -> str:
    """``2 · Beam search · 4 beams``"""
    one = request.strategies[column]
    groups = f" in {one.num_beam_groups} groups" if one.num_beam_groups > 1 else ""
    return f"{column + 1} · {KINDS[one.name].title} · {one.num_beams} beams{groups}"


def _told(one: Beams) -> list[Any]:
    ended = [at for at, over in enumerate(one.ended) if over]
    log_probs = [round(max(value, -1e4), 3) for value in one.log_probs]
    return [one.column, one.step, one.parents, one.texts, log_probs, [round(s, 2) for s in one.scores], ended]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
