"""Training on a round: which way, the check that stands against a start, the run, and the vote on what came
of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from app.errors import message_of
from app.fine_tune.checking import check_events, mend_of
from app.fine_tune.findings_view import checked_html
from app.fine_tune.script_part import ScriptPart
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import seen_job, seen_jobs, seen_model, seen_status, submit
from app.job_panel.offers import MEND_JS
from app.model_picker import model_picker
from app.preferences import train_view as view
from app.preferences.rounds_part import BARE, RoundsPart, told_by
from app.preferences.train_data import (
    ANSWERING,
    KINDS,
    ONLINE,
    asked_snapshot,
    of_no_round,
    reward_models,
    snapshot,
    spec_of,
    trained_on,
)
from app.preferences.train_forms import TrainForms
from app.services import Services
from app.status_line import status_line
from app.tabs.pretrain_views import error_html
from app.zero_gpu import training_note
from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.preferences.records import Round
from pipelines.preferences.specs import RoundSpec
from pipelines.training.checks.requests import Checked, Checking

TRAIN = "train"
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK = {**_QUIET, "queue": False}
_WORKING = {**_QUIET, "concurrency_limit": 4}
_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_HINT = "No run yet. A start checks first; curves and what the model writes appear here."


class TrainPart:
    """Laid out in the present place of the page; drawn when it is looked at."""

    def __init__(self, services: Services, rounds: RoundsPart, shown: gr.Radio):
        """``shown`` holds the name of the view that is looked at."""
        self._services, self._rounds, self._view = services, rounds, shown
        training_note(services)
        self.kind = gr.Radio(
            view.way_choices(), value=KINDS[0], label="Way", interactive=True, elem_id="pref-way"
        )
        self.ways = gr.HTML(view.ways_html(), **BARE)
        with gr.Row(elem_classes="gw-pref-fields"):
            self.base = model_picker(services, "causal-lm", "Base")
            self.name = gr.Textbox(
                label="Name", info="How the run is called in lists.", max_length=80, max_lines=1
            )
        self.forms = TrainForms()
        check, _, start = view.words_of(KINDS[0])
        with gr.Row(elem_classes="gw-toolbar"):
            self.check = gr.Button(check, size="sm", min_width=140, elem_id="pref-check")
        self.start = gr.Button(start, variant="primary", elem_id="pref-train")
        self.error = gr.HTML(elem_id="pref-train-error")
        self.status = gr.HTML(elem_classes="gw-status-box", elem_id="pref-checked")
        self.findings = gr.HTML(elem_id="pref-findings", js_on_load=MEND_JS)
        self.runs = gr.HTML(elem_id="pref-runs", js_on_load=_JS, **BARE)
        self.panel: JobPanel = job_panel(
            services, remember="glassworks-preferences-job", hint=_HINT, mendable=True
        )
        self.script = ScriptPart(services, "pref")

    def wire(self) -> None:
        round, panel, shown, forms = self._rounds.round, self.panel, self._view, self.forms
        given = {round, self.kind, self.base, self.name, *forms.inputs}
        told = [self.status, self.findings, self.error]
        self.check.click(self._checked, given, told, **_WORKING)
        self.start.click(self._started, given, [*told, panel.job_id], **_WORKING)
        events = [round.change, shown.change, panel.job_id.change, panel.parts.turned.change]
        gr.on(events, self._drawn, [round, shown], [self.runs, self.base, forms.judge], **_QUICK)
        chosen = [self.ways, self.check, self.start, *told, *forms.outputs]
        self.kind.change(self._chosen, self.kind, chosen, **_QUICK)
        forms.wire()
        panel.job_id.change(self._scripted, panel.job_id, self.script.outputs, **_QUICK)
        self.script.wire()
        round.change(lambda: ("", "", ""), None, told, **_QUICK)
        outputs = [round, shown, panel.job_id, self.error]
        self.runs.select(self._pressed, round, outputs, **_QUICK)
        for mended in (self.findings.select, panel.mended):
            mended(self._mended, self.kind, [*forms.inputs, self.error], **_QUICK)

    # Callbacks: each is public; the services check whose the round, the rows and the jobs are.

    def _checked(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        for updates, _, _ in self._checking(given, request):
            yield updates

    def _started(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        spec = checked = None
        for moment in self._checking(given, request):
            updates, spec, checked = moment
            yield updates
        if checked is None or checked.blocked:
            return
        try:
            job = submit(self._services, given[self.kind], spec, request)
        except Exception as error:
            yield {self.error: error_html(message_of(error))}
            return
        yield {self.panel.job_id: job.id}

    def _checking(
        self, given: dict[Any, Any], request: gr.Request
    ) -> Iterator[tuple[Any, Any, Checked | None]]:
        """(updates, the spec, what was found) as the check goes on; a refusal is told, and no more comes."""
        kind = given[self.kind]
        _, doing, _ = view.words_of(kind)
        yield {self.status: status_line("loading", doing), self.error: ""}, None, None
        try:
            spec = self._spec(given, request)
            for event in check_events(self._services, spec, request):
                if isinstance(event, Checking):
                    far = [f"{event.done:,} of {event.total:,}"]
                    yield {self.status: status_line("loading", doing, far)}, spec, None
                else:
                    line = status_line(*view.verdict_words(event, "prompts" if kind in ONLINE else "rows"))
                    found = checked_html(self._mendable(event, kind))
                    found += view.asked_html(event) if kind in ONLINE else ""
                    yield {self.status: line, self.findings: found}, spec, event
        except Exception as error:
            yield {self.status: "", self.findings: "", self.error: error_html(message_of(error))}, None, None

    def _spec(self, given: dict[Any, Any], request: gr.Request) -> Any:
        """The job's, with the rows of now. Raises a GlassworksError."""
        owner, kind, base = self._rounds.owner(request), given[self.kind], given[self.base] or ""
        if kind not in (*KINDS, *ONLINE):
            raise ConflictError("Choose a way to train.")
        values = {**self.forms.values(kind, given), "base": base, "name": given[self.name]}
        if not self.forms.reads_round(kind, given):
            return spec_of(kind, values)
        found = self._own(given[self._rounds.round], owner)
        entry = seen_model(self._services, base, request)
        values["name"] = values["name"] or found.title[:80]
        if kind in ONLINE:
            return spec_of(kind, {**values, "dataset": asked_snapshot(self._services, found, owner)})
        return spec_of(kind, {**values, "dataset": snapshot(self._services, found, owner, kind, entry)})

    def _scripted(self, job_id: str, request: gr.Request) -> dict[Any, Any]:
        """The script of the run that is shown, whatever state it is in."""
        try:
            return self.script.shown(seen_status(self._services, job_id, request) if job_id else None)
        except GlassworksError:
            return self.script.shown(None)

    def _chosen(self, kind: str) -> dict[Any, Any]:
        """The form of this way, and its words; what was found of another one's rows goes."""
        check, _, start = view.words_of(kind)
        words = {self.ways: view.ways_html(kind), self.check: gr.Button(check), self.start: gr.Button(start)}
        return {**words, self.status: "", self.findings: "", self.error: "", **self.forms.shown(kind)}

    def _drawn(self, name: str, shown: str, request: gr.Request) -> tuple[Any, Any, Any]:
        if shown != TRAIN:
            return gr.skip(), gr.skip(), gr.skip()
        owner, mine = self._rounds.owner(request), seen_jobs(self._services, request)
        judges = gr.Dropdown(choices=reward_models(mine))
        try:
            found = self._own(name, owner)
        except GlassworksError as error:
            told = f'<p class="gw-muted">{escape(str(error))}</p>'
            return told + view.others_html(of_no_round(mine)), gr.skip(), judges
        jobs = trained_on(self._services, found, owner, mine)
        revotes: dict[str, list[Round]] = {}
        for one in self._services.preferences.rounds(owner):
            if one.spec.purpose == "revote":
                revotes.setdefault(one.spec.model_b, []).append(one)
        base = gr.skip() if jobs else gr.Dropdown(value=found.spec.model_a)
        return view.runs_html(jobs, revotes, of_no_round(mine)), base, judges

    def _pressed(self, name: str, request: gr.Request, event: gr.EventData = None) -> dict[Any, Any]:
        """``show`` a run, ``open`` one of its re-votes, or begin one (``revote``)."""
        told, round, panel = told_by(event), self._rounds.round, self.panel
        try:
            job = seen_job(self._services, told.get("job"), request) if told.get("job") else None
            if told.get("does") == "show" and job:
                return {panel.job_id: job.id}
            if told.get("does") == "open":
                found = self._services.preferences.round(str(told.get("round")), self._rounds.owner(request))
                return {round: found.id, self._view: "results"}
            if told.get("does") == "revote" and job:
                return {round: self._revote(name, job, request).id, self._view: "collect"}
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.error: ""}

    def _mended(self, kind: str, event: gr.EventData) -> dict[Any, Any]:
        """Set fields of the form as the button of a finding or of a failed run says; the job's spec checks
        them."""
        try:
            return {**self.forms.mended(kind, mend_of(event.value)), self.error: ""}
        except GlassworksError as error:
            return {self.error: error_html(str(error))}

    def _mendable(self, checked: Checked, kind: str) -> Checked:
        """Without the mends that this form has no field for: rows are left out by voting otherwise."""
        kept = (f if self.forms.can_mend(kind, f.mend) else replace(f, mend={}) for f in checked.findings)
        return replace(checked, findings=tuple(kept))

    def _revote(self, name: str, job: Any, request: gr.Request) -> Round:
        """A round of the run against its base, on prompts that were not trained on."""
        found = self._own(name, self._rounds.owner(request))
        if job.kind not in ANSWERING:
            raise ConflictError(f"Only what {', '.join(ANSWERING)} have made can be voted on here.")
        spec = found.spec.to_dict() | {
            "title": f"Re-vote: {job.title or found.title}"[:120], "purpose": "revote", "prompts": "bundled",
            "own_prompts": [], "model_a": job.spec["base"], "model_b": f"run/{job.id}",
            "temperature_b": found.spec.temperature_a, "repeat_share": 0.0,
        }  # fmt: skip
        return self._rounds.make(RoundSpec.from_dict(spec), request)

    def _own(self, name: str, owner: str) -> Round:
        """Raises a GlassworksError for no round and for one of somebody else."""
        if not name:
            raise ConflictError("Choose a round on the left, or make one.")
        found = self._services.preferences.round(name, owner)
        if found.owner != owner:
            raise ConflictError("Only the owner of this round trains on it.")
        return found
