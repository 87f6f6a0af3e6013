"""The figures draw what was counted, for corpora of any shape."""

import json

import pytest

from app.figures.corpus import languages_figure, lengths_figure, removed_figure
from pipelines.training.curation.statistics import Statistics, Tally


def counted(lengths, languages=("en",)) -> Statistics:
    tally = Tally()
    for i, length in enumerate(lengths):
        tally.add("x" * length, languages[i % len(languages)])
    return tally.statistics()


def test_bars_of_lengths_lie_in_their_bins_and_add_up():
    read, kept = counted([1, 5, 50, 500, 5000]), counted([50, 500])
    figure = lengths_figure(read, kept)
    assert [sum(trace.y) for trace in figure.data] == [5, 2]
    for low, high in zip(figure.data[0].x, figure.data[0].x[1:], strict=False):
        assert low < high


def test_rare_languages_stand_together():
    codes = [f"l{chr(97 + i)}" for i in range(15)]
    figure = languages_figure(counted([5] * 45, codes), counted([5] * 15, codes))
    assert len(figure.data[0].y) == 11 and figure.data[0].y[-1] == "others"
    assert sum(figure.data[0].x) == 45 and sum(figure.data[1].x) == 15


def test_the_waterfall_falls_from_read_to_kept():
    trace = removed_figure(100, [("too short", 30), ("symbols", 0), ("copies", 20)], 50).data[0]
    assert list(trace.y) == ["read", "too short", "copies", "kept"]
    ends = [(base, base + length) for base, length in zip(trace.base, trace.x, strict=True)]
    assert ends == [(0, 100), (70, 100), (50, 70), (0, 50)], "each bar begins where the one before ended"


@pytest.mark.parametrize("kept", [0, 1, 99, 100])
def test_any_outcome_can_be_drawn(kept):
    nothing = Statistics()
    falling = removed_figure(100, [("copies", 100 - kept)], kept)
    for made in (falling, lengths_figure(nothing, nothing), languages_figure(nothing, nothing)):
        json.loads(made.to_json())
