"""What is said of votes and finished jobs: that they are noted here, and whether they are saved where they
are kept. Where none are kept elsewhere, this disk is the place: then there is nothing to wait for.
"""

from html import escape
from typing import Any

from app.services import Services


def noted(services: Services, round_id: str) -> dict[str, Any]:
    """Of a vote that was given just now: ``saved``, and if it is not yet, the ``receipt`` to ask with and
    ``where`` it is on its way to."""
    receipt = services.keeping.receipt(round_id)
    where = services.keeping.votes_where if receipt else ""
    return {"saved": not receipt, "receipt": receipt, "where": where}


def saved(services: Services, round_id: str, receipt: str) -> dict[str, Any]:
    """``saved`` as it is now, and why not yet as ``fault`` where something is wrong. Raises NotFoundError for
    a receipt of before a restart: the vote is to be sent again."""
    keeping = services.keeping
    done = keeping.vote_saved(round_id, receipt=receipt)
    return {"saved": done, "where": keeping.votes_where, "fault": "" if done else keeping.votes_fault}


def runs_html(services: Services) -> str:
    """A line on finished jobs; empty where this disk is the place."""
    keeping = services.keeping
    if not keeping.runs_where:
        return ""
    waiting, where = keeping.runs_waiting(), keeping.runs_where
    count = f"{waiting} finished job{'' if waiting == 1 else 's'}"
    if not waiting:
        told = f"Finished jobs and what they made are saved in {where}."
    elif keeping.runs_fault:
        told = f"{count} noted here, not yet saved in {where}: {keeping.runs_fault}. It is tried again."
    else:
        told = f"{count} noted, being saved in {where} …"
    return f'<p class="gw-muted" data-saved="{"no" if waiting else "yes"}">{escape(told)}</p>'
