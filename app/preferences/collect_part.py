"""Collecting: the board with two answers, or with more that are put in an order. What it shows is drawn here
and put in its place by the page's own script, which asks these functions; votes go the same way, not as
Gradio's events, because they are many.
"""

from html import escape
from typing import Any

import gradio as gr

from app.preferences import collect_view as view
from app.preferences.answering import Told, seconds, server_functions, text, texts, whole
from app.preferences.collect_runs import Run, Runs
from app.preferences.ranking_view import ranking_html
from app.saving import noted, saved
from app.services import Services
from app.your_data.notice import before_the_first_vote
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.preferences.records import Round

_BARE = {"apply_default_css": False}
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_JS = "glassworks.preferences.board(element, server, watch);"


class CollectPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services, self._runs = services, Runs(services.preferences)
        self._notice = before_the_first_vote(services.settings)
        self.answers = {
            "pref_join": self._join, "pref_next": self._next, "pref_now": self._now, "pref_stop": self._stop,
            "pref_vote": self._vote, "pref_edit": self._edit, "pref_forget": self._forget,
            "pref_several": self._several, "pref_rank": self._rank, "pref_saved": self._saved,
        }  # fmt: skip
        self.board = gr.HTML(
            _round_html("", view.nothing_html()), elem_id="pref-board", js_on_load=_JS, **_BARE,
            server_functions=server_functions(services, self.answers),
        )  # fmt: skip

    def wire(self, round: Any, revised: Any) -> None:
        """``round`` holds the id or the code of the round that is collected."""
        gr.on([round.change, revised.change], self.shown, round, self.board, **_QUICK)

    def shown(self, name: str, request: gr.Request) -> str:
        """The board of a round as it stands for this visitor: a refresh goes on where it was."""
        visitor = self._services.identity.visitor(request)
        try:
            inside = self._standing(name, visitor.id, visitor.name) if name else view.nothing_html()
        except GlassworksError as error:
            inside = view.nothing_html(str(error))
        return _round_html(name, inside)

    # What the page's script asks: (what it sent, the visitor) → an answer.

    def _join(self, data: Told, visitor: str) -> Told:
        """``{round, name, consented}``"""
        name, called = text(data, "round"), text(data, "name")
        try:
            self._preferences.join(name, visitor, called, bool(data.get("consented")))
        except SpecError as error:
            found = self._preferences.round(name, visitor)
            return {"html": view.consent_html(found, self._notice, called, str(error))}
        return {"html": self._standing(name, visitor)}

    def _next(self, data: Told, visitor: str) -> Told:
        """``{round, prompt}``: the pair that waits; where none does, or a prompt of one's own is sent, the
        answers that are now being written."""
        name, prompt = text(data, "round"), text(data, "prompt").strip()
        if not prompt and (served := self._preferences.next(name, visitor)):
            found, progress = self._known(name, visitor)
            return {"html": view.voting_html(found, progress, served)}
        return self._begun(name, visitor, prompt)

    def _several(self, data: Told, visitor: str) -> Told:
        """``{round, prompt, count}``: so many answers that are now being written, to be put in an order."""
        return self._begun(
            text(data, "round"), visitor, text(data, "prompt").strip(), whole(data.get("count"))
        )

    def _begun(self, name: str, visitor: str, prompt: str, count: int = 0) -> Told:
        try:
            run = self._runs.begin(visitor, name, prompt, count)
        except GlassworksError as error:
            return {"html": view.waiting_html(*self._known(name, visitor), str(error))}
        return {"html": self._running(name, visitor, run)}

    def _now(self, data: Told, visitor: str) -> Told:
        """``{round, run, seen}`` → the texts so far, where they are others than were seen; at the end what to
        vote on or to put in an order, or what went wrong."""
        run = self._runs.get(data.get("run"), visitor)
        number = run.number
        if run.over:
            return {"over": True, "html": self._ended(run, visitor)}
        return {"number": number} if data.get("seen") == number else {"number": number, **_grown(run)}

    def _stop(self, data: Told, visitor: str) -> Told:
        """``{run}``"""
        self._runs.get(data.get("run"), visitor).stop()
        return {}

    def _vote(self, data: Told, visitor: str) -> Told:
        """``{round, pair, choice, strength, tags, note, edited, seconds, revise}``: answered when it is on
        the disk."""
        pair, choice = text(data, "pair"), text(data, "choice")
        told = {"strength": data.get("strength", 1), "tags": texts(data.get("tags"))}
        told |= {"note": text(data, "note"), "edited": text(data, "edited")}
        if data.get("revise"):
            self._preferences.revise(pair, visitor, choice, **told)
        else:
            self._preferences.vote(pair, visitor, choice, **told, seconds=seconds(data.get("seconds")))
        return {"kept": choice, **self._noted(text(data, "round"), visitor)}

    def _rank(self, data: Told, visitor: str) -> Told:
        """``{round, run, order}``: answered when the votes are on the disk; the same again counts once."""
        name, run = text(data, "round"), self._runs.get(data.get("run"), visitor)
        votes = run.ranked(
            data.get("order"),
            lambda written, order: self._preferences.rank_written(name, visitor, written, order),
        )
        return {"kept": "ranked", "votes": votes, **self._noted(name, visitor)}

    def _saved(self, data: Told, visitor: str) -> Told:
        """``{round, receipt}`` → whether the votes of that moment are where votes are kept."""
        found = self._preferences.round(text(data, "round"), visitor)
        return saved(self._services, found.id, text(data, "receipt"))

    def _edit(self, data: Told, visitor: str) -> Told:
        """``{side, text}`` → the field to edit it in."""
        side = data.get("side") if data.get("side") in view.SIDES else view.SIDES[0]
        return {"html": view.edit_html(side, text(data, "text"))}

    def _forget(self, data: Told, visitor: str) -> Told:
        """``{round}``: this annotator's own votes are deleted."""
        name = text(data, "round")
        found = self._preferences.round(name, visitor)
        self._preferences.forget(visitor, name)
        noted(self._services, found.id)  # so that they go soon from where votes are kept
        return {"html": self._standing(name, visitor)}

    # What is shown.

    def _standing(self, name: str, visitor: str, called: str = "") -> str:
        annotator = self._preferences.annotator(name, visitor)
        if annotator is None or not annotator.consented:
            known = annotator.name if annotator else "" if called == "visitor" else called
            return view.consent_html(self._preferences.round(name, visitor), self._notice, known)
        if run := self._runs.live(visitor, name):
            return self._running(name, visitor, run)
        found, progress = self._known(name, visitor)
        served = self._preferences.next(name, visitor) if found.open else None
        return view.voting_html(found, progress, served) if served else view.waiting_html(found, progress)

    def _running(self, name: str, visitor: str, run: Run) -> str:
        known = self._known(name, visitor)
        if run.waits:
            return ranking_html(*known, run.id, run.moment)
        return view.writing_html(*known, run.id, run.moment)

    def _ended(self, run: Run, visitor: str) -> str:
        if run.waits:
            return self._running(run.round, visitor, run)
        found, progress = self._known(run.round, visitor)
        served = None if run.failed or run.ranks else self._preferences.next(run.round, visitor)
        if served is None:
            return view.waiting_html(found, progress, run.failed)
        return view.voting_html(found, progress, served)

    def _noted(self, name: str, visitor: str) -> Told:
        found, progress = self._known(name, visitor)
        return {"progress": view.progress_html(progress), **noted(self._services, found.id)}

    def _known(self, name: str, visitor: str) -> tuple[Round, Any]:
        return self._preferences.round(name, visitor), self._preferences.progress(name, visitor)

    @property
    def _preferences(self) -> Any:
        return self._services.preferences


def _grown(run: Run) -> Told:
    moment = run.moment
    told = {"texts": view.texts_of(moment), "doing": view.doing_words(moment.loading)}
    return {**told, "prompt": view.prompt_html(moment.prompt)} if moment.prompt else told


def _round_html(name: str, inside: str) -> str:
    return f'<div data-round="{escape(name)}">{inside}</div>'
