"""Models and their origins for whoever looks: the family tree's cards, one model's details, the API's answer.

Everyone may see which models there are and what they were made from; a run's data, settings, code and figures
are for whoever trained it, and so is a folder of this machine's disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from app import units
from app.compare.differences import KIND, Row, differences
from app.compare.views import rows_html, value_text
from app.figures.family_tree import Card
from app.job_panel.access import seen_jobs
from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.fields import knobs
from pipelines.jobs.kinds import KINDS
from pipelines.models.entries import ModelEntry
from pipelines.models.family import Origin, Place, ancestors, descendants, forest, origin, parent_of
from pipelines.models.names import parse

_MADE_HERE = "run/"
_HASH_CHARS = 8
_MAX_JOBS = 1000
_METRICS = (("bits_per_byte", "bits/byte"), ("loss", "loss"), ("perplexity", "perplexity"))
_FOLDER = "a folder of the owner's"
_TOKENIZERS = {"train": "learnt on its data"}


@dataclass(frozen=True)
class Family:
    """The forest of models as one visitor may see it. ``open`` are those whose origin is theirs to know."""

    places: tuple[Place, ...]
    entries: dict[str, ModelEntry]
    open: frozenset[str]

    def origin(self, name: str) -> Origin | None:
        """None where the visitor may not know it, or the model is not here."""
        return origin(self.entries[name].lineage) if name in self.open else None

    def place(self, name: Any) -> Place:
        """Raises NotFoundError for a model that is not here."""
        for place in self.places:
            if place.name == name and place.here:
                return place
        raise NotFoundError(f"There is no model {str(name)[:80]!r} here. Jobs & models lists them.")


def family_of(services: Services, request: gr.Request) -> Family:
    """House models by name, then runs, the newest first; children in the same order under their parents."""
    entries = {entry.name: entry for entry in services.models.entries()}
    own = {f"{_MADE_HERE}{job.id}" for job in seen_jobs(services, request, _MAX_JOBS)}
    is_owner = services.identity.visitor(request).is_owner
    shown = frozenset(n for n in entries if is_owner or n in own or not n.startswith(_MADE_HERE))
    pairs = [
        (n, _named(parent_of(e.lineage) or e.adapter_of or None, n in shown)) for n, e in entries.items()
    ]
    return Family(forest(pairs), entries, shown)


def cards(family: Family) -> list[Card]:
    """One a model, in reading order."""
    return [_card(family, place) for place in family.places]


def details_html(family: Family, name: str) -> str:
    """All that is known of one model: its origin, its figures, and its settings beside its parent's."""
    place = family.place(name)
    entry, known = family.entries[place.name], family.origin(place.name)
    head = f"<h4>{escape(entry.title)} <code>{escape(entry.name)}</code></h4>"
    facts = [("made from", _parent_words(place)), ("parameters", _parameters(entry))]
    facts += [("architecture", entry.architecture), ("created", units.moment(entry.created))]
    if known is None:
        words = "Its data, settings and figures are for whoever trained it."
        return _section(head, _facts_html(facts) + f'<p class="gw-muted">{words}</p>')
    facts += _origin_facts(known)
    metrics = [(name.replace("_", " "), value_text(float(value))) for name, value in known.metrics.items()]
    figures = f"<h5>Figures</h5>{_facts_html(metrics)}" if metrics else ""
    return _section(head, _facts_html(facts) + figures + _settings(family, place, known))


def lineage_json(services: Services, model: str, request: gr.Request) -> dict[str, Any]:
    """Ancestors (the nearest first) and descendants of a model as plain JSON; raises a GlassworksError."""
    parse(model)
    family = family_of(services, request)
    place = family.place(model)
    up, down = (which(family.places, place.name) for which in (ancestors, descendants))
    return {
        "model": _json(family, place),
        "ancestors": [_json(family, p) for p in up],
        "descendants": [_json(family, p) for p in down],
    }


