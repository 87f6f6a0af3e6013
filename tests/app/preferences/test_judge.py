"""A model as an annotator: its votes are marked, counted once, and nobody but the owner asks for them."""

import pytest

from app.preferences import judge_asking
from pipelines.generation.requests import Finished
from pipelines.preferences.records import Choice, Kind
from tests.support.preference_rounds import joined, round_with

JUDGE = "house/story-instruct"


@pytest.fixture
def writer(services, monkeypatch):
    """Prefers the answer that is called a, wherever it stands."""
    monkeypatch.setattr(judge_asking, "chat_ids", lambda *_: lambda *_: ())
    services.tokenizers, services.runtime = None, services.writer
    asked = []

    def stream(request):
        asked.append(request)
        first = request.prompt.partition("ANSWER 1\n")[2][0]
        yield Finished("eos", f"Verdict: {1 if first == 'a' else 2}", 3, 0.1)

    monkeypatch.setattr(services.writer, "stream", stream)
    return asked


def ask(tab, round, visitor, model=JUDGE, constitution="Be kind."):
    return list(tab.results.judge._judged(round, model, constitution, visitor))


def test_each_pair_is_asked_twice_and_voted_on_once(tab, services, writer, asked_by):
    found = round_with(services.preferences, 3, "eve", guidelines="Short is good.")
    *_, (said, over) = ask(tab, found.id, asked_by("eve"))
    assert "3 pairs" in said and isinstance(over, str)
    votes = services.preferences.votes(found.id, "eve")
    assert {(one.kind, one.choice, one.annotator) for one in votes} == {
        (Kind.JUDGE, Choice.A, f"model:{JUDGE}")
    }
    assert len(votes) == 3 and len(writer) == 6
    assert all("Be kind." in one.prompt and "Short is good." in one.prompt for one in writer)
    *_, (said, _) = ask(tab, found.id, asked_by("eve"))
    assert "has judged every pair" in said and len(writer) == 6


def test_replies_without_a_verdict_are_counted(tab, services, writer, asked_by, monkeypatch):
    said = Finished("eos", "Once upon a time.", 3, 0.1)
    monkeypatch.setattr(services.writer, "stream", lambda request: (event for event in [said]))
    found = round_with(services.preferences, 2, "eve")
    assert "2 without a verdict" in ask(tab, found.id, asked_by("eve"))[-1][0]


def test_it_is_marked_among_the_annotators(tab, services, writer, asked_by):
    found = round_with(services.preferences, 2, "eve")
    ask(tab, found.id, asked_by("eve"))
    _, report, _, _ = tab.results._drawn(found.id, "results", asked_by("eve"))
    assert "judge, a model" in report and JUDGE in report


def test_others_and_bad_values_are_refused(tab, services, writer, asked_by):
    found = round_with(services.preferences, 2, "eve")
    joined(services.preferences, found, "ada")
    tries = [(found.id, "ada"), (found.code, "mallory"), (found.id, "mallory"), ("", "eve")]
    for name, visitor in tries:
        assert 'data-state="failed"' in ask(tab, name, asked_by(visitor))[-1][0]
    for bad in ({"model": "house/none"}, {"model": None}, {"constitution": "x" * 5_000}):
        assert 'data-state="failed"' in ask(tab, found.id, asked_by("eve"), **bad)[-1][0]
    assert writer == [] and services.preferences.votes(found.id, "eve") == ()
