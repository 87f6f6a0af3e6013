"""A text set in lines of so many character cells, as a terminal would set it. Pure.

A cell is the width of a Latin letter: East Asian wide characters and emoji take two, marks that sit on the
letter before them none. Every other character takes one, also those that no font draws: the page shows a
glyph for them. Lines end after a newline, else where the next character no longer fits, and never inside
what reads as one character (marks, joined emoji, flags), as far as the rules below know.
"""

import unicodedata

import numpy as np

_CELLS, _EXTENDS, _SPACING, _CONTROL = 3, 4, 8, 16  # bits of a character's class; the lowest two are cells
_ZWJ, _EMOJI_STYLE, _CR, _LF = 0x200D, 0xFE0F, 0x0D, 0x0A
_FLAGS = (0x1F1E6, 0x1F1FF)  # regional indicators: two make a flag
_MEDIAL = ((0x1160, 0x11FF), (0xD7B0, 0xD7FB))  # Hangul vowels and finals, drawn into the block before them
_TONES, _TAGS = (0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F)
_FEW = 10_000  # characters of which sorting is quicker than a table of all that there are
_LONGEST = 32  # code points that are kept together; a longer pile of marks is cut


def line_starts(text: str, width: int) -> np.ndarray:
    """``starts[line]``, the character with which each line begins; an empty text has one line.

    >>> line_starts("one two\\n\\nthree", 4).tolist()
    [0, 4, 8, 9, 13]
    """
    if not text:
        return np.zeros(1, dtype=np.int32)
    codes = _codes(text)
    cells, joins = _cells_and_joins(codes)
    heads = np.flatnonzero(~joins).astype(np.int32)
    before = np.concatenate(([0], np.cumsum(cells, dtype=np.int32)))[np.append(heads, len(codes))]
    fits = np.searchsorted(before, before[:-1] + width, side="right") - 1
    chain = np.minimum(np.maximum(fits, np.arange(1, len(heads) + 1)), _line_ends(codes, heads)).tolist()
    found, at = [], 0
    while at < len(chain):
        found.append(at)
        at = chain[at]
    return heads[found]


def cells(text: str) -> np.ndarray:
    """``cells[character]``: 0, 1 or 2; what belongs to the character before it has none of its own."""
    return _cells_and_joins(_codes(text))[0] if text else np.zeros(0, dtype=np.uint8)


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.int32)


def _line_ends(codes: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """For each head the number of the head that follows the next newline."""
    newlines = np.searchsorted(heads, np.flatnonzero(codes == _LF), side="right")
    ends = np.append(newlines, len(heads))
    return ends[np.searchsorted(newlines, np.arange(len(heads)), side="right")]


def _cells_and_joins(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``joins[character]``: it belongs to the one before it."""
    classes = _classes(codes)
    joins = _joins(codes, classes)
    cells = (classes & _CELLS).astype(np.uint8)
    cells[:-1][(codes[1:] == _EMOJI_STYLE) & (cells[:-1] == 1)] = 2
    cells[joins & ((classes & _SPACING) == 0)] = 0
    cells[~joins & (cells == 0)] = 1
    return cells, joins


def _joins(codes: np.ndarray, classes: np.ndarray) -> np.ndarray:
    joins = np.zeros(len(codes), dtype=bool)
    before, after = codes[:-1], codes[1:]
    marks = ((classes[1:] & _EXTENDS) > 0) | ((before == _ZWJ) & (after >= 0x2000))
    joins[1:] = marks & ((classes[:-1] & _CONTROL) == 0)
    joins[1:] |= (before == _CR) & (after == _LF)
    joins |= _second_flags(codes)
    if joins.any():
        place = np.arange(len(codes))
        head = np.maximum.accumulate(np.where(joins, 0, place))
        joins &= (place - head) % _LONGEST != 0
    return joins


def _second_flags(codes: np.ndarray) -> np.ndarray:
    """Every second regional indicator of a run of them."""
    flags = (codes >= _FLAGS[0]) & (codes <= _FLAGS[1])
    if not flags.any():
        return flags
    place = np.arange(len(codes))
    run = np.maximum.accumulate(np.where(flags, -1, place))
    return flags & ((place - run) % 2 == 0)


def _classes(codes: np.ndarray) -> np.ndarray:
    """The class of each character; each that occurs is looked up once."""
    if len(codes) < _FEW:
        occurring, place = np.unique(codes, return_inverse=True)
        return np.array([_class(code) for code in occurring.tolist()], dtype=np.uint8)[place]
    table = np.zeros(int(codes.max()) + 1, dtype=np.uint8)
    table[codes] = 1
    occurring = np.flatnonzero(table)
    table[occurring] = [_class(code) for code in occurring.tolist()]
    return table[codes]


def _class(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    if category in ("Mn", "Me") or code == _ZWJ or _within(code, *_MEDIAL, _TAGS):
        return _EXTENDS
    if _within(code, _TONES):
        return _EXTENDS | 2
    if category == "Mc":
        return _EXTENDS | _SPACING | 1
    if category in ("Cc", "Zl", "Zp"):
        return _CONTROL | (_SPACING if code == _LF else 0) | 1
    if _within(code, _FLAGS):
        return _SPACING | 1
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _within(code: int, *ranges: tuple[int, int]) -> bool:
    return any(low <= code <= high for low, high in ranges)
