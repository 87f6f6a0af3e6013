"""The owner's view: figures, pairs, files out and in; nobody else sees any of it."""

import json

import pytest

from app.preferences.pairs_view import PAGE, pairs_html
from app.preferences.ratings_figure import ratings_figure
from app.preferences.results_part import RESULTS
from pipelines.preferences.formats import FORMATS
from pipelines.preferences.measures.ratings import Rating
from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote
from tests.app.preferences.conftest import HOSTILE
from tests.support.preference_rounds import joined, judged, round_with


@pytest.fixture
def voted(services):
    """A round of eve's with six pairs, of which eve and ada judged each."""
    found = round_with(services.preferences, 6, "eve", annotators=2)
    joined(services.preferences, found, "ada")
    for visitor in ("eve", "ada"):
        while judged(services.preferences, found, visitor):
            pass
    return found


def test_the_report_has_all_its_parts(tab, voted, asked_by):
    bar, report, plot, pairs = tab.results._drawn(voted.id, RESULTS, asked_by("eve"))
    for words in ("Quality", "Agreement", "Krippendorff", "Ratings", "Bradley–Terry", "Annotators", "Ada"):
        assert words in report
    assert voted.id in bar and plot.constructor_args["visible"]
    assert pairs.count('data-mark="chosen"') == pairs.count('data-mark="rejected"') > 0


def test_a_round_without_votes_is_shown_too(tab, foxes, asked_by):
    _, report, plot, pairs = tab.results._drawn(foxes.id, RESULTS, asked_by("eve"))
    assert "pairs" in report and "No pairs yet" in pairs and not plot.constructor_args["visible"]


def test_annotators_and_strangers_see_nothing(tab, services, voted, asked_by):
    for name, visitor in (
        (voted.code, "ada"),
        (voted.id, "ada"),
        (voted.id, "mallory"),
        (voted.code, "mallory"),
    ):
        bar, report, _, pairs = tab.results._drawn(name, RESULTS, asked_by(visitor))
        assert bar == pairs == "" and "house/" not in report and "a0" not in report


def test_files_that_go_out_come_back_into_another_round(tab, call, services, voted):
    again = round_with(services.preferences, 0, "eve")
    for format in FORMATS:
        told = call("pref_export", "eve", round=voted.id, format=format)
        assert told["name"].endswith(f"{format}.jsonl")
        assert all(json.loads(line) for line in told["text"].splitlines())
        said = call("pref_import", "eve", round=again.id, text=told["text"], format="")
        assert said["said"] == "Added 6 pairs and 12 votes."


def test_what_is_no_file_of_pairs_is_refused_and_changes_nothing(tab, call, services, voted):
    for text in ("", "{", "[1]", '{"prompt": "x"}', HOSTILE):
        assert "refused" in call("pref_import", "eve", round=voted.id, text=text)
    assert "refused" in call("pref_export", "eve", round=voted.id, format="pickle")
    assert len(services.preferences.pairs(voted.id, "eve")) == 6


def test_an_annotator_takes_nothing_out_and_puts_nothing_in(call, services, voted):
    file = call("pref_export", "eve", round=voted.id, format="trl")["text"]
    for name in (voted.id, voted.code):
        assert call("pref_export", "ada", round=name, format="trl")["gone"]
        assert call("pref_import", "ada", round=name, text=file)["gone"]
        assert call("pref_pairs", "ada", round=name, page=0)["gone"]


def test_pages_of_pairs(tab, call, services):
    found = round_with(services.preferences, PAGE + 1, "eve")
    first, second = (call("pref_pairs", "eve", round=found.id, page=page)["html"] for page in (0, "1"))
    assert first.count("<tr>") == PAGE + 1 and second.count("<tr>") == 2
    for page in (-1, "x", None, 10**9):
        assert call("pref_pairs", "eve", round=found.id, page=page)["html"].count("<tr>") in (2, PAGE + 1)


def test_all_that_was_written_is_escaped():
    pair = Pair("p", "r", (Message("user", HOSTILE),), HOSTILE * 9, f"b {HOSTILE}", HOSTILE, HOSTILE)
    vote = Vote("v", "p", "x", Choice.A, Kind.HUMAN, HOSTILE, 2, (HOSTILE,), HOSTILE, HOSTILE)
    assert "<img" not in pairs_html([pair], [vote])
    assert "<img" not in str(ratings_figure([Rating(HOSTILE, 1000.0, None, None, 1)]).to_plotly_json())


def test_chosen_and_rejected_stand_on_their_sides():
    pair = Pair("p", "r", (Message("user", "Q"),), "first text", "second text")
    html = pairs_html([pair], [Vote("v", "p", "x", Choice.B)])
    chosen, rejected = html.index('data-mark="chosen"'), html.index('data-mark="rejected"')
    assert chosen < html.index("second text") < rejected < html.index("first text")
    edited = pairs_html([pair], [Vote("v", "p", "x", Choice.B, edited="better text")])
    assert edited.index('data-mark="chosen"') < edited.index("better text") < edited.index("first text")


def test_the_figure_has_an_interval_for_each_model():
    rated = [Rating("house/b", 1100.0, 1050.0, 1180.0, 9), Rating("house/a", 900.0, None, None, 9)]
    [dots] = ratings_figure(rated).to_plotly_json()["data"]
    assert list(dots["y"]) == ["house/b", "house/a"]
    assert dots["error_x"]["array"] == [80.0, 0.0] and dots["error_x"]["arrayminus"] == [50.0, 0.0]
