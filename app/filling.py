"""A request to fill gaps, checked on the server, and what a stream of its events comes to. No Gradio: the
page and the API both use it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from app.access import entry_of
from app.identity import Visitor
from app.model_picker import default_model
from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.generation.fill_mask_requests import KINDS, Filled, FillMaskRequest, FillMaskSpec
from pipelines.runtime.messages import Loading

NONE_HERE = (
    "There is no model that fills gaps here yet. Train one in the Pretrain tab: architecture bert, or t5."
)


@dataclass(frozen=True)
class Moment:
    """Where a request stands. ``note`` is the model that is being read, or what went wrong."""

    state: Literal["waiting", "loading", "done", "failed"] = "waiting"
    text: str = ""
    filled: Filled | None = None
    note: str = ""


def filling_request(
    services: Services, visitor: Visitor, model: str, text: str, top_k: int
) -> FillMaskRequest:
    """A checked request; an empty ``model`` means the first that can. Raises a GlassworksError."""
    name = model or default_model(services, KINDS)
    if not name:
        raise NotFoundError(NONE_HERE)
    entry = entry_of(services, visitor, name)
    if entry:
        _check_kind(name, entry.capabilities)
    return FillMaskRequest(name, text, FillMaskSpec(top_k))


def follow(stream: Iterator[Any], text: str) -> Iterator[Moment]:
    """The moments of a request about ``text``: waiting, loading if need be, done."""
    moment = Moment(text=text)
    yield moment
    with closing(stream):
        for event in stream:
            if isinstance(event, Loading):
                moment = replace(moment, state="loading", note=event.model)
            elif isinstance(event, Filled):
                moment = replace(moment, state="done", filled=event, note="")
            else:
                continue
            yield moment


def as_json(model: str, moment: Moment) -> dict[str, Any]:
    """What the API answers and the page saves: plain values only."""
    gaps = [
        {"start": gap.start, "end": gap.end, "candidates": [asdict(filling) for filling in gap.fillings]}
        for gap in moment.filled.gaps
    ]
    return {
        "model": model,
        "kind": moment.filled.kind,
        "text": moment.text,
        "filled": likeliest(moment),
        "masks": gaps,
    }


def likeliest(moment: Moment) -> str:
    """The text with the first filling in each gap; the last gap first, so that places stay where they are."""
    text = moment.text
    for gap in reversed(moment.filled.gaps):
        text = gap.filled(text, gap.fillings[0])
    return text


def _check_kind(name: str, capabilities: frozenset[str]) -> None:
    if not capabilities & set(KINDS):
        continues = "it was trained to continue text, so Decoding is its place"
        does = continues if "causal-lm" in capabilities else "it predicts no words"
        raise GlassworksError(
            f"{name} does not fill gaps: {does}. Here a model of the architecture bert (masked tokens) or t5 "
            "(hidden spans) is needed."
        )
