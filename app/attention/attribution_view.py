"""What a prediction rests on, as HTML: the text shaded by the measured effect of each token, which is also
where another prediction is chosen, and a table with what each method says. All text is escaped; no Gradio.
"""

from dataclasses import dataclass
from html import escape

import numpy as np

from app.attention.pieces import (
    data_html,
    share_html,
    signed_html,
    signed_text,
    table_html,
    token_html,
    token_text,
)
from app.tokenizer.chips import hint_html
from pipelines.attention.answers import Attribution, Captured, Tokens


@dataclass(frozen=True)
class Method:
    """``signed`` values have a zero in the middle of their bar."""

    name: str
    title: str
    says: str
    signed: bool


METHODS = (
    Method(
        "removed",
        "Measured: hidden",
        "how many nats the prediction's log-probability falls when no query may see this token",
        True,
    ),
    Method("gradient", "Gradient × input", "how much the logit rises along the token's own vector", True),
    Method(
        "rollout", "Rollout", "weights of all layers multiplied through, half of each the residual", False
    ),
    Method("flow", "Flow", "the most that can flow from the prediction down to the token", False),
)
LONGEST = 256  # tokens that a prediction can be explained by
_NAMED = 5  # tokens that the sentence names
_SHADED = 0.01  # nats: less than this moves no token's shade


def nothing_html() -> str:
    return hint_html(
        "Look at a text first: what its last prediction rests on stands here, and any other that you press."
    )


def attribution_html(found: Attribution, captured: Captured) -> str:
    """The text or texts to choose a prediction from, the sentence of what is explained, and the table."""
    read, along = captured.parts[0].queries, captured.parts[-1].queries
    return (
        f'<div class="gw-why">{_texts(found, captured.kind, read, along)}'
        f"{_sentence(found, captured.kind, read, along)}{_table(found, read)}{_notes(found)}"
        f"{data_html(_plain(found, read))}</div>"
    )


def _texts(found: Attribution, kind: str, read: Tokens, along: Tokens) -> str:
    """Of an encoder–decoder the shades are in one text and the predictions in the other."""
    shades = _shades(found)
    if kind == "seq2seq-lm":
        shaded = "".join(_token(text, at, shades, "span", "") for at, text in enumerate(read.texts))
        above = (
            '<p class="gw-hint">What the encoder read, shaded by what hiding a token does:</p>'
            f'<div class="gw-why-text" tabindex="0" role="region" aria-label="Read">{shaded}</div>'
        )
        return above + _chooser(found, _places(found, kind, along), along, {}, _HINTS[kind])
    return _chooser(found, _places(found, kind, along), along, shades, _HINTS.get(kind, _HINTS["causal-lm"]))


_HINTS = {
    "causal-lm": "Press a token to explain what the model predicts after it.",
    "masked-lm": "Press a mask to explain what the model puts there.",
    "seq2seq-lm": "Press a token of the decoder to explain what it predicts after it.",
}


def _places(found: Attribution, kind: str, along: Tokens) -> set[int]:
    """Where there are predictions that can be explained: in a masked model at its masks alone."""
    if kind != "masked-lm":
        return set(range(min(len(along.texts), LONGEST)))
    mask = along.ids[found.position]
    return set(np.flatnonzero(along.ids == mask).tolist())


def _chooser(
    found: Attribution, places: set[int], along: Tokens, shades: dict[int, tuple[str, float]], hint: str
) -> str:
    tokens = "".join(
        _token(text, at, shades, "button" if at in places else "span", _pressed(at, found.position))
        for at, text in enumerate(along.texts)
    )
    if len(along.texts) > LONGEST and len(places) == LONGEST:
        hint += f" Of this long text, those of the first {LONGEST} can be."
    return (
        f'<p class="gw-hint">{hint} Amber: hiding it takes away from the prediction; slate: hiding it adds.'
        '</p><div class="gw-why-text" data-rove role="group" aria-label="Predictions to explain">'
        f"{tokens}</div>"
    )


