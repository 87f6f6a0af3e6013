"""The status line of a result: one line of fixed height, the same in every tab. No Gradio."""

from collections.abc import Iterable
from html import escape


def status_line(state: str, headline: str, numbers: Iterable[str] = ()) -> str:
    """HTML: what is going on, then the numbers with their units. ``state`` decides the colour of the dot."""
    role = "alert" if state == "failed" else "status"
    rest = "".join(f"<span>{escape(number)}</span>" for number in numbers)
    return (
        f'<div class="gw-status" data-state="{state}" role="{role}">'
        f'<span class="gw-dot" aria-hidden="true"></span><strong>{escape(headline)}</strong>{rest}</div>'
    )
