"""The figures of the job panel: which of them a history changes, and which are to be seen."""

from typing import Any

import gradio as gr

from app.figures import curves
from app.figures.compression import compression_figure
from app.figures.series import Series
from app.job_panel.charts import charts_of
from app.job_panel.history import History
from app.job_panel.layout import Parts


def plots_of(parts: Parts, new: History, old: History | None) -> dict[Any, Any]:
    """Figures of the curves that have changed."""
    total = new.total
    moved = old is None or old.total != total
    updates = {}
    if moved or old.loss is not new.loss or old.validation is not new.validation:
        second = curves.Second(new.second_validation, new.second_name)
        updates[parts.loss] = curves.loss_figure(
            new.loss, new.smooth, new.validation, total, second, new.unit, new.parts
        )
    if moved or old.rate is not new.rate:
        updates[parts.rate] = curves.rate_figure(new.rate, total)
    if moved or old.norm is not new.norm:
        updates[parts.norm] = curves.gradient_figure(new.norm, total)
    if old is None or old.compression is not new.compression:
        updates[parts.tokenizer.compression] = compression_figure(new.compression)
    if moved or old.bits is not new.bits:
        second = curves.Second(new.second_bits, new.second_name)
        updates[parts.bits] = gr.Plot(curves.bits_figure(new.bits, total, second), visible=new.in_bits)
        second = curves.Second(new.second_perplexity, new.second_name)
        perplexity = curves.perplexity_figure(new.perplexity, total, second)
        updates[parts.perplexity] = gr.Plot(perplexity, visible=new.per_token)
    if moved or old.measures is not new.measures:
        measures = curves.measures_figure(new.measures, total)
        updates[parts.measures] = gr.Plot(measures, visible=new.answers or new.is_taught)
    if moved or old.kl is not new.kl:
        updates[parts.kl] = gr.Plot(curves.kl_figure(new.kl, total), visible=new.is_taught)
    if moved or old.charted is not new.charted or old.held_out is not new.held_out:
        updates |= _charts(parts, new)
    return updates


def _charts(parts: Parts, history: History) -> dict[Any, Any]:
    """Those that have something to show, in their order; the other places stay empty."""
    train, held_out, none = dict(history.charted), dict(history.held_out), Series()
    found = []
    for chart in charts_of(history.plan):
        lines = [(label, train.get(n, none), held_out.get(n, none)) for n, label in chart.lines]
        if any(series.steps for _, *both in lines for series in both):
            found.append(curves.chart_figure(chart.title, lines, history.total, chart.share))
    shown = {plot: gr.Plot(figure, visible=True) for plot, figure in zip(parts.charts, found, strict=False)}
    return {plot: gr.Plot(visible=False) for plot in parts.charts} | shown
