"""Pairs and votes in one line each."""

import itertools

import pytest

from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote


class Table:
    """``pair`` adds a pair and ``vote`` a vote on it; a pair is named by its id."""

    def __init__(self):
        self.pairs, self.votes, self._count = [], [], itertools.count()

    def pair(self, id="", prompt="", a="one", b="two", models=("x", "y"), **more) -> str:
        id = id or f"p{next(self._count)}"
        prompt = prompt or f"prompt of {id}"
        self.pairs.append(Pair(id, "r", (Message("user", prompt),), a, b, *models, **more))
        return id

    def vote(self, pair, choice, who="ann", **more) -> None:
        made = Vote(f"v{next(self._count)}", pair, who, Choice(choice), **more)
        self.votes.append(made)

    def played(self, wins=0, losses=0, ties=0, models=("x", "y"), prompt="") -> None:
        """A pair with one vote for each."""
        for choice, count in (("a", wins), ("b", losses), ("tie", ties)):
            for _ in range(count):
                self.vote(self.pair(models=models, prompt=prompt), choice)

    def judge(self, pair, choice) -> None:
        self.vote(pair, choice, who="model:j", kind=Kind.JUDGE)


@pytest.fixture
def table() -> Table:
    return Table()
