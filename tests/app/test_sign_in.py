"""Signing in on a Space: Gradio's routes and a provider of our own, what is kept of it, and ``/whoami``."""

import base64
import json
import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

import gradio as gr
import pytest
from gradio import oauth
from gradio.routes import App
from starlette.testclient import TestClient

from app.identity import Identity, new_secret
from app.launch import options
from app.sign_in import login_buttons, owners_note
from pipelines.core.settings import Settings
from tests.support.fake_login import login_with

HOST = "ada-glassworks.hf.space"
SPACE = {"SPACE_ID": "ada/glassworks", "SPACE_AUTHOR_NAME": "ada"}
HOME = Settings(SPACE_ID="")
OWN_PAGE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def login():
    with login_with("ada", "eve") as provider:
        yield provider


@pytest.fixture(scope="module")
def on_a_space(login):
    """The variables that the Hub sets; Gradio has read some of them when it was imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"SYSTEM": "spaces", "SPACE_HOST": HOST, **SPACE}.items():
            patch.setenv(name, value)
        for name, value in login.environment.items():
            patch.setattr(oauth, name, value)
        yield


@pytest.fixture(scope="module")
def space(on_a_space):
    return served(Settings())


def served(settings):
    """A small page with the routes and layers of ``app.py``."""

    def who(request: gr.Request) -> str:
        return Identity(settings).visitor(request).id

    unseen = login_buttons(settings)
    with gr.Blocks(analytics_enabled=False) as page:
        gr.api(who, api_name="who", queue=False)
        for button in unseen:
            button.render()
    return App.create_app(page, app_kwargs=options(settings)["app_kwargs"])


def browser_at(app):
    """Somebody's browser, behind TLS."""
    return TestClient(app, base_url=f"https://{HOST}", headers=OWN_PAGE, follow_redirects=False)


def signed_in(browser, login, user, target="/?tab=preferences"):
    """Press *Sign in*, choose who one is, and come back; the last answer."""
    asked = browser.get("/login/huggingface", params={"_target_url": target})
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.headers["location"]).query).items()}
    link = re.search(rf'href="([^"]+)">{user}<', login.choice(query))[1]
    return browser.get(unescape(link))


def test_away_from_a_space_there_is_no_sign_in():
    assert login_buttons(HOME) == []
    browser = browser_at(served(HOME))
    assert browser.get("/login/huggingface").status_code == 404
    told = browser.get("/whoami").json()
    assert (told["kind"], told["login"], "train" in told["may"]) == ("guest", False, True)
    refused = browser.get("/whoami", headers={"x-glassworks-visitor": "short"})
    assert refused.status_code == 403 and "32 hexadecimal digits" in refused.json()["detail"]
    assert browser.get("/whoami", headers={"x-glassworks-visitor": new_secret()}).json()["kind"] == "guest"


@pytest.mark.usefixtures("on_a_space")
def test_a_space_without_oauth_serves_guests(monkeypatch):
    monkeypatch.setattr(oauth, "OAUTH_CLIENT_SECRET", "")
    browser = browser_at(served(Settings()))
    assert browser.get("/login/huggingface").status_code == 404
    told = browser.get("/whoami").json()
    assert (told["kind"], told["login"]) == ("guest", False)


def test_somebody_signs_in_and_out(space, login):
    browser = browser_at(space)
    assert browser.get("/whoami").json()["kind"] == "guest"
    back = signed_in(browser, login, "eve")
    assert (back.status_code, back.headers["location"]) == (307, "/?tab=preferences")
    told = browser.get("/whoami")
    assert told.headers["cache-control"] == "no-store"
    assert told.json() == {
        "kind": "signed-in",
        "name": "eve",
        "signed_in": True,
        "may": ["try", "collect", "vote"],
        "login": True,
    }
    browser.get("/logout")
    assert browser.get("/whoami").json()["kind"] == "guest"


def test_the_author_of_the_space_owns_it(space, login):
    browser = browser_at(space)
    signed_in(browser, login, "ada")
    told = browser.get("/whoami").json()
    assert (told["kind"], told["name"]) == ("owner", "ada")
    assert {"train", "delete", "reach"} <= set(told["may"])


def test_the_cookie_is_for_https_and_scripts_do_not_see_it_and_it_holds_no_token(space, login):
    browser = browser_at(space)
    cookie = signed_in(browser, login, "eve").headers["set-cookie"]
    assert {"httponly", "secure", "samesite=none"} <= set(cookie.lower().split("; "))
    assert len(cookie) < 1000, "forty organizations and two tokens would not fit into a cookie"
    kept = json.loads(base64.b64decode(cookie.removeprefix("session=").partition(".")[0]))["oauth_info"]
    assert kept["userinfo"] == {"sub": "number-eve", "preferred_username": "eve"}
    assert set(kept) == {"userinfo", "expires_at"} and kept["expires_at"] > time.time()


def test_a_cookie_of_ones_own_making_and_a_strangers_code_are_nobody(space, login):
    made = base64.b64encode(
        json.dumps({"oauth_info": {"userinfo": {"preferred_username": "ada"}}}).encode()
    ).decode()
    browser = browser_at(space)
    browser.cookies.set("session", f"{made}.aaaa.bbbb")
    assert browser.get("/whoami").json()["kind"] == "guest"
    mine, theirs = browser_at(space), browser_at(space)
    asked = mine.get("/login/huggingface")
    query = {n: v[0] for n, v in parse_qs(urlsplit(asked.headers["location"]).query).items()}
    link = unescape(re.search(r'href="([^"]+)">ada<', login.choice(query))[1])
    assert "/login/huggingface" in theirs.get(link).headers["location"]  # begun in another browser
    assert theirs.get("/whoami").json()["kind"] == "guest"


@pytest.mark.parametrize("target", ["https://evil.example/x", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_back_to_this_page_alone(space, login, target):
    browser = browser_at(space)
    back = signed_in(browser, login, "eve", target).headers["location"]
    assert urlsplit(back).netloc == "" and not back.startswith(("//", "/\\"))


def test_another_sites_page_acts_as_nobody_though_the_cookies_come_along(space, login):
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    browser = browser_at(space)
    signed_in(browser, login, "ada")
    called = {"data": [], "session_hash": "x"}
    asked = [
        browser.post("/gradio_api/run/who", json=called, headers=headers).json()["data"][0]
        for headers in ({}, evil)
    ]
    told = browser.get("/whoami", headers=evil).json()
    assert asked[0] == "owner" and asked[1].startswith("visitor-")
    assert told["kind"] == "guest" and told["name"] == "visitor"


def test_a_tab_says_on_a_space_alone_what_is_for_the_owner():
    with gr.Blocks() as page:
        owners_note(HOME, "pretrain")
        assert not page.children
        owners_note(Settings(**SPACE), "decoding")
        assert not page.children
        owners_note(Settings(**SPACE), "pretrain")
        owners_note(Settings(**SPACE), "evaluate")
        owners_note(Settings(**SPACE, visitor_job_minutes=2.5), "prompt-lab")
        owners_note(Settings(**SPACE, visitor_job_minutes=0), "prompt-lab")
        owners_note(Settings(**SPACE, visitor_job_minutes=1), "prompt-lab")
    notes = [one.value for one in page.children]
    assert "only its owner may train a model" in notes[0]
    assert "one run at a time, 5 minutes at a stretch" in notes[1] and "2.5 minutes" in notes[2]
    assert "only its owner may start a run" in notes[3] and "1 minute at a stretch" in notes[4]
