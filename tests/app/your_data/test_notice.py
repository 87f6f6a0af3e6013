"""What is said of what is kept follows from where it is kept."""

import pytest

from app.preferences.collect_view import consent_html
from app.your_data.notice import before_the_first_vote, of_all, who
from pipelines.core.settings import Settings
from pipelines.preferences.records import Round
from pipelines.preferences.specs import RoundSpec

REPO, MODELS = "anna/votes", "anna/runs"
SPACE = {"SPACE_ID": "anna/space"}


@pytest.mark.parametrize("told", [before_the_first_vote, of_all])
def test_at_home_it_stays_on_the_machine(told):
    words = " ".join(told(Settings()))
    assert "on the machine where it runs" in words and "cannot be taken back" in words
    assert "Space" not in words and "Hub" not in words and "copies" not in words


@pytest.mark.parametrize("told", [before_the_first_vote, of_all])
def test_each_place_is_named(told):
    words = " ".join(told(Settings(preferences_repo=REPO, models_repo=MODELS, keep="/mnt/x")))
    assert f"copied to {REPO}" in words and f"copied to {MODELS}" in words and "mounted" in words
    assert "whoever may read that sees them" in words and "leaves those copies" in words
    assert "/mnt/x" not in words
    assert "database" in " ".join(told(Settings(database_url="postgresql://u:secret@db/x")))
    both = " ".join(told(Settings(database_url="postgresql://u:secret@db/x", **SPACE)))
    assert "lies in the database of this workshop, and its files on the disk of this Space" in both
    assert "secret" not in " ".join(told(Settings(database_url="postgresql://u:secret@db/x")))


@pytest.mark.parametrize(
    ("more", "lost"),
    [
        ({}, "all of it is lost"),
        ({"preferences_repo": REPO}, "what is not kept elsewhere"),
        ({"keep": "/x"}, "what is not"),
    ],
)
def test_a_space_says_what_its_restart_takes(more, lost):
    for told in (before_the_first_vote, of_all):
        words = " ".join(told(Settings(**SPACE, **more)))
        assert f"when it restarts, {lost}" in words
    assert "the owner of this Space" in " ".join(of_all(Settings(**SPACE, **more)))


def test_it_stands_before_the_first_vote_with_the_way_out():
    found = Round("r", "eve", "Foxes", "c", RoundSpec("Foxes"), True, 0.0)
    html = consent_html(found, before_the_first_vote(Settings(preferences_repo="a/<b>")))
    for words in ("your choice", "the name you give here", "may publish them", "a/&lt;b&gt;", "Your data"):
        assert words in html


def test_who_is_told_how_they_are_known():
    assert "owner of this workshop" in who("owner") and "signed in" in who("hub-1")
    assert "guest" in who("visitor-1") and "cookies are cleared" in who("visitor-1")
