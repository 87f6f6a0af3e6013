"""What the board of votes says while votes are on their way to where they are kept: the real board and its
scripts, before a server whose answers the test sets.
"""

import pytest
from playwright.sync_api import expect

from app.preferences.collect_view import voting_html
from pipelines.core.settings import REPOSITORY
from pipelines.preferences.records import Message, Progress, Round, Served
from pipelines.preferences.specs import RoundSpec

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_JS = REPOSITORY / "assets" / "js"
_SERVER = """
const calls = window.calls = [], board = document.querySelector("#board");
const drawn = board.querySelector("[data-round]").innerHTML;
const answers = window.answers = { pref_vote: {}, pref_saved: { saved: false, fault: "" } };
const does = {
  pref_next: () => ({ html: drawn.replace('data-pair="0"', `data-pair="${calls.length}"`) }),
  pref_saved: () => answers.pref_saved,
  pref_vote: ({ choice }) => {
    const noted = { saved: false, receipt: `r${calls.length}`, where: "anna/votes" };
    return { kept: choice, progress: "", ...noted, ...answers.pref_vote };
  },
};
const server = {};
for (const [name, answer] of Object.entries(does)) {
  server[name] = async (data) => (calls.push([name, data]), JSON.stringify(answer(data)));
}
window.glassworks.preferences.board(board, server, () => {});
"""


@pytest.fixture
def board(browser):
    spec = RoundSpec(title="Foxes")
    found = Round("0" * 12, "ann", "Foxes", "", spec, True, 0.0)
    shown = Served("0", found.id, "ann", (Message("user", "Why?"),), "a", "b", False, 0.0)
    inside = voting_html(found, Progress(2, 0, 2, 0, 1), shown)
    scripts = "".join(f"<script>{one.read_text()}</script>" for one in sorted(_JS.glob("preferences*.js")))
    page = browser.new_page()
    page.set_content(
        f'<!doctype html>{scripts}<div id="board"><div data-round="{found.id}">{inside}</div></div>'
        f"<script>{_SERVER}</script>"
    )
    yield page
    page.close()


def answer(page, **answers) -> None:
    page.evaluate("(told) => Object.assign(window.answers, told)", answers)


def asked(page, name: str) -> list[dict]:
    return [data for called, data in page.evaluate("window.calls") if called == name]


def test_a_vote_is_noted_then_saved_and_a_fault_is_told(board):
    told, said = board.locator("[data-saved]"), board.locator(".gw-pref-told [data-said]")
    board.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("Noted: left is better")
    expect(told).to_have_text("1 vote noted, being saved in anna/votes …")
    answer(board, pref_saved={"saved": False, "fault": "anna/votes could not be written: <b>429</b>"})
    expect(told).to_contain_text("not yet saved in anna/votes: anna/votes could not be written: <b>429</b>.")
    board.keyboard.press("n")
    expect(board.locator(".gw-pref-board[data-pair='0']")).to_have_count(0)
    expect(told).to_contain_text("1 vote noted here")
    board.keyboard.press("ArrowRight")
    expect(told).to_contain_text("2 votes noted here")
    answer(board, pref_saved={"saved": True, "fault": ""})
    expect(told).to_have_text("Saved in anna/votes.")
    receipts = [data["receipt"] for data in asked(board, "pref_saved")]
    assert len(set(receipts)) == 2 and receipts[0] != receipts[-1], "the newest stands for all before it"
    assert len(asked(board, "pref_vote")) == 2


def test_after_a_restart_votes_are_sent_once_more(board):
    told = board.locator("[data-saved]")
    answer(board, pref_saved={"refused": "send this vote again", "gone": True})
    board.keyboard.press("ArrowDown")
    board.wait_for_function("window.calls.filter(([name]) => name === 'pref_vote').length > 1")
    first, again = asked(board, "pref_vote")[:2]
    assert again == first and first["choice"] == "tie"
    answer(board, pref_saved={"saved": True, "fault": ""})
    expect(told).to_have_text("Saved in anna/votes.")


def test_a_vote_that_did_not_outlive_a_restart_is_told(board):
    answer(board, pref_saved={"refused": "send this vote again", "gone": True})
    board.keyboard.press("ArrowDown")
    expect(board.locator("[data-saved]")).to_contain_text("1 vote noted")
    answer(board, pref_vote={"kept": None, "refused": "not open for you", "gone": True})
    expect(board.locator("[data-saved]")).to_contain_text("1 vote did not outlive a restart of the server.")


def test_at_home_there_is_nothing_to_wait_for(board):
    answer(board, pref_vote={"saved": True, "receipt": "", "where": ""})
    board.keyboard.press("ArrowLeft")
    expect(board.locator(".gw-pref-told [data-said]")).to_contain_text("Kept: left is better")
    board.wait_for_timeout(800)
    expect(board.locator("[data-saved]")).to_have_text("")
    assert asked(board, "pref_saved") == []
