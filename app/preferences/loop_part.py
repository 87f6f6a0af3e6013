"""The whole way on one screen: a row a round, from its pairs to the vote on what was trained from them."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.errors import message_of
from app.job_panel.access import seen_jobs
from app.parts import PICKED
from app.preferences.loop_view import Step, loop_html
from app.preferences.results_view import empty_html
from app.preferences.rounds_part import BARE, told_by
from app.preferences.train_data import ANSWERING, trained_on
from app.preferences.words import evaluation_of
from app.services import Services
from pipelines.jobs.states import JobState
from pipelines.preferences.records import Round

LOOP = "loop"
_QUIET = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_MOST = 30  # rounds


class LoopPart:
    """Laid out in the present place of the page; drawn when it is looked at."""

    def __init__(self, services: Services):
        self._services = services
        self.loop = gr.HTML(elem_id="pref-loop", js_on_load=_JS, **BARE)

    def wire(self, round: Any, shown: Any) -> None:
        """``shown`` is the name of the view that is looked at."""
        shown.change(self._drawn, shown, self.loop, **_QUIET)
        self.loop.select(self._pressed, None, [round, shown], queue=False, **PICKED)

    def _drawn(self, shown: str, request: gr.Request) -> Any:
        if shown != LOOP:
            return gr.skip()
        try:
            return loop_html(self._steps(request))
        except Exception as error:
            return empty_html("That did not work", message_of(error))

    def _pressed(self, request: gr.Request, event: gr.EventData = None) -> tuple[Any, Any]:
        """A round that is opened, in one of the other views; the parts that show it ask whose it is."""
        told = told_by(event)
        round, where = told.get("round"), told.get("view")
        known = isinstance(round, str) and where in ("collect", "results", "train")
        return (round, where) if known else (gr.skip(), gr.skip())

    def _steps(self, request: gr.Request) -> list[Step]:
        owner = self._services.identity.visitor(request).id
        rounds, jobs = self._services.preferences.rounds(owner), seen_jobs(self._services, request)
        collected = [one for one in rounds if one.spec.purpose == "collect"][:_MOST]
        revotes = [one for one in rounds if one.spec.purpose == "revote"]
        return [
            self._step(one, owner, trained_on(self._services, one, owner, jobs), revotes) for one in collected
        ]

    def _step(self, found: Round, owner: str, jobs: Sequence[Any], revotes: Sequence[Round]) -> Step:
        """The round with the run that was voted on last, else the newest that ended well, else the newest."""
        from pipelines.preferences.measures.loop import Revote, loop_row
        from pipelines.preferences.measures.quality import quality

        voted = {one.spec.model_b: one for one in reversed(revotes)}
        ended = [one for one in jobs if one.state is JobState.SUCCEEDED and one.kind in ANSWERING]
        again = next((one for one in ended if f"run/{one.id}" in voted), None)
        job = again or next(iter(ended), None) or next(iter(jobs), None)
        revote = voted[f"run/{again.id}"] if again else None
        pairs, votes = self._votes(found.id, owner)
        seen = Revote(revote.spec.model_b, *self._votes(revote.id, owner)) if revote else None
        row = loop_row(found, pairs, votes, self._trained(job) if job else None, seen)
        look = len(quality(pairs, votes, evaluation_of(found)).to_look_at) if votes else 0
        return Step(row, look, revote.id if revote else "")

    def _votes(self, round_id: str, owner: str) -> tuple[Any, Any]:
        service = self._services.preferences
        return service.pairs(round_id, owner), service.votes(round_id, owner)

    def _trained(self, job: Any) -> Any:
        from pipelines.preferences.measures.loop import Trained

        events, _ = self._services.jobs.events(job.id, 0)
        told = {one.get("when"): one.get("perplexity") for one in events if one.get("type") == "forgetting"}
        model, state = f"run/{job.id}", job.state.value
        return Trained(
            model, job.kind, state, perplexity_before=told.get("before"), perplexity_after=told.get("after")
        )
