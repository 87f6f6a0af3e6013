"""Where the app runs: each place says what it is and what is not possible there."""

import pytest

from app.start.place import Place, _has_gpu, here, place, place_html
from pipelines.core.settings import Settings
from pipelines.jobs.where import INSTEAD


@pytest.fixture
def at_home(monkeypatch) -> Settings:
    monkeypatch.delenv("SPACE_ID", raising=False)
    return Settings()


@pytest.fixture
def on_space(monkeypatch) -> Settings:
    monkeypatch.setenv("SPACE_ID", "someone/glassworks")
    return Settings()


def said(found: Place) -> str:
    return " ".join((found.title, found.words, *found.limits))


def test_home(at_home):
    plain, fast = (place(at_home, gpu, 2) for gpu in (False, True))
    assert plain.title == "At home, on 2 cores, without a GPU" and fast.title == "At home, with a GPU"
    assert "hours" in said(plain) and "hours" not in said(fast)
    assert "all of it is yours" in plain.words and "owner of this Space" not in said(plain)
    assert place(at_home, False, 1).title == "At home, on 1 core, without a GPU"


def test_spaces(on_space):
    plain, fast = (place(on_space, gpu, 2) for gpu in (False, True))
    assert plain.title == "A Space without a GPU" and fast.title == "A Space with a GPU"
    for one in (plain, fast):
        assert "owner of this Space" in said(one) and "duplicate the Space" in said(one)
    assert "no GPU" in said(plain) and "no GPU" not in said(fast)


def test_zero_gpu_says_what_cannot_run_and_what_to_do_instead(monkeypatch, on_space):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    words = said(place(Settings(), False, 2))
    assert "not trained" in words and INSTEAD in words and "owner of this Space" in words


def test_what_a_restart_leaves(monkeypatch, on_space):
    assert "forgets everything" in said(place(on_space, False, 2))
    votes = {"GLASSWORKS_PREFERENCES_REPO": "me/votes"}
    for kept in ({"GLASSWORKS_KEEP": "/bucket"}, {**votes, "GLASSWORKS_MODELS_REPO": "me/models"}):
        with monkeypatch.context() as one:
            for name, value in kept.items():
                one.setenv(name, value)
            assert "outlast a restart" in said(place(Settings(), False, 2))


def test_a_device_of_the_settings_decides():
    assert _has_gpu("cuda:1") and _has_gpu("mps") and not _has_gpu("cpu")


def test_html_escapes_and_tells_all(at_home):
    html = place_html(Place("<b>", "words & more", ("one", "two")))
    assert "<b>&lt;b&gt;.</b>" in html and "words &amp; more" in html and html.count("<li>") == 2
    assert "At home" in place_html(here(at_home))
