"""What is asked wherever something is pushed to the Hub, and what is said when it is there: the same fields
in the same words.
"""

from collections.abc import Generator
from contextlib import closing
from html import escape
from typing import Any

import gradio as gr

from app.status_line import status_line
from pipelines.models.push import Push


def repository(elem_id: str, example: str) -> gr.Textbox:
    return gr.Textbox(
        label="Repository", placeholder=example, max_lines=1, max_length=200, elem_id=elem_id,
    )  # fmt: skip


def private() -> gr.Checkbox:
    return gr.Checkbox(True, label="Private", info="Only its owner sees the repository.")


def existing() -> gr.Checkbox:
    return gr.Checkbox(
        False, label="The repository exists", info="Add a commit to it; else a new one is made."
    )


def token(elem_id: str) -> gr.Textbox:
    return gr.Textbox(
        label="Your access token", type="password", max_lines=1, max_length=500, elem_id=elem_id,
        info="One that may write. It is used for this alone and kept nowhere.",
        html_attributes=gr.InputHTMLAttributes(autocomplete="new-password"),
    )  # fmt: skip


def asked_of(repo: Any, given: Any, private: bool, existing: bool, kind: str = "model") -> Push:
    """What was typed, checked. Raises a GlassworksError."""
    return Push((repo or "").strip(), (given or "").strip(), private, existing, kind)


def sending(steps: Generator[str, None, None], asked: Push) -> Generator[tuple[Any, ...], None, str]:
    """(line, token, button) for each step: what is being done, nothing for the others. Returns what is said
    when it is there, as the last step is the address."""
    step = ""
    with closing(steps):
        for now in steps:
            same, step = now == step, now
            yield gr.skip() if same else status_line("loading", f"{now} …"), gr.skip(), gr.skip()
    return _sent_html(step, asked)


def _sent_html(address: str, asked: Push) -> str:
    kind = "private" if asked.private and not asked.existing else "as it was" if asked.existing else "public"
    line = status_line("done", f"The {asked.noun} is on the Hub", [kind])
    return f'{line}<p><a href="{escape(address, quote=True)}" rel="noopener">{escape(address)}</a></p>'
