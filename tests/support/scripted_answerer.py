"""A model of an evaluation that is a function of what it is asked, for tasks without weights."""

from collections.abc import Callable, Mapping, Sequence

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Ask, Said, Write


class ScriptedAnswerer:
    """``score`` gives the log-probability of a continuation; it is greedy from -1 up. ``asked`` keeps what it
    was asked, round by round."""

    name = "scripted"

    def __init__(self, score: Callable[[Ask], float], template: bool = False):
        self._score, self._template, self.asked = score, template, []

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        self.asked.append(list(asks))
        found = ((ask, self._score(ask)) for ask in asks)
        return [Said(value, value >= -1, len(ask.continuation.split())) for ask, value in found]

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        raise AssertionError("nothing is to be written")

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        if not self._template:
            raise GlassworksError("scripted has no chat template.")
        return "".join(f"<{message['role']}>{message['content']}" for message in messages) + "<assistant>"

    def scores(self) -> bool:
        return True
