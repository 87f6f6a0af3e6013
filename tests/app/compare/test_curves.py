"""Curves of a run folded from its events, and their places on each axis."""

import numpy as np
import pytest

from app.compare.curves import MAX_POINTS, Curves, folded
from app.compare.metrics import METRICS, line, metric_named, offered, positions, smoothed
from app.figures.series import Series
from pipelines.core.errors import SpecError

PLAN = {"type": "plan", "total_steps": 100, "tokens": 12_800, "flops": 5e9, "parameters": 1000}


def train(step, loss=2.0, **more):
    return {"type": "train", "step": step, "loss": loss, "tokens": 128 * step, "elapsed": 0.5 * step, **more}


def measured(step, bits=1.0, **more):
    return {"type": "eval", "step": step, "loss": 2 * bits, "bits_per_byte": bits, **more}


@pytest.fixture
def run():
    return folded(Curves(), [PLAN, measured(0), *(train(s) for s in range(10, 101, 10)), measured(95, 0.5)])


def test_folding_in_pieces_equals_folding_at_once(run):
    events = [PLAN, measured(0), *(train(s) for s in range(10, 101, 10)), measured(95, 0.5)]
    pieces = Curves()
    for event in events:
        pieces = folded(pieces, [event])
    assert pieces == run and run.events == len(events)


def test_a_resumed_run_takes_back_the_steps_it_repeats(run):
    again = folded(run, [train(60, 9.0)])
    assert again.of("train.loss").steps == (10, 20, 30, 40, 50, 60)
    assert again.of("train.loss").last == 9.0


def test_every_reading_becomes_a_curve_and_what_is_odd_none():
    odd = [
        {"type": 3},
        {"type": "eval", "step": "x", "loss": 1},
        train(1, None, reward=0.5, ok=True, name="a"),
    ]
    curves = folded(Curves(), odd)
    assert set(curves.series) == {"train.tokens", "train.elapsed", "train.reward"}


def test_a_long_run_stays_small_and_a_flood_of_names_bounded():
    curves = folded(Curves(), [train(step) for step in range(30_000)])
    assert len(curves.of("train.loss").steps) <= MAX_POINTS
    curves = folded(Curves(), [train(1, **{f"r{i}": 1.0 for i in range(500)})])
    assert len(curves.series) <= 60


def test_a_validation_takes_tokens_flops_and_seconds_from_plan_and_training(run):
    steps = run.of("eval.loss").steps
    assert steps == (0, 95)
    assert positions(run, steps, "steps") == pytest.approx([0, 95])
    assert positions(run, steps, "tokens") == pytest.approx([0, 95 * 128])
    assert positions(run, steps, "flops") == pytest.approx([0, 95 / 100 * 5e9])
    assert positions(run, steps, "seconds") == pytest.approx([0, 47.5])


def test_without_a_plan_tokens_come_from_training_and_flops_from_nowhere(run):
    bare = folded(Curves(), [train(10), measured(10)])
    assert positions(bare, (5, 10), "tokens") == pytest.approx([640, 1280])
    assert positions(bare, (5, 10), "flops") is None
    assert line(bare, METRICS["bits_per_byte"], "flops") is None
    assert positions(Curves(), (1,), "seconds") is None


def test_metrics_are_those_that_a_run_has_reported(run):
    second = folded(run, [measured(100, second_loss=3.0, second_bits_per_byte=1.2), train(110, reward=1.0)])
    assert [m.name for m in offered([run])] == ["bits_per_byte", "validation_loss", "training_loss"]
    names = [m.name for m in offered([run, second])]
    assert {"second_bits_per_byte", "second_loss", "train.reward"} <= set(names)
    assert "train.tokens" not in names and "train.elapsed" not in names
    x, y = line(second, metric_named("second_bits_per_byte"), "steps")
    assert (x.tolist(), y.tolist()) == ([100.0], [1.2])


@pytest.mark.parametrize(
    "name", ["nonsense", "", None, 3, "train.", "log.x", "train.<b>", "train." + "x" * 99]
)
def test_an_unknown_metric_is_refused_with_the_known_ones(name):
    with pytest.raises(SpecError, match="metric accepts one of bits_per_byte"):
        metric_named(name)


def test_smoothing_leaves_a_level_line_and_is_off_at_nothing():
    level = Series(tuple(range(1, 50)), (3.0,) * 49)
    assert smoothed(level, 0.1) == pytest.approx(np.full(49, 3.0))
    noise = Series(tuple(range(1, 201)), tuple(float(i % 2) for i in range(200)))
    assert smoothed(noise, 0).tolist() == list(noise.values)
    assert np.ptp(smoothed(noise, 0.1)[100:]) < 0.2
