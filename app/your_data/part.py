"""*Your data*, opened from the header: a dialog whose content the page's script asks for. It has no events,
so it costs the page nothing until it is opened.
"""

from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from app.preferences.answering import Told, server_functions, text
from app.services import Services
from app.your_data import notice
from app.your_data.archive import NAME, Archives
from app.your_data.view import DIALOG, gone_words, inside_html
from app.your_data.yours import Yours
from pipelines.core.held import Held

_JS = "glassworks.yourData(element, server);"


class YourData:
    """What the dialog and the endpoints may ask. Safe to share between threads."""

    def __init__(self, services: Services):
        self._settings, self.yours = services.settings, Yours(services)
        self._archives = Archives(lambda: Path(get_upload_folder()) / "your-data")

    def inside(self, _: Told, visitor: str) -> Told:
        """What there is."""
        told = self.yours.told(visitor)
        return {"html": inside_html(told, notice.who(visitor), notice.of_all(self._settings))}

    def packed(self, data: Told, visitor: str) -> Told:
        """``{kind}``: a zip of one kind, of all without one; where the browser finds it."""
        return {"file": str(self.archive(visitor, _kinds(data))), "name": NAME}

    def forgotten(self, data: Told, visitor: str) -> Told:
        """``{kind}``: one kind is deleted, or all."""
        gone = self.yours.forget(visitor, _kinds(data))
        titles = {kind.name: kind.title for kind in self.yours.kinds}
        return {**self.inside(data, visitor), "said": gone_words(gone, titles)}

    def archive(self, visitor: str, kinds: list[str]) -> Path:
        files = self.yours.files(visitor, kinds)
        held = (kind.held(visitor) for kind in self.yours.named(kinds))
        return self._archives.make(visitor, files, sum(held, Held()).bytes)


def build(services: Services) -> None:
    """In the present place of the page, outside its tabs."""
    made = YourData(services)
    answers = {"your_data": made.inside, "your_data_pack": made.packed, "your_data_forget": made.forgotten}
    gr.HTML(
        DIALOG, elem_id="your-data", js_on_load=_JS, apply_default_css=False,
        server_functions=server_functions(services, answers),
    )  # fmt: skip


def _kinds(data: Told) -> list[str]:
    return [kind] if (kind := text(data, "kind")) else []
