"""A model of an evaluation that says what the test has told it to say."""

from collections.abc import Callable, Mapping, Sequence

from pipelines.evaluation.records import Ask, Said, Write


class ScriptedAnswerer:
    """``answer(write)`` is one text, or as many as samples. Keeps what it was asked to write."""

    name = "scripted"

    def __init__(self, answer: Callable[[Write], str | tuple[str, ...]]):
        self._answer, self.asked = answer, []

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        self.asked += writes
        told = [self._answer(write) for write in writes]
        return [
            one if isinstance(one, tuple) else (one,) * write.samples
            for one, write in zip(told, writes, strict=True)
        ]

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        return "".join(f"<{turn['role']}>{turn['content']}</>" for turn in messages) + "<assistant>"

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        raise AssertionError("nothing is scored here")

    def scores(self) -> bool:
        return False
