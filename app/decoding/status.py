"""A moment of a comparison as the status line. No Gradio."""

from app.decoding.moment import Moment
from app.status_line import status_line
from app.units import short

_HEADLINES = {
    "waiting": "Reading the prompt …",
    "writing": "Writing …",
    "stopped": "Stopped",
    "done": "All done",
}


def status_html(moment: Moment) -> str:
    """What is going on, then the numbers with their units."""
    if moment.state == "loading":
        return status_line("loading", f"Loading {moment.note} …")
    return status_line(moment.state, _HEADLINES[moment.state], _numbers(moment))


def _numbers(moment: Moment) -> list[str]:
    columns = len(moment.request.strategies)
    found = [f"{columns} strateg{'y' if columns == 1 else 'ies'}"]
    if moment.tokens:
        found.append(f"{moment.tokens:,} tokens")
    if moment.first is not None and moment.seconds > moment.first:
        found.append(f"{short(moment.tokens / (moment.seconds - moment.first))} tokens/s together")
    if moment.first is not None:
        found.append(f"first after {moment.first * 1000:,.0f} ms")
    if moment.state == "done":
        found.append(f"{moment.seconds:.1f} s")
    return found
