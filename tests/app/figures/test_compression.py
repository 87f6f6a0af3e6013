"""The curve of a tokenizer as a figure."""

import math

from app.figures.compression import Point, compression_figure


def points(*sizes: int) -> list[Point]:
    return [Point(size, 10_000 // (number + 1), 10_000) for number, size in enumerate(sizes)]


def test_the_whole_vocabulary_is_marked_apart():
    made = compression_figure(points(264, 512, 1000))
    line, whole = made.data
    assert line.x.tolist() == [264, 512, 1000] and list(whole.x) == [1000]
    assert line.marker.color != whole.marker.color and whole.marker.symbol == "diamond"
    assert "1,000 tokens: 3.000 bytes a token" in line.text[2]
    assert list(made.layout.xaxis.tickvals) == [264, 512, 1000]


def test_the_axis_doubles_and_its_ticks_stay_few():
    made = compression_figure(points(264, *(2**power for power in range(9, 19))))
    ticks = list(made.layout.xaxis.tickvals)
    assert made.layout.xaxis.type == "log" and 3 <= len(ticks) <= 6
    assert all(math.log2(tick).is_integer() for tick in ticks)
    low, high = made.layout.xaxis.range
    assert 10**low < 264 and 10**high > 2**18


def test_one_point_and_none():
    one = compression_figure(points(300))
    low, high = one.layout.xaxis.range
    assert low < high and len(one.data) == 2
    none = compression_figure([])
    assert not none.data and none.layout.annotations[0].text
