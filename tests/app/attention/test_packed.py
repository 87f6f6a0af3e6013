"""Arrays that cross to the browser: the same when they are unpacked, and never larger than there is room."""

import numpy as np
import pytest

from app.attention.packed import DTYPES, pack, unpack
from app.attention.pooled import MAX_HEAD, packed_head, packed_thumbnails, pooled, stepped
from pipelines.attention.answers import Head

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 5), (2, 3, 4, 5), (0, 4)])
def test_an_array_comes_back_as_it_was(dtype, shape):
    array = RANDOM.integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)
    back = unpack(pack(array))
    assert back.dtype == array.dtype and back.shape == array.shape and np.array_equal(back, array)


def test_numbers_of_several_bytes_and_what_is_none_keep_their_bits():
    numbers = np.array([np.nan, np.inf, -0.0, 1e-38, 3.14], np.float32)
    assert unpack(pack(numbers)).tobytes() == numbers.tobytes()
    wide = np.array([0, 1, 256, 65535], np.uint16)
    assert unpack(pack(wide)).tolist() == wide.tolist()
    assert unpack(pack(wide.astype(">u2"))).tolist() == wide.tolist()


def test_a_view_of_every_other_number_is_packed_as_such():
    assert unpack(pack(np.arange(10, dtype=np.int32)[::2])).tolist() == [0, 2, 4, 6, 8]


def test_what_a_browser_has_no_array_for_is_refused():
    with pytest.raises(TypeError, match="float64"):
        pack(np.zeros(3))


def test_pooling_keeps_the_largest_of_a_cell_also_at_the_edges():
    weights = np.arange(15, dtype=np.uint8).reshape(3, 5)
    assert pooled(weights, 2).tolist() == [[6, 8, 9], [11, 13, 14]]
    assert pooled(weights[None, None], 2).shape == (1, 1, 2, 3) and pooled(weights, 1) is weights


def test_steps_never_turn_something_into_nothing():
    levels = np.arange(256, dtype=np.uint8)
    for step in (2, 8, 16):
        found = stepped(levels, step)
        assert found[0] == 0 and found[1:].min() == min(step, found[1:].max())
        assert np.abs(found.astype(int) - levels).max() <= step and (np.diff(found.astype(int)) >= 0).all()


@pytest.mark.parametrize("room", [2_000_000, 400_000, 100_000, 20_000])
def test_thumbnails_of_pure_noise_fit_the_room(room):
    noise = RANDOM.integers(0, 256, (12, 12, 64, 64), dtype=np.uint8)
    found = packed_thumbnails(noise, room)
    assert len(found["data"]) <= room
    back = unpack(found)
    assert back.shape[:2] == (12, 12) and (room < 2_000_000 or np.array_equal(back, noise))


@pytest.mark.parametrize(
    ("weights", "cell", "high"),
    [
        (RANDOM.integers(0, 65536, (300, 300), dtype=np.uint16), 1, 65535),
        (RANDOM.integers(0, 65536, (740, 740), dtype=np.uint16), 1, 255),
        (RANDOM.integers(0, 256, (1040, 1040), dtype=np.uint8), 2, 255),
        (np.tril(RANDOM.integers(0, 256, (1040, 1040), dtype=np.uint8)), 1, 255),
    ],
)
def test_a_head_of_pure_noise_fits_and_says_how_exact_it_is(weights, cell, high):
    told = packed_head(Head(weights, 1))
    assert len(told["weights"]["data"]) <= MAX_HEAD and (told["cell"], told["high"]) == (cell, high)
    back = unpack(told["weights"]).astype(float) / high
    exact = weights / (65535 if weights.dtype == np.uint16 else 255)
    assert np.abs(back - pooled(exact, cell)).max() <= 0.5 / high + 1e-9