def _card(family: Family, place: Place) -> Card:
    if not place.here:
        return Card(place.name, place.name, place.depth, note="not here", here=False)
    entry, known = family.entries[place.name], family.origin(place.name)
    facts = [("parameters", units.short(entry.parameters)), *_main_metric(known)]
    if entry.adapter_of:
        facts.insert(1, ("of them the adapter's", units.short(entry.adapter_parameters)))
    if known and known.corpora:
        facts.append(("data", known.corpora[0][1][:_HASH_CHARS] or known.corpora[0][0]))
    if known and known.code_version:
        facts.append(("code", known.code_version[:_HASH_CHARS]))
    facts.append(("made", units.moment(entry.created)))
    note = f"its lineage goes round in a circle through {place.circle}" if place.circle else ""
    return Card(place.name, entry.title, place.depth, _method(known), tuple(facts), note)


def _parameters(entry: ModelEntry) -> str:
    own = f", {entry.adapter_parameters:,} of them the adapter's" if entry.adapter_of else ""
    return f"{entry.parameters:,}{own}"


def _method(known: Origin | None) -> str:
    return (known.method or "") if known else ""


def _main_metric(known: Origin | None) -> list[tuple[str, str]]:
    metrics = known.metrics if known else {}
    found = [(label, f"{metrics[name]:.4g}") for name, label in _METRICS if name in metrics]
    return (found or [(name, f"{value:.4g}") for name, value in metrics.items()])[:1]


def _parent_words(place: Place) -> str:
    return place.circle or place.parent or "nothing: trained from scratch, or its origin is not known"


def _origin_facts(known: Origin) -> list[tuple[str, str]]:
    facts = [("method", known.method or "–")]
    for label, (corpus, sha256) in zip(("data", "second corpus"), known.corpora, strict=False):
        facts += [(label, corpus or "–"), (f"{label}: sha256", sha256 or "–")]
    if known.tokenizer:
        facts.append(("tokenizer", _TOKENIZERS.get(known.tokenizer, known.tokenizer)))
    seen = units.short(known.tokens_seen) if known.tokens_seen is not None else "–"
    return [*facts, ("tokens seen", seen), ("code version", known.code_version or "not recorded")]


def _settings(family: Family, place: Place, known: Origin) -> str:
    if not known.spec:
        return ""
    above = family.origin(place.parent) if place.parent in family.entries else None
    if above is None or not above.spec:
        rows = _rows(known)
        return "<h5>Settings</h5>" + rows_html("Settings", "", rows, 1)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("its parent", "this model"))
    return "<h5>Settings beside its parent's</h5>" + rows_html("What differs", heads, _rows(above, known), 2)


def _rows(*origins: Origin) -> list[Row]:
    """The settings side by side. A lineage does not name the job's kind, so the fields of its spec tell."""
    rows = differences([(_kind_of(told.spec), dict(told.spec)) for told in origins])
    return [row for row in rows if row.field not in (KIND, "name")]


def _kind_of(spec: Mapping[str, Any]) -> str:
    return next((name for name, kind in KINDS.items() if set(spec) <= set(knobs(kind.spec_class()))), "")


def _facts_html(facts: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f'<dl class="gw-facts">{cells}</dl>'


def _section(head: str, body: str) -> str:
    return f'<section class="gw-family-details" aria-label="Model">{head}{body}</section>'


def _json(family: Family, place: Place) -> dict[str, Any]:
    entry, known = family.entries.get(place.name), family.origin(place.name)
    facts = {"name": place.name, "title": entry.title if entry else place.name, "parent": place.parent}
    sizes = {"parameters": entry.parameters, "created": entry.created} if entry else {}
    seen = known is not None
    return {
        **facts,
        "here": place.here,
        "method": known.method if seen else None,
        **({"parameters": None, "created": None} | sizes),
        "metrics": dict(known.metrics) if seen else None,
        "corpora": [{"id": i, "sha256": s} for i, s in known.corpora] if seen else None,
        "tokenizer": known.tokenizer if seen else None,
        "code_version": known.code_version if seen else None,
        "spec": dict(known.spec) if seen else None,
    }


def _named(parent: str | None, is_open: bool) -> str | None:
    """A parent's name as this visitor may read it: a path is the owner's to know. A checkpoint of a run
    stands in the tree as that run."""
    if parent is None:
        return None
    try:
        parsed = parse(parent)
    except GlassworksError:
        return parent if is_open else _FOLDER
    return str(replace(parsed, step=None)) if is_open or not parsed.local else _FOLDER
