"""Which round is open: making one, links, what its owner may do and others may not."""

import gradio as gr
import pytest

from pipelines.core.errors import NotFoundError
from tests.app.preferences.conftest import HOSTILE
from tests.support.rag_fakes import event_of

MODEL = "house/story-instruct"


def form(tab, **changed):
    part = tab.rounds
    given = {one: one.value for one in part._fields.inputs}
    given |= {part.model_a: MODEL, part.model_b: MODEL}
    return given | {part._fields.components[name]: value for name, value in changed.items()}


def test_a_round_is_made_and_opened(tab, services, asked_by):
    made = tab.rounds._created(form(tab, title=f"Mine {HOSTILE}", annotators=3), asked_by("eve"))
    [found] = services.preferences.rounds("eve")
    assert made[tab.rounds.round] == found.id and found.spec.annotators == 3
    choose, head, error = tab.rounds._shown(found.id, None, asked_by("eve"))
    assert choose["value"] == found.id and error == ""
    assert HOSTILE not in head and found.code in head and MODEL in head


@pytest.mark.parametrize(
    "bad", [{"title": ""}, {"max_new_tokens": 0}, {"prompts": "own", "own_prompts": ""}, {"annotators": 99}]
)
def test_what_does_not_fit_is_said_beside_the_form(tab, services, asked_by, bad):
    made = tab.rounds._created(form(tab, **bad), asked_by("eve"))
    assert 'role="alert"' in made[tab.rounds.error] and services.preferences.rounds("eve") == []


def test_models_that_are_not_there_or_not_a_visitors_are_refused(tab, services, asked_by):
    for name in ("run/0000000000zz", "path:/etc", "house/none", "<b>"):
        given = form(tab) | {tab.rounds.model_b: name}
        assert 'role="alert"' in tab.rounds._created(given, asked_by("eve"))[tab.rounds.error]


def test_a_link_opens_a_round_without_its_models_or_its_code(tab, foxes, asked_by):
    _, first = tab.rounds.opened("", None, asked_by("ada", tab="preferences", round=foxes.code))
    assert first.split()[0] == foxes.code
    _, head, _ = tab.rounds._shown(foxes.code, None, asked_by("ada"))
    assert MODEL not in head and "Rename" not in head and foxes.code not in head
    typed, error = tab.rounds._chosen(f"http://x/?tab=preferences&round={foxes.code}", asked_by("ada"))
    assert (typed, error) == (foxes.code, "")


def test_what_the_browser_remembers_is_opened_if_it_is_still_there(tab, services, foxes, asked_by):
    assert tab.rounds.opened("", {"round": foxes.code}, asked_by("ada"))[1].startswith(f"{foxes.code} ")
    services.preferences.delete(foxes.id, "eve")
    for kept in ({"round": foxes.code}, {"round": 5}, ["x"], None, {"round": "<b>"}):
        assert tab.rounds.opened("", kept, asked_by("ada"))[1] == gr.skip()


def test_its_owner_renames_closes_opens_and_deletes(tab, services, foxes, asked_by):
    def does(**told):
        return tab.rounds._managed(foxes.id, asked_by("eve"), event_of(**told))

    assert "Ships" in does(does="rename", title="Ships")[tab.rounds.head]
    assert "closed" in does(does="close")[tab.rounds.head]
    assert not services.preferences.round(foxes.id, "eve").open
    words = {does(does=one)[tab.rounds.revised] for one in ("reopen", "close")}
    assert len(words) == 2  # the board is drawn anew
    assert does(does="delete")[tab.rounds.round] == ""
    assert services.preferences.rounds("eve") == []


@pytest.mark.parametrize("told", [{"does": "rename", "title": "x"}, {"does": "close"}, {"does": "delete"}])
def test_others_change_nothing(tab, services, foxes, asked_by, told):
    for name in (foxes.id, foxes.code):
        made = tab.rounds._managed(name, asked_by("mallory"), event_of(**told))
        assert 'role="alert"' in made[tab.rounds.error]
    assert services.preferences.round(foxes.id, "eve") == foxes


def test_a_round_of_somebody_else_is_the_same_as_none(tab, foxes, asked_by):
    said = [tab.rounds._chosen(one, asked_by("mallory"))[1] for one in (foxes.id, "0" * 12)]
    assert said[0] == said[1] and 'role="alert"' in said[0]
    with pytest.raises(NotFoundError):
        tab.rounds._services.preferences.pairs(foxes.id, "mallory")
