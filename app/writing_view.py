"""A :class:`~app.writing.Writing` as HTML. All text of users and models is escaped here; no Gradio."""

from html import escape

from app.status_line import status_line
from app.writing import Writing

EXAMPLES = (
    "Once upon a time, there was a little girl named Lily who",
    "The old clock stopped at noon, and",
    "Tom opened the box. Inside he found",
)
_ENDINGS = {
    "eos": "The model ended the text",
    "length": "All tokens made",
    "context": "The context is full",
}


def text_html(prompt: str, writing: Writing) -> str:
    """The prompt, then what the model adds.

    The last elements stay open on purpose: each update then begins with the whole of the one before, and
    Gradio sends only what is new. The browser closes them.
    """
    return (
        f'<div class="gw-paper" data-state="{writing.state}" tabindex="0" role="region" '
        f'aria-label="Text" id="decoding-text"><span class="gw-prompt">{escape(prompt)}</span>'
        f'<span class="gw-new">{escape(writing.text)}'
    )


def empty_html() -> str:
    """What stands there before the first text: an invitation, one click from a result."""
    buttons = "".join(
        f'<button type="button" class="gw-example" data-prompt="{escape(text)}">{escape(text)} …</button>'
        for text in EXAMPLES
    )
    return (
        '<div class="gw-paper gw-empty" id="decoding-text"><p class="gw-empty-title">Nothing written yet.</p>'
        f"<p>Write a prompt and press Generate, or begin with one of these:</p>{buttons}</div>"
    )


def status_html(writing: Writing | None) -> str:
    """One line of fixed height: what is going on, then the numbers with their units."""
    if writing is None:
        return status_line("idle", "Ready")
    return status_line(writing.state, _headline(writing), _numbers(writing))


def _headline(writing: Writing) -> str:
    if writing.state == "loading":
        return f"Loading {writing.note} …"
    if writing.state == "failed":
        return writing.note
    if writing.state == "done":
        return _ENDINGS.get(writing.note, writing.note)
    return {"waiting": "Reading the prompt …", "writing": "Writing …", "stopped": "Stopped"}[writing.state]


def _numbers(writing: Writing) -> list[str]:
    if writing.state in ("failed", "loading"):
        return []
    numbers = []
    if writing.tokens:
        numbers.append(f"{writing.tokens:,} token{'s' if writing.tokens != 1 else ''}")
    if writing.tokens_per_second:
        numbers.append(f"{writing.tokens_per_second:.3g} tokens/s")
    if writing.first is not None:
        numbers.append(f"first after {writing.first * 1000:,.0f} ms")
    if writing.truncated:
        numbers.append(f"prompt shortened by {writing.truncated:,} tokens to fit the context")
    return numbers
