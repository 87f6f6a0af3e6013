"""What comes back when a text is encoded and decoded, and where that is another text. Pure."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.tokenization.encode import Encoded
from pipelines.tokenization.loaded import LoadedTokenizer

_WINDOW = 200  # characters compared at once: the time stays in proportion to the text


@dataclass(frozen=True)
class Difference:
    """Characters ``start`` to ``end`` of the text came back as ``back_start`` to ``back_end`` of ``back``."""

    start: int
    end: int
    back_start: int
    back_end: int


@dataclass(frozen=True)
class RoundTrip:
    """``complete`` is False where more differences follow those listed."""

    back: str
    same: bool
    differences: tuple[Difference, ...]
    complete: bool


def round_trip(tokenizer: LoadedTokenizer, encoded: Encoded, limit: int = 1_000) -> RoundTrip:
    """Decode an encoding's ids, without what was put around the text; list at most ``limit`` differences."""
    back = tokenizer.backend.decode(encoded.ids[~encoded.added].tolist(), skip_special_tokens=False)
    found, complete = differences(encoded.text, back, limit)
    return RoundTrip(back, encoded.text == back, found, complete)


def differences(text: str, back: str, limit: int = 1_000) -> tuple[tuple[Difference, ...], bool]:
    """The spans that differ, in order, and whether these are all.

    >>> differences("née 1", "nee  1")[0]
    (Difference(start=1, end=2, back_start=1, back_end=2), Difference(start=4, end=4, back_start=4,
    back_end=5))
    """
    found: list[Difference] = []
    a = b = 0
    while a < len(text) or b < len(back):
        if len(found) >= limit:
            return tuple(found), False
        same = _common(text, back, a, b)
        a, b = a + same, b + same
        if a < len(text) or b < len(back):
            a, b = _step(text, back, a, b, found)
    return tuple(found[:limit]), len(found) <= limit


def _step(text: str, back: str, a: int, b: int, found: list[Difference]) -> tuple[int, int]:
    """Compare one window; go on from its last stretch in common, for beyond it the window may deceive."""
    one, two = text[a : a + _WINDOW], back[b : b + _WINDOW]
    blocks = [m for m in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks() if m.size]
    at_end = a + len(one) == len(text) and b + len(two) == len(back)
    done_a = done_b = 0
    for block in blocks:
        if block.a > done_a or block.b > done_b:
            _add(found, Difference(a + done_a, a + block.a, b + done_b, b + block.b))
        done_a, done_b = block.a + block.size, block.b + block.size
    if at_end or not blocks:
        if done_a < len(one) or done_b < len(two):
            _add(found, Difference(a + done_a, a + len(one), b + done_b, b + len(two)))
        done_a, done_b = len(one), len(two)
    return a + done_a, b + done_b


def _add(found: list[Difference], new: Difference) -> None:
    """Differences that touch are one."""
    if found and (found[-1].end, found[-1].back_end) == (new.start, new.back_start):
        new = Difference(found[-1].start, new.end, found.pop().back_start, new.back_end)
    found.append(new)


def _common(text: str, back: str, a: int, b: int) -> int:
    """How many characters agree from here on: by doubling, then halving, the stretch that is compared."""
    most, low = min(len(text) - a, len(back) - b), 0
    step = 64
    while low < most:
        step = min(step, most - low)
        if text[a + low : a + low + step] == back[b + low : b + low + step]:
            low, step = low + step, step * 2
        elif step == 1:
            break
        else:
            step //= 2
    return low
