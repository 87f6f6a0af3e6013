"""The plan of a run as a figure: what it draws is what the run will do."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from app.figures.plan import HEIGHT, SCHEDULES, plan_figure
from app.figures.style import AFTER, BEFORE
from pipelines.training import specs
from pipelines.training.schedules import Schedule
from pipelines.training.specs import PretrainSpec

STAGES = ("0.6 context=64 batch_size=32 second_share=0.5", "0.3", "0.1 batch_size=4")


def made(name="cosine", stages=(), steps=400):
    spec = PretrainSpec(stages=stages, second_corpus="sample", max_steps=steps, schedule=name)
    return plan_figure(spec.plan, Schedule(name, steps, 20, 0.2, 0.1), 3e-3)


def test_every_schedule_of_the_spec_has_a_line():
    assert tuple(SCHEDULES) == specs.SCHEDULES


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("stages", [(), STAGES])
def test_plotly_accepts_every_attribute(name, stages):
    figure = made(name, stages)
    go.Figure(json.loads(figure.to_json()))
    assert figure.layout.height == HEIGHT and figure.layout.uirevision == "keep"


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_chosen_schedule_stands_out_and_is_the_runs(name):
    *faint, chosen = [t for t in made(name).data if t.mode == "lines"]
    assert chosen.line.color == BEFORE and chosen.name == f"{SCHEDULES[name]} (chosen)"
    assert {t.line.color for t in faint} != {BEFORE} and len({t.line.dash for t in faint}) == 3
    rate = Schedule(name, 400, 20, 0.2, 0.1)
    assert chosen.y == pytest.approx([3e-3 * rate(int(step) - 1) for step in chosen.x])
    assert (chosen.x[0], chosen.x[-1]) == (1, 400)


def test_a_long_run_is_drawn_with_few_points():
    assert all(len(t.x) <= 300 for t in made(steps=1_000_000).data)


def test_stages_are_boxes_filled_to_the_share_of_the_second_corpus():
    figure = made(stages=STAGES)
    boxes = [s for s in figure.layout.shapes if s.yref == "y2" and s.fillcolor != AFTER]
    assert [(s.x0, s.x1) for s in boxes] == [(0, 240), (240, 360), (360, 400)]
    (filled,) = (s for s in figure.layout.shapes if s.fillcolor == AFTER)
    assert (filled.x0, filled.x1, filled.y1) == (0, 240, 0.5)


def test_a_label_is_words_where_there_is_room_and_a_number_where_not():
    texts = [a.text for a in made(stages=STAGES).layout.annotations]
    assert texts == ["64 tokens<br>× 32", "128 tokens<br>× 16", "3"]


def test_the_hover_says_what_a_stage_is():
    hover = made(stages=STAGES).data[-1]
    assert hover.text[0] == (
        "stage 1: 240 steps, context 64, batch 32, 2,048 tokens a step, 50% of the second corpus"
    )
    assert np.allclose(hover.x, [120, 300, 380])
