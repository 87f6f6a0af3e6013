"""Beside the guesses of a model that reads both sides of a gap: what one that reads from the left would write
there. No Gradio.
"""

from html import escape

from app.access import check_model
from app.filling import Moment
from app.filling_view import bar_html
from app.identity import Visitor
from app.services import Services
from pipelines.generation.fill_mask_requests import Filling, FillMaskSpec, NextTokens, NextTokensRequest
from pipelines.runtime.messages import answer_of


def texts_before(moment: Moment) -> tuple[str, ...]:
    """For each gap all that stands before it, the likeliest fillings in the gaps before."""
    found, before, at = [], "", 0
    for gap in moment.filled.gaps:
        before += moment.text[at : gap.start]
        found.append(before)
        before += gap.fillings[0].text if before else gap.fillings[0].text.lstrip()
        at = gap.end
    return tuple(found)


def beside(services: Services, visitor: Visitor, model: str, moment: Moment, top_k: int) -> NextTokens:
    """Raises a GlassworksError."""
    check_model(model, visitor)
    request = NextTokensRequest(model, texts_before(moment), FillMaskSpec(top_k))
    return answer_of(services.runtime.stream(request))


def beside_html(model: str, found: NextTokens) -> str:
    """One list a gap, as the guesses have; these cannot be put in, for they know nothing of what follows."""
    lists = "".join(_list(number, fillings) for number, fillings in enumerate(found.fillings, start=1))
    return (
        f'<h3 class="gw-from-left">{escape(model)}, reading only what stands before</h3>'
        f'<div class="gw-gaps">{lists}</div>'
    )


def refused_html(message: str) -> str:
    return f'<p class="gw-hint">{escape(message)}</p>'


def _list(number: int, fillings: tuple[Filling, ...]) -> str:
    rows = "".join(f'<li class="gw-guess gw-still">{bar_html(filling)}</li>' for filling in fillings)
    return f'<section class="gw-guesses"><h4>Gap {number}</h4><ol>{rows}</ol></section>'
