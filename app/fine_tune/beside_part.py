"""Base and tuned model on a prompt of one's own: what is asked, and both texts as they grow."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.errors import message_of
from app.fine_tune.beside import MAX_NEW_TOKENS, Asked, notes_of, requests_of, sides, stopped
from app.fine_tune.beside_view import beside_html, hint_html, status_html
from app.job_panel.access import seen_status
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.generation.requests import MAX_PROMPT_CHARS
from pipelines.jobs.service import JobStatus

_SECONDS = 0.2  # between two drawings of both texts
_PROMPTS = {"instruct": "Tell me a short story about a fox.", "continue": "Once upon a time"}
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_IDLE = status_line("idle", "Ready")


class BesidePart:
    """Laid out in the present place of the page. ``job_id`` is the run that is asked; its base is the one
    that its own spec names."""

    def __init__(self, services: Services):
        self._services = services
        self.job_id, self.run = gr.State(""), gr.State(None)
        with gr.Column(visible=False, elem_classes="gw-tune-beside") as self.column:
            gr.HTML("<h3>Base and tuned side by side</h3>")
            self.prompt = gr.Textbox(
                label="Prompt",
                lines=3,
                max_lines=10,
                max_length=MAX_PROMPT_CHARS,
                elem_id="tune-beside-prompt",
            )
            with gr.Row(elem_classes="gw-tune-numbers"):
                self.seed = gr.Number(0, precision=0, label="Seed", min_width=90, elem_id="tune-beside-seed")
                self.temperature = gr.Number(
                    0.8, label="Temperature", min_width=110, elem_id="tune-beside-temperature",
                    info="0 takes the likeliest token.",
                )  # fmt: skip
                self.new_tokens = gr.Number(
                    100, precision=0, label="New tokens", min_width=110, elem_id="tune-beside-tokens",
                    info=f"At most {MAX_NEW_TOKENS}.",
                )  # fmt: skip
            self.chat = gr.Checkbox(
                True, label="As a conversation", elem_id="tune-beside-chat",
                info="The prompt is what a user says, written out by the run's chat template for both.",
            )  # fmt: skip
            self.judged = gr.Checkbox(
                True, label="Perplexity under both", elem_id="tune-beside-judged",
                info="Each text is also read by the other model.",
            )  # fmt: skip
            with gr.Row(elem_classes="gw-controls"):
                self.go = gr.Button("Compare", size="sm", elem_id="tune-beside", min_width=110)
                self.stop = gr.Button("Stop", size="sm", interactive=False, min_width=80)
            self.status = gr.HTML(_IDLE, elem_classes="gw-status-box")
            self.answer = gr.HTML(hint_html(), elem_id="tune-beside-answer")

    @property
    def outputs(self) -> list[Any]:
        return [self.job_id, self.column, self.prompt, self.chat, self.status, self.answer]

    def wire(self) -> None:
        asked = [
            self.job_id, self.prompt, self.chat, self.seed, self.temperature, self.new_tokens, self.judged
        ]  # fmt: skip
        written = [self.status, self.answer, self.run, self.go, self.stop]
        self.go.click(self.compared, asked, written, concurrency_id="generation", **_QUIET)
        self.stop.click(_stop, self.run, None, queue=False, **_QUIET)

    def shown(self, status: JobStatus) -> dict[Any, Any]:
        """The panel for that run, a prompt in it; hidden for one that does not write."""
        task = str(status.job.spec.get("task", ""))
        if task not in _PROMPTS:
            return {self.job_id: "", self.column: gr.Column(visible=False), self.answer: ""}
        own = [one for one in status.job.spec.get("sample_prompts") or () if isinstance(one, str) and one]
        chat = self._has_template(status.artifact)
        return {
            self.job_id: status.job.id,
            self.column: gr.Column(visible=True),
            self.prompt: own[0] if own else _PROMPTS[task],
            self.chat: gr.Checkbox(visible=chat, value=chat and task == "instruct"),
            self.status: _IDLE,
            self.answer: hint_html(),
        }

    def compared(
        self,
        job_id: str,
        prompt: str,
        chat: bool,
        seed: float,
        temperature: float,
        new_tokens: float,
        judged: bool,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Update after update; whatever goes wrong ends as the status line's error state, and what stood on
        the page stays."""
        try:
            visitor = self._services.identity.visitor(request)
            status = seen_status(self._services, job_id, request)
            settings = (_whole(seed), _number(temperature), _short(_whole(new_tokens)), bool(judged))
            asked = Asked(*_models(status), prompt or "", bool(chat), *settings)
            requests = requests_of(self._services, visitor, asked)
            run = Stoppable(sides(self._services, visitor, requests, notes_of(self._services, asked)))
            yield from self._followed(run)
        except Exception as error:
            yield status_line("failed", message_of(error)), gr.skip(), None, *_buttons(running=False)

    def _followed(self, run: Stoppable) -> Iterator[tuple[Any, ...]]:
        drawn, now = float("-inf"), None
        for now in run.events():
            due = now.state == "done" or time.monotonic() - drawn >= _SECONDS
            if due:
                drawn = time.monotonic()
                yield status_html(now), beside_html(now), run, *_buttons(running=now.state != "done")
        if now is not None and now.state != "done":
            now = stopped(now)
            yield status_html(now), beside_html(now), None, *_buttons(running=False)

    def _has_template(self, model: str) -> bool:
        try:
            return "chat" in self._services.models.get(model).capabilities
        except GlassworksError:
            return False


def _models(status: JobStatus) -> tuple[str, str]:
    """The base and the tuned model of a run that is done."""
    base = status.job.spec.get("base")
    if not status.artifact or not isinstance(base, str) or status.job.spec.get("task") not in _PROMPTS:
        raise NotFoundError("This run has made no model that writes, so there is nothing to compare.")
    return base, status.artifact


def _whole(value: Any) -> Any:
    """Number boxes send 64.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _short(value: Any) -> Any:
    if isinstance(value, int) and value > MAX_NEW_TOKENS:
        raise SpecError("max_new_tokens", value, f"a whole number from 1 to {MAX_NEW_TOKENS}")
    return value


def _stop(run: Stoppable | None) -> None:
    if run:
        run.stop()


def _buttons(running: bool) -> tuple[Any, Any]:
    return gr.Button(interactive=not running), gr.Button(interactive=running)
