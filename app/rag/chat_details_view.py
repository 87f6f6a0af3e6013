"""The exact prompt of an answer as HTML, token by token. Pure."""

from html import escape
from itertools import groupby

from app.tokenizer.chips import chip_html
from pipelines.rag.answering.moments import Moment

_PARTS = {
    "template": "chat template",
    "system": "system prompt",
    "history": "before",
    "passage": "passage",
    "question": "question",
    "words": "our words",
}
_TOKENS = 4000


def prompt_html(moment: Moment) -> str:
    """The text as it was sent, then the tokens that the model read; what did not fit is said first."""
    left = _left_out(moment)
    text = f'<pre class="gw-rag-prompt" tabindex="0">{escape(moment.prompt)}</pre>'
    if not moment.tokens:
        where = "The server has the tokenizer: there are no tokens to show."
        return f'{left}{text}<p class="gw-muted">{where}</p>'
    runs = groupby(moment.tokens[:_TOKENS], key=lambda one: one.part)
    shown = "".join(_run(part, list(tokens)) for part, tokens in runs)
    more = len(moment.tokens) - _TOKENS
    cut = f'<p class="gw-muted">… and {more:,} more tokens.</p>' if more > 0 else ""
    return f'{left}{text}<div class="gw-rag-tokens" tabindex="0" aria-label="Tokens">{shown}</div>{cut}'


def _left_out(moment: Moment) -> str:
    words = []
    if moment.left_out:
        words.append(f"{len(moment.left_out)} of the passages did not fit the model’s context")
    if moment.cut:
        words.append("the last passage was cut to fit")
    return f'<p class="gw-rag-note">{escape("; ".join(words).capitalize())}.</p>' if words else ""


def _run(part: str, tokens: list) -> str:
    """Whose they are stands before, so that it is not told by colour alone."""
    chips = "".join(
        f'<span title="id {one.id}">{chip_html(one.text, "gw-special" if one.special else "")}</span>'
        for one in tokens
    )
    name = escape(_PARTS.get(part, part))
    return f'<span role="group" data-part="{escape(part)}" aria-label="{name}"><b>{name}</b>{chips}</span>'