def _pressed(at: int, position: int) -> str:
    chosen = at == position
    return f' type="button" aria-pressed="{str(chosen).lower()}" tabindex="{0 if chosen else -1}"'


def _token(text: str, at: int, shades: dict[int, tuple[str, float]], tag: str, attributes: str) -> str:
    side, share = shades.get(at, ("", 0.0))
    style = f' style="--share:{share:.3f}"' if side else ""
    place = f' data-position="{at}"' if tag == "button" else ""
    own = attributes if tag == "button" else ""
    return (
        f'<{tag} class="gw-why-token{side and f" gw-why-{side}"}"{own}{place}{style} title="position {at}">'
        f"{token_text(text)}</{tag}>"
    )


def _shades(found: Attribution) -> dict[int, tuple[str, float]]:
    most = float(np.abs(found.removed).max(initial=0.0)) or 1.0
    return {
        at: ("rests" if fall > 0 else "hinders", abs(fall) / most)
        for at, fall in enumerate(found.removed.tolist())
        if abs(fall) >= _SHADED
    }


def _sentence(found: Attribution, kind: str, read: Tokens, along: Tokens) -> str:
    at = token_html(along.texts[found.position], bool(along.special[found.position]))
    where = f"At {at}" if kind == "masked-lm" else f"After {at}"
    return (
        f'<p class="gw-why-what">{where} (position {found.position}) the model\'s likeliest token is '
        f"{token_html(found.token)} with <b>{np.exp(found.log_prob):.1%}</b>. {_most(found, read)}</p>"
    )


def _most(found: Attribution, read: Tokens) -> str:
    """The tokens without which it would be much less likely, the worst loss first."""
    order = np.argsort(-found.removed, kind="stable")[:_NAMED].tolist()
    named = [
        f"{token_html(read.texts[at], bool(read.special[at]))} {signed_text(float(found.removed[at]))}"
        for at in order
        if found.removed[at] >= _SHADED
    ]
    if not named:
        return "No single token makes it less likely when it is hidden."
    return f"What it loses in nats when a token is hidden, the most first: {', '.join(named)}."


def _table(found: Attribution, tokens: Tokens) -> str:
    methods = [method for method in METHODS if len(getattr(found, method.name))]
    columns = [_cells(getattr(found, method.name), method) for method in methods]
    rows = (
        f'<td>{at}</td><th scope="row">{token_html(tokens.texts[at], bool(tokens.special[at]))}</th>'
        f"{''.join(f'<td>{column[at]}</td>' for column in columns)}"
        for at in range(len(found.removed))
    )
    heads = ["#", "Token", *(f'<span title="{method.says}">{method.title}</span>' for method in methods)]
    return table_html("What the prediction rests on", heads, rows, "gw-why-table")


def _cells(values: np.ndarray, method: Method) -> list[str]:
    """Bars relative to the largest of the column."""
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    return [(signed_html if method.signed else share_html)(value, most) for value in values.tolist()]


def _notes(found: Attribution) -> str:
    shown = [method for method in METHODS if len(getattr(found, method.name))]
    says = "".join(
        f"<li><b>{method.title}</b>: {method.says}.{_agrees(found, method)}</li>" for method in shown
    )
    flow = "" if len(found.flow) else " Flow is worked out for short texts only."
    return (
        '<div class="gw-detail-note"><p>Only the first column is measured. The others are read off weights '
        "and gradients and need not agree with it: beside each stands Spearman's rank correlation with the "
        f"measured effect, 1 for the same order, 0 for none.{flow}</p><ul>{says}</ul></div>"
    )


def _agrees(found: Attribution, method: Method) -> str:
    value = found.agreement.get(method.name, float("nan"))
    return f" Agreement <b>{escape(f'{value:+.2f}')}</b>." if np.isfinite(value) else ""


def _plain(found: Attribution, read: Tokens) -> dict:
    return {
        "position": found.position,
        "token": found.token,
        "log_prob": found.log_prob,
        "tokens": list(read.texts[: len(found.removed)]),
        **{method.name: getattr(found, method.name).tolist() for method in METHODS},
        "agreement": found.agreement,
    }
