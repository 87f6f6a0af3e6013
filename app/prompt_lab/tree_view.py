"""The tree of thoughts, drawn: each thought as a card under the one it goes on from, with its value, and in
words whether it was kept. Children stand right of their parent where there is room, below it where there is
not (the family tree's style).
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.prompt_lab import words

_MOST_NODES = 400
_BEST, _KEPT, _DROPPED = ("★", "the best", "best"), ("✓", "kept", "kept"), ("✗", "dropped", "dropped")


def tree_html(nodes: Sequence[Any], best: Any, evaluation: str) -> str:
    known = [one for one in nodes if isinstance(one, dict) and isinstance(one.get("id"), int)][:_MOST_NODES]
    if not known:
        return ""
    children: dict[Any, list[Mapping[str, Any]]] = {}
    for one in known[1:]:
        # A parent stands before its children: whatever else was written could go round in a circle.
        if isinstance(one.get("parent"), int) and one["parent"] < one["id"]:
            children.setdefault(one["parent"], []).append(one)
    way = _way(known, best)
    top = max((_value(one) for one in known), default=0.0) or 1.0
    drawn = _node(known[0], children, way, top, evaluation)
    count = len(known) - 1
    title = f"Tree of {count} thought{'s' * (count != 1)}"
    judged = {"value": "judged one by one", "vote": "judged side by side"}.get(evaluation, "")
    return (
        f'<div class="gw-found-own"><h5>{title}{f", {judged}" if judged else ""}</h5>'
        f'<div class="gw-family-box gw-found-tree" role="region" aria-label="{title}" tabindex="0">'
        f'<ul class="gw-family">{drawn}</ul></div></div>'
    )


def _way(nodes: Sequence[Mapping[str, Any]], best: Any) -> set[int]:
    """From the best thought back to the question."""
    parents = {one["id"]: one.get("parent") for one in nodes}
    way: set[int] = set()
    while isinstance(best, int) and best in parents and best not in way:
        way.add(best)
        best = parents[best]
    return way


def _node(
    one: Mapping[str, Any], children: Mapping[int, list[Any]], way: set[int], top: float, evaluation: str
) -> str:
    below = "".join(_node(child, children, way, top, evaluation) for child in children.get(one["id"], ()))
    under = f"<ul>{below}</ul>" if below else ""
    return f'<li><div class="gw-parent">{_card(one, way, top, evaluation)}{under}</div></li>'


def _card(one: Mapping[str, Any], way: set[int], top: float, evaluation: str) -> str:
    if one.get("parent") is None:
        return '<div class="gw-found-thought gw-found-root">The question</div>'
    sign, word, style = _BEST if one["id"] in way else _KEPT if one.get("kept") else _DROPPED
    facts = [f"{sign} {word}"]
    if isinstance(one.get("value"), (int, float)):
        unit = "votes" if evaluation == "vote" else "value"
        facts.append(f"{unit} {one['value']:.3g}")
    drawn = one.get("drawn")
    facts += [f"drawn {drawn} times"] if isinstance(drawn, int) and drawn > 1 else []
    facts += ["ends here"] if one.get("done") else []
    text = words.text_html(str(one.get("text", ""))) or '<span class="gw-muted">(the end)</span>'
    bar = f'<i style="--share: {100 * _value(one) / top:.1f}%" aria-hidden="true"></i>'
    bar = bar if one.get("value") is not None else ""
    return (
        f'<div class="gw-found-thought gw-found-{style}"><p>{text}</p>{bar}'
        f"<small>{escape(' · '.join(facts))}</small></div>"
    )


def _value(one: Mapping[str, Any]) -> float:
    value = one.get("value")
    return max(0.0, float(value)) if isinstance(value, (int, float)) else 0.0
