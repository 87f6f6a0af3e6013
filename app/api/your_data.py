"""Named endpoints for what is kept of a visitor. Their docstrings are the API's documentation."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from app.errors import shown
from app.services import Services
from app.your_data import notice
from app.your_data.archive import NAME
from app.your_data.part import YourData
from pipelines.core.errors import SpecError


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    data, visitor_of = YourData(services), services.identity.visitor

    def my_data(request: gr.Request, archive: bool = False, kinds: list[str] | None = None) -> dict[str, Any]:
        """What is kept of you here; with archive also all of it as a zip of JSON, JSON lines and the files
        that you brought.

        Parameters:
            archive: true for the zip. The weights of models are not in it: they are taken one by one.
            kinds: of which of the listed kinds; none for all.
        Returns:
            kinds (name, title, count, bytes and more of each), notice (what is stored, where, who sees it,
            how long), and archive (in Python the path to which the client has downloaded it), null without.
        """
        visitor, wanted = visitor_of(request).id, kinds or []
        rows = [
            {"name": one.kind.name, "title": one.kind.title, **asdict(one.held), "more": one.more}
            for one in data.yours.told(visitor, wanted)
        ]
        file = None
        if archive is True:
            path = str(data.archive(visitor, wanted))
            file = {"path": path, "orig_name": NAME, "meta": {"_type": "gradio.FileData"}}
        said = [notice.who(visitor), *notice.of_all(services.settings)]
        return {"kinds": rows, "notice": said, "archive": file}

    def forget_me(
        request: gr.Request, confirm: bool = False, kinds: list[str] | None = None
    ) -> dict[str, Any]:
        """Delete what is kept of you here: your votes and names in all rounds, your rounds, documents, chats,
        jobs and everything else that /my_data lists. There is no way back.

        Parameters:
            confirm: true, or nothing is done.
            kinds: only these of the kinds that /my_data lists; none for all.
        Returns:
            deleted (how many of each kind) and left: what could not be deleted now, and why.
        """
        visitor = visitor_of(request).id
        data.yours.named(kinds or [])
        if confirm is not True:
            raise SpecError("confirm", confirm, "true, as this cannot be taken back")
        gone = data.yours.forget(visitor, kinds or [])
        left = [{"kind": name, **asdict(one)} for name, several in gone.items() for one in several.left]
        return {"deleted": {name: one.count for name, one in gone.items()}, "left": left}

    gr.api(shown(my_data), api_name="my_data")
    gr.api(shown(forget_me), api_name="forget_me")
