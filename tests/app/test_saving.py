"""What is said of votes and finished jobs on their way to where they are kept."""

from html import escape
from types import SimpleNamespace

import pytest

from app.saving import noted, runs_html, saved

FAULT = "anna/models could not be written: <the Hub asks to wait>"


class Keeping:
    """As the tests set it; ``waiting`` runs."""

    votes_where, votes_fault, runs_where, runs_fault = "anna/votes", "", "anna/models", ""
    waiting, done = 0, False

    def receipt(self, round_id: str) -> str:
        return f"{round_id}.7" if self.votes_where else ""

    def vote_saved(self, round_id: str, seconds: float = 0.0, receipt: str = "") -> bool:
        assert receipt == f"{round_id}.7"
        return self.done

    def runs_waiting(self) -> int:
        return self.waiting


@pytest.fixture
def services():
    return SimpleNamespace(keeping=Keeping())


def test_a_vote_is_noted_with_a_receipt_until_it_is_saved(services):
    told = noted(services, "fox")
    assert told == {"saved": False, "receipt": "fox.7", "where": "anna/votes"}
    services.keeping.votes_fault = FAULT
    assert saved(services, "fox", told["receipt"]) == {"saved": False, "where": "anna/votes", "fault": FAULT}
    services.keeping.done = True
    assert saved(services, "fox", told["receipt"]) == {"saved": True, "where": "anna/votes", "fault": ""}


def test_where_this_disk_is_the_place_nothing_is_waited_for(services):
    services.keeping.votes_where = services.keeping.runs_where = ""
    assert noted(services, "fox") == {"saved": True, "receipt": "", "where": ""}
    assert runs_html(services) == ""


@pytest.mark.parametrize(
    ("waiting", "fault", "words"),
    [
        (0, "", "Finished jobs and what they made are saved in anna/models."),
        (1, "", "1 finished job noted, being saved in anna/models …"),
        (2, FAULT, f"2 finished jobs noted here, not yet saved in anna/models: {FAULT}. It is tried again."),
    ],
)
def test_finished_jobs_are_told_of_in_a_line(services, waiting, fault, words):
    services.keeping.waiting, services.keeping.runs_fault = waiting, fault
    assert escape(words) in runs_html(services)
