"""What can be changed in a model's computing, for one request: a head, a sub-layer, or who may see whom."""

from dataclasses import dataclass, fields
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole

MAX_INTERVENTIONS = 256  # at once

KINDS = {
    "head": "a head writes nothing: part, layer, head",
    "attention": "a layer's attention writes nothing: part, layer",
    "mlp": "a layer's feed-forward part writes nothing: part, layer",
    "block": "query does not see key (-1: no query does), in one layer or all (-1), in one head or all (-1)",
    "local": "every query sees only the key tokens nearest it, in one layer or all, in one head or all (-1)",
}


@dataclass(frozen=True)
class Intervention:
    """One change. Numbers count from 0; -1 means all where :data:`KINDS` says so. For ``local``, ``key`` is
    how many tokens a query still sees, itself included: before it, and as many after it where the model looks
    both ways."""

    kind: str
    part: str = "self"
    layer: int = -1
    head: int = -1
    query: int = -1
    key: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SpecError("kind", self.kind, f"one of {', '.join(KINDS)}")
        if self.part not in ("self", "encoder", "decoder", "cross"):
            raise SpecError("part", self.part, "self, encoder, decoder or cross")
        for name in ("layer", "head", "query", "key"):
            check_whole(name, getattr(self, name), self._lowest(name))

    def _lowest(self, name: str) -> int:
        needed = {"head": ("layer", "head"), "attention": ("layer",), "mlp": ("layer",)}
        if name == "key":
            return 1 if self.kind == "local" else 0
        return 0 if name in needed.get(self.kind, ()) else -1


def interventions_of(given: Any) -> tuple[Intervention, ...]:
    """What a page or a client calls interventions; raises SpecError, with what is accepted, for what is none.

    >>> interventions_of([{"kind": "head", "layer": 0, "head": 2}])
    (Intervention(kind='head', part='self', layer=0, head=2, query=-1, key=0),)
    """
    names = [field.name for field in fields(Intervention)]
    accepted = f"a list of objects with kind ({', '.join(KINDS)}) and any of {', '.join(names[1:])}"
    if not isinstance(given, list):
        raise SpecError("interventions", given, accepted)
    if len(given) > MAX_INTERVENTIONS:
        raise SpecError("interventions", len(given), f"at most {MAX_INTERVENTIONS} of them")
    for one in given:
        if not isinstance(one, dict) or "kind" not in one or not {*one} <= {*names}:
            raise SpecError("interventions", one, accepted)
    return tuple(Intervention(**one) for one in given)
