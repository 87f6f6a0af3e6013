"""Choosing a corpus, wherever one is asked for: the visitor's corpora in a list, what the chosen one holds,
and a text of one's own to add, pasted or uploaded.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from app.corpora import corpus_choices
from app.errors import message_of
from app.job_panel.access import seen_corpus
from app.opening import when_opened
from app.services import Services
from app.signal import signal
from app.tabs.corpus_views import not_fetched_html
from app.tabs.pretrain_views import corpus_html, error_html
from pipelines.core.ids import new_id
from pipelines.training.corpora import CorpusInfo

_FILES = [".txt", ".md", ".jsonl", ".gz"]
_HELP = (
    "The bundled sample, a text of your own, or one cleaned in the Corpus tab; the owner may also type "
    "path:<file or folder> or hub:<owner>/<name>."
)
_LIVE = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}


class CorpusChooser:
    """Laid out in the present place of the page, :meth:`own_text` in a later one. ``corpus`` is the dropdown,
    whose value a spec names; ``view`` shows what the chosen one holds."""

    def __init__(self, services: Services, elem_id: str):
        self._services = services
        self.corpus = gr.Dropdown(
            corpus_choices(services, None),
            value="sample",
            label="Corpus",
            info=_HELP,
            allow_custom_value=True,
            elem_id=elem_id,
        )
        self.view = gr.HTML(elem_classes="gw-corpus-view")
        # A new word in it has the page ask which corpora there are, and what the chosen one holds.
        self.seen = signal()

    def own_text(self) -> None:
        """The folded part in which a text is added."""
        with gr.Accordion("Bring a text of your own", open=False, elem_classes="gw-more"):
            self.title = gr.Textbox(label="Title", max_lines=1, max_length=80)
            self.text = gr.Textbox(label="Paste text", lines=5, max_lines=10)
            self.file = gr.File(label="or upload .txt, .md, .jsonl, .gz", file_types=_FILES, height=120)
            self.error = gr.HTML()
            self.add = gr.Button("Use this text", size="sm")

    def wire(self) -> tuple[Any, Any]:
        """What to call with a handler for when another corpus is chosen: from the list, and by adding one.

        One event alone draws the list and the choice, and a later draw waits for an earlier one: to read a
        large corpus takes a while, and neither its answer nor a list made before a text was added may come
        after what was drawn since.
        """
        given = [self.text, self.title, self.file]
        added = self.add.click(self.added, given, self.changed, api_visibility="private", concurrency_limit=2)
        triggers = [self.corpus.input, self.seen.change]
        gr.on(triggers, self.drawn, self.corpus, [self.corpus, self.view], queue=False, **_LIVE)
        when_opened(new_id, None, self.seen)
        return self.corpus.input, added.then

    @property
    def changed(self) -> list[Any]:
        """What a corpus that is added changes."""
        return [self.corpus, self.view, self.error, self.seen]

    # Callbacks.

    def drawn(self, corpus_id: str, request: gr.Request) -> tuple[Any, str]:
        """This visitor's corpora of today, and what the chosen one holds."""
        listed = gr.Dropdown(choices=corpus_choices(self._services, request))
        return listed, self.described(corpus_id, request)

    def described(self, corpus_id: str, request: gr.Request) -> str:
        """Title, counts and first documents of a corpus; or why there are none."""
        try:
            info = seen_corpus(self._services, corpus_id or "", request)
            fetched = info.documents or not info.id.startswith("hub:")
            return corpus_html(info) if fetched else not_fetched_html(info.title)
        except Exception as error:
            return error_html(message_of(error))

    def added(self, text: str, title: str, file: str | None, request: gr.Request) -> dict[Any, Any]:
        """Take the pasted text or the file."""

        def keep(store: Any, owner: str) -> CorpusInfo:
            if file:
                return store.add_file(Path(file), Path(file).name, owner)
            return store.add_text(text or "", owner, title or "")

        return self.kept(keep, request)

    def kept(self, keep: Callable[[Any, str], CorpusInfo], request: gr.Request) -> dict[Any, Any]:
        """Choose what ``keep(store, owner)`` has stored; what was typed stays, also when it is refused."""
        try:
            owner = self._services.identity.visitor(request).id
            info = keep(self._services.corpora, owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        picked = gr.Dropdown(choices=corpus_choices(self._services, request), value=info.id)
        return {self.corpus: picked, self.view: corpus_html(info), self.error: "", self.seen: new_id()}
