"""The lines of pages, put in order: what runs along at their edges is left out, words that were divided at a
line's end are whole again, paragraphs are told apart. Pure functions of ``pages[page][line]``."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

_DEPTH = 2  # lines at the top and at the bottom of a page that can run along
_FEWEST_LINES = 5  # a page with fewer is left as it is
_NEAR, _TIMES = 6, 3  # a line runs along if it stands at that edge so often among the pages so near
_RUNNING_CHARS = 120
_NUMBER = re.compile(r"\W*(\d{1,6})\W*")
_DIVIDED = re.compile(r"([^\W\d_]+)[-‐]$")
_COMPOUND = re.compile(r"\w+(?:[-‐]\w+)+")
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’)\]]*$")
_SHORT = 0.8  # of a full line


def without_running(pages: Sequence[list[str]]) -> list[list[str]]:
    """Without headers, footers and page numbers: lines that stand at the same edge of several pages near each
    other, alike but for their numbers. The first of a series stays, so that no words are lost."""
    gone: list[set[int]] = [set() for _ in pages]
    for edge in (0, -1):
        within = [at for at, lines in enumerate(pages) if len(lines) >= _FEWEST_LINES]
        for depth in range(_DEPTH):
            place = depth if edge == 0 else -1 - depth
            found = _running({at: _key(pages[at][place], at) for at in within})
            for at, first in found.items():
                if not first:
                    gone[at].add(place % len(pages[at]))
            within = list(found)  # a line further in runs along only where the one outside does
    return [
        [line for at, line in enumerate(lines) if at not in drop]
        for lines, drop in zip(pages, gone, strict=True)
    ]


def _key(line: str, page: int) -> str:
    """The same for lines that differ in numbers alone; of a number alone, how far it is from the page's."""
    if number := _NUMBER.fullmatch(line):
        return f"#{int(number[1]) - page}"
    return re.sub(r"\d+", "#", line.casefold()) if len(line) <= _RUNNING_CHARS else ""


def _running(keys: Mapping[int, str]) -> dict[int, bool]:
    """Page → whether it is the first with this line, of pages whose line runs along."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, key in keys.items():
        if any(map(str.isalnum, key)):
            places[key].append(at)
    return {
        at: at == on[0] and not key.startswith("#")
        for key, on in places.items()
        for at in on
        if bisect_right(on, at + _NEAR) - bisect_left(on, at - _NEAR) >= _TIMES
    }


def unhyphenated(pages: Sequence[list[str]]) -> list[list[str]]:
    """A word divided between two lines, or two pages, stands whole on the first. Its hyphen stays if the
    document has it with one elsewhere.

    >>> unhyphenated([["an exam-", "ple of well-"], ["known words", "not well-known"]])
    [['an example', 'of well-known'], ['words', 'not well-known']]
    """
    compounds = {word.casefold() for lines in pages for line in lines for word in _COMPOUND.findall(line)}
    made: list[list[str]] = []
    last: list[str] = []  # the page that holds the line before
    for lines in pages:
        made.append([])
        for line in lines:
            rest = _pulled(last, line, compounds)
            if rest:
                made[-1].append(rest)
                last = made[-1]
    return made


def _pulled(last: list[str], line: str, compounds: set[str]) -> str:
    """What is left of ``line`` when the end of a divided word went up to the line before."""
    head = _DIVIDED.search(last[-1]) if last else None
    if head is None or not line[0].islower():
        return line
    tail, _, rest = line.partition(" ")
    word = re.match(r"\w+", tail)[0]
    keeps = f"{head[0]}{word}".casefold() in compounds
    last[-1] = (last[-1] if keeps else last[-1][:-1]) + tail
    return rest


def paragraphs(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines with an empty one after each paragraph: after a line that ends a sentence and is clearly
    shorter than a full one of ``width`` characters."""
    for at, line in enumerate(lines):
        yield line
        if at + 1 < len(lines) and len(line) < _SHORT * width and _SENTENCE_END.search(line):
            yield ""


def continues(last: str, first: str) -> bool:
    """Whether a sentence goes on from the last line of a page to the first of the next."""
    return bool(last) and first[0].islower() and not _SENTENCE_END.search(last)
