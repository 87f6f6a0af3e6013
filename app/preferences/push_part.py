"""The round as a data set of the Hub: what is sent, under which licence, and where."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app import hub_fields
from app.errors import message_of
from app.preferences.pushing import pushed_round
from app.preferences.results_files import TITLES
from app.services import Services
from app.status_line import status_line
from pipelines.preferences.formats import FORMATS
from pipelines.preferences.publishing import LICENCES, Published

_PUSHING = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_id": "push",
    "concurrency_limit": 2,
}
_WORDS = (
    '<p class="gw-muted">The rows as one file, and a card that says how they were collected. People are '
    "named as they named themselves here; votes that they take back later leave the data set when you push "
    "again, but not its earlier versions.</p>"
)


class PushPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        with gr.Accordion("Push to the Hub", open=False, elem_classes="gw-more", elem_id="pref-push"):
            gr.HTML(_WORDS)
            self.repo = hub_fields.repository("pref-push-repo", "my-name/my-preferences")
            self.format = gr.Dropdown(
                [(TITLES.get(name, name), name) for name in FORMATS], value="trl", label="Format",
                interactive=True, elem_id="pref-push-format",
            )  # fmt: skip
            self.licence = gr.Dropdown(
                list(LICENCES), value=LICENCES[0], label="Licence", interactive=True,
                info="Of the data set, as the Hub calls it.", elem_id="pref-push-licence",
            )  # fmt: skip
            self.whole = gr.Checkbox(
                True, label="Everything", info="All votes, models and settings too: it can be imported again."
            )
            self.private, self.existing = hub_fields.private(), hub_fields.existing()
            self.token = hub_fields.token("pref-push-token")
            with gr.Row(elem_classes="gw-toolbar"):
                self.push = gr.Button("Push to the Hub", size="sm", min_width=150, elem_id="pref-push-go")
            self.sent = gr.HTML(elem_id="pref-push-answer")

    def wire(self, round: Any) -> None:
        how = [self.format, self.licence, self.whole]
        asked = [round, *how, self.repo, self.private, self.existing, self.token]
        self.push.click(self.sent_to_hub, asked, [self.sent, self.token, self.push], **_PUSHING)
        round.change(lambda: "", None, self.sent, queue=False, api_visibility="private")

    def sent_to_hub(
        self,
        round: str,
        format: str,
        licence: str,
        whole: bool,
        repo: str,
        private: bool,
        existing: bool,
        token: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """What is being done, then the data set's address; the token leaves the page with the first update,
        unless something is wrong with what was typed."""
        ready = gr.Button(interactive=True)
        try:
            visitor = self._services.identity.visitor(request)
            how = Published(format, licence, whole)
            asked = hub_fields.asked_of(repo, token, private, existing, "dataset")
            self._services.preferences.pairs(round or "", visitor.id)
        except Exception as error:
            yield status_line("failed", message_of(error)), gr.skip(), ready
            return
        try:
            yield status_line("loading", "Starting …"), "", gr.Button(interactive=False)
            steps = pushed_round(self._services, visitor, round, how, asked)
            told = yield from hub_fields.sending(steps, asked)
            yield told, gr.skip(), ready
        except Exception as error:
            yield status_line("failed", message_of(error)), gr.skip(), ready
