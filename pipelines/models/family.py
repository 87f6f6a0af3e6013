"""Families of models: who was made from whom. Pure: names and parents in, a forest in reading order out.

What a parent is called may be anything that a lineage file says, so a parent may be missing, a model may be
its own ancestor, and a name may come twice; each model still stands in the forest exactly once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PARENT_KEYS = ("parent", "parent_model", "base_model")
_MAX_TEXT = 300


@dataclass(frozen=True)
class Place:
    """One model in the forest. ``parent`` is the model that it hangs from here, None at a root;
    ``here`` is False for one that is only named as a parent; ``circle`` is the parent that its lineage names
    where hanging it there would have closed a circle."""

    name: str
    parent: str | None
    depth: int
    here: bool = True
    circle: str | None = None


@dataclass(frozen=True)
class Origin:
    """What a model's lineage says of it, each part None or empty where it says nothing (usable).

    ``corpora`` are (id, sha256) of what it was trained on, then of the second corpus if there was one.
    ``tokenizer`` is the name of the one that was taken over, or ``train`` for one learnt with the model.
    """

    method: str | None
    parent: str | None
    corpora: tuple[tuple[str, str], ...]
    tokenizer: str | None
    code_version: str | None
    metrics: Mapping[str, float]
    tokens_seen: float | None
    spec: Mapping[str, Any]


def forest(models: Iterable[tuple[str, str | None]]) -> tuple[Place, ...]:
    """(name, parent) pairs → places in reading order: a parent before its children, siblings as given.

    >>> [(p.name, p.depth, p.here) for p in forest([("b", "a"), ("c", "b"), ("d", None)])]
    [('a', 0, False), ('b', 1, True), ('c', 2, True), ('d', 0, True)]
    """
    named: dict[str, str | None] = {}
    for name, parent in models:
        named.setdefault(name, parent)
    parents, circles = _without_circles(named)
    children: dict[str | None, list[str]] = {}
    for name in _with_missing(parents):
        children.setdefault(parents.get(name), []).append(name)
    places, waiting = [], [(name, 0) for name in reversed(children.get(None, []))]
    while waiting:
        name, depth = waiting.pop()
        places.append(Place(name, parents.get(name), depth, name in named, circles.get(name)))
        waiting += [(child, depth + 1) for child in reversed(children.get(name, []))]
    return tuple(places)


def ancestors(places: Iterable[Place], name: str) -> tuple[Place, ...]:
    """From the parent up to the root; empty for a root and for an unknown name."""
    by_name = {place.name: place for place in places}
    found = []
    while name in by_name and by_name[name].parent is not None:
        name = by_name[name].parent
        found.append(by_name[name])
    return tuple(found)


def descendants(places: Iterable[Place], name: str) -> tuple[Place, ...]:
    """All that came of it, in reading order."""
    line, found = {name}, []
    for place in places:  # a parent stands before its children
        if place.parent in line:
            line.add(place.name)
            found.append(place)
    return tuple(found)


def parent_of(lineage: Mapping[str, Any]) -> str | None:
    """The parent that a lineage names."""
    return next((text for key in PARENT_KEYS if (text := _text(lineage.get(key)))), None)


def origin(lineage: Mapping[str, Any]) -> Origin:
    """The parts of a ``glassworks.json``; what is of the wrong kind counts as absent."""
    spec = lineage.get("spec")
    corpora = (_corpus(lineage.get(key)) for key in ("corpus", "second_corpus"))
    metrics = lineage.get("metrics")
    return Origin(
        method=_text(lineage.get("method")),
        parent=parent_of(lineage),
        corpora=tuple(corpus for corpus in corpora if corpus),
        tokenizer=_text(lineage.get("tokenizer")),
        code_version=_text(lineage.get("code_version")),
        metrics={str(k): v for k, v in metrics.items() if _number(v)} if isinstance(metrics, dict) else {},
        tokens_seen=lineage.get("tokens_seen") if _number(lineage.get("tokens_seen")) else None,
        spec=spec if isinstance(spec, dict) else {},
    )


def _without_circles(named: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Each circle opened at the first of its models as given: the parents that remain, and those cut."""
    parents, cut, sound = dict(named), {}, set()
    for name in named:
        path, at = [], name
        while at is not None and at not in sound:
            sound.add(at)
            path.append(at)
            at = parents.get(at)
        if at in path:
            first = min(path[path.index(at) :], key=list(named).index)
            cut[first], parents[first] = parents[first], None
    return parents, cut


def _with_missing(parents: Mapping[str, str | None]) -> list[str]:
    """All names; one that is only named as a parent stands where its first child does."""
    ordered = {}
    for name, parent in parents.items():
        if parent is not None and parent not in parents:
            ordered.setdefault(parent)
        ordered.setdefault(name)
    return list(ordered)


def _corpus(told: Any) -> tuple[str, str] | None:
    """A corpus as {"id", "sha256"}, or as its id alone."""
    if isinstance(told, dict):
        found = _text(told.get("id")) or "", _text(told.get("sha256")) or ""
        return found if any(found) else None
    return (text, "") if (text := _text(told)) else None


def _text(value: Any) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) and value.strip() else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
