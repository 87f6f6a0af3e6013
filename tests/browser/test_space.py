"""The simulated Space in a browser: as guest, signed in, as its owner, and in the Hub's frame. One start of
the app for all of them, and nothing is written into the tree that it runs from.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.identity import COOKIE
from tests.support.fake_login import login_with
from tests.support.page import Workshop
from tests.support.preferences_page import PreferencesPage
from tests.support.space import AUTHOR, SimulatedSpace, simulated_space

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What Gradio's page on a Space asks the Hub and others for; our policy and this machine let none of it out.
OF_THE_HUB = re.compile(r"huggingface\.co|googleapis\.com|Space not found")
NOT_FOR_GUESTS = "Only the owner of this workshop may start jobs"
ROUND = json.dumps({"title": "Ships", "own_prompts": ["Why ships?"], "prompts": "own", "max_new_tokens": 16})
LAB = json.dumps(
    {"n": 2, "strategies": [{"name": "direct"}], "decodings": [{"max_new_tokens": 4}]}, separators=(",", ":")
)
JOB = ("tokenizer", '{"vocab_size": 300}')


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedSpace]:
    with login_with(AUTHOR, "eve") as login, simulated_space(tmp_path_factory.mktemp("space"), login) as made:
        yield made
        assert made.written_in_the_tree() == []


@pytest.fixture
def browsers(browser: Browser) -> Iterator[Any]:
    """``browsers()`` is another browser each time, of somebody who has never been here."""
    opened: list[BrowserContext] = []

    def another() -> BrowserContext:
        opened.append(browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900}))
        opened[-1].set_default_timeout(60_000)
        return opened[-1]

    yield another
    for one in opened:
        one.close()


def who(page: Page, name: str) -> None:
    expect(page.locator(".gw-who-name")).to_have_text(name)


def signed_in(context: BrowserContext, space: SimulatedSpace, name: str, query: str = "") -> Page:
    """A page of the Space after signing in under that name."""
    page = context.new_page()
    page.goto(f"{space.public}login/huggingface?_target_url={quote('/' + query)}")
    page.get_by_role("link", name=name, exact=True).click()
    who(page, name)
    return page


def told(context: BrowserContext, space: SimulatedSpace, endpoint: str, *given: Any) -> tuple[str, Any]:
    """How a call with this browser's cookies ends, ``complete`` or ``error``, and what it answers."""
    address = f"{space.public}gradio_api/call/{endpoint}"
    event = context.request.post(address, data={"data": given}, max_retries=2).json()["event_id"]
    last = context.request.get(f"{address}/{event}", max_retries=2).text().strip().rpartition("event: ")[2]
    state, _, answer = last.partition("\ndata: ")
    return state, json.loads(answer)


def test_a_guest_tries_what_is_free_and_is_told_what_is_not(space, browsers):
    workshop = Workshop(browsers().new_page(), space.public).open("?tab=decoding")
    who(workshop.page, "Guest")
    workshop.generate("house/story-base", "Once upon a time", 12).expect_writing("done")
    assert workshop.written()
    workshop.tab("Pretrain")
    note = workshop.page.locator(".block.gw-owners").locator("visible=true")
    expect(note).to_contain_text("only its owner may train a model")
    workshop.page.locator("#pretrain-start").click()
    expect(workshop.page.get_by_text(NOT_FOR_GUESTS).locator("visible=true").first).to_be_visible()
    assert [one for one in workshop.errors if not OF_THE_HUB.search(one)] == []


def test_a_guest_measures_for_some_minutes(space, browsers):
    """The prompt lab is one of the things to try: a run of one's own, which nobody else sees."""
    mine, other = browsers(), browsers()
    workshop = Workshop(mine.new_page(), space.public).open(f"?tab=prompt-lab&spec={quote(LAB)}")
    note = workshop.page.locator(".block.gw-owners").locator("visible=true")
    expect(note).to_contain_text("one run at a time, 5 minutes at a stretch")
    expect(workshop.page.locator("#lab-n input").first).to_have_value("2")  # what the link asks for is there
    workshop.page.locator("#lab-start").click()
    workshop.expect_state("succeeded", seconds=400)
    job = workshop.job_id()
    assert told(mine, space, "job", job)[1][0]["kind"] == "prompt_lab"
    assert told(other, space, "job", job)[0] == "error"
    programs = ("house/story-instruct", "humaneval", 1, "{}")
    assert told(mine, space, "evaluate", *programs)[0] == "error"


def test_guests_vote_in_the_owners_round_which_is_the_owners_alone(space, browsers):
    mine, theirs = browsers(), browsers()
    page = signed_in(mine, space, AUTHOR, "?tab=pretrain")
    expect(page.locator(".gw-who small")).to_have_text("owner")
    expect(page.locator("#pretrain-start")).to_be_visible()
    expect(page.locator(".block.gw-owners").locator("visible=true")).to_have_count(0)
    _, (made,) = told(mine, space, "preference_round", ROUND)

    guest = PreferencesPage(Workshop(theirs.new_page(), space.public), round=made["code"])
    guest.begin("Bo")
    guest.next()
    guest.press("ArrowLeft").kept("left")
    export = ("preferences_export", made["id"], "trl", False, True)
    for refused in (export, ("preference_control", made["id"], "delete")):
        assert told(theirs, space, *refused)[0] == "error"
    assert told(theirs, space, "submit_job", *JOB)[0] == "error"

    state, (exported,) = told(mine, space, *export)
    assert state == "complete" and "Bo" in exported
    assert told(mine, space, "submit_job", *JOB)[0] == "complete"
    assert told(mine, space, "preference_control", made["id"], "delete") == (
        "complete",
        [{"deleted": made["id"]}],
    )


def test_who_signs_in_finds_their_rounds_in_another_browser(space, browsers):
    first, second = browsers(), browsers()
    page = first.new_page()
    page.goto(space.public)
    who(page, "Guest")
    page.locator(".gw-who").get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="eve", exact=True).click()
    who(page, "eve")
    _, (made,) = told(first, space, "preference_round", ROUND)

    again = signed_in(second, space, "eve")
    assert told(second, space, "preference_rounds") == ("complete", [[made]])
    assert told(second, space, "submit_job", *JOB)[0] == "error"
    again.locator(".gw-who").get_by_role("link", name="Sign out").click()
    who(again, "Guest")
    assert told(second, space, "preference_rounds") == ("complete", [[]])


def test_in_the_hubs_frame_a_guest_is_known_and_signs_in_in_a_tab(space, browsers):
    context = browsers()
    context.grant_permissions(["local-network-access"])  # of the Hub's page, to frame this machine's
    frame = f'<h1>Hub</h1><iframe src="{space.public}" width="1200" height="700"></iframe>'
    context.route(
        "https://huggingface.co/spaces/**", lambda route: route.fulfill(content_type="text/html", body=frame)
    )
    page = context.new_page()
    page.goto(f"https://huggingface.co/spaces/{AUTHOR}/glassworks")
    inside = page.frame_locator("iframe")
    expect(inside.locator(".gw-who-name")).to_have_text("Guest")
    kept = next(one for one in context.cookies() if one["name"] == COOKIE)
    assert (kept["sameSite"], kept["secure"], kept["partitionKey"]) == (
        "None",
        True,
        "https://huggingface.co",
    )
    with context.expect_page() as opened:
        inside.locator(".gw-who a").click()
    tab = opened.value
    tab.get_by_role("link", name="eve", exact=True).click()
    who(tab, "eve")
    assert tab.url.startswith(space.public)
