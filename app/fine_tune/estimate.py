"""What a run will take, for a visitor who may use what the spec names: a figure before anything is loaded."""

from html import escape
from typing import Any

import gradio as gr

from app import units
from app.api.estimate_tuning import footprint_of
from app.job_panel.access import reached
from app.services import Services
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.training.tuning.footprint import Footprint

_PARTS = ("weights", "teacher", "gradients", "optimiser", "activations", "adapter", "libraries")
UNKNOWN = (
    '<p class="gw-muted">What this run takes is known once its job has fetched the model from the Hub.</p>'
)


def estimated_html(services: Services, spec: Any, request: gr.Request) -> str:
    """Raises a GlassworksError for what the visitor may not use, or the base has no place for."""
    reached(services, spec, request)
    for name in filter(None, (spec.base, getattr(spec, "teacher", ""))):
        model = parse(name)
        if model.source is Source.HUB and not on_disk(model.rest):
            return UNKNOWN
    return footprint_html(footprint_of(services, spec, request))


def footprint_html(made: Footprint) -> str:
    """Trainable parameters, memory with its parts, time."""
    tiles = (
        ("trained", f"{units.short(made.trainable)} of {units.short(made.total)} ({made.percent:.3g} %)"),
        ("memory", units.size(made.memory_bytes)),
        ("steps", f"{made.steps:,}" if made.steps else "not known yet"),
        ("time", "about " + units.duration(made.seconds) if made.seconds else "not known yet"),
    )
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in tiles)
    parts = " · ".join(f"{name} {units.size(made.memory[name])}" for name in _PARTS if made.memory.get(name))
    notes = "".join(f"<li>{escape(note)}</li>" for note in made.notes)
    listed = f'<ul class="gw-notices">{notes}</ul>' if notes else ""
    return (
        f'<section aria-label="Estimate"><dl class="gw-tiles gw-estimate">{cells}</dl>'
        f'<p class="gw-memory-parts">{escape(parts)}</p>{listed}</section>'
    )
