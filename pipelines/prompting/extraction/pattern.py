"""A visitor's own regular expression for the answer, kept within bounds: it comes from outside, and a
careless one can search for hours (catastrophic backtracking) or fill the memory while it is compiled.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import prod
from typing import Any

from pipelines.core.errors import SpecError

FIRST, LAST = "first", "last"
LONGEST = 300
_REPEATS = 10_000  # of counted repeats, multiplied: the library unrolls those that stand in each other
_SECONDS = 1.0  # of processor time for one response
# Texts on which careless patterns run away: they are tried before any model is asked.
_PROBES = ("a" * 3000, "7" * 3000, " " * 3000, "word " * 600, "1, " * 1000, "= - " * 750)
_COUNTS = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}", re.ASCII)
_ACCEPTED = "a regular expression of Python"


class Pattern:
    """``text`` with one group at most: the answer is the group, or the whole match where there is none.
    Raises :class:`SpecError` where it does not compile, and where it takes too long on a text of any kind."""

    def __init__(self, text: str, pick: str = FIRST):
        if pick not in (FIRST, LAST):
            raise SpecError("pick", pick, f"{FIRST} or {LAST}")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            raise SpecError("pattern", text, f"{_ACCEPTED} of 1 to {LONGEST} characters")
        self.pick = pick
        self._compiled = _compiled(text)

    def find(self, response: str) -> str | None:
        """The first match of the text, or the last; a group that took no part counts as no match.

        >>> Pattern(r"= (\\d+)").find("1 = 2 = 3"), Pattern(r"= (\\d+)", LAST).find("1 = 2 = 3")
        ('2', '3')
        """
        matches = self._matches(response)
        if self.pick == FIRST:
            return _in_time(self._compiled, lambda: next(matches, None))
        return _in_time(self._compiled, lambda: next(iter(deque(matches, 1)), None))

    def _matches(self, response: str) -> Iterator[str]:
        group = self._compiled.groups
        for match in self._compiled.finditer(response, timeout=_SECONDS):
            if match[group] is not None:
                yield match[group].strip()


@lru_cache(maxsize=256)
def _compiled(text: str) -> Any:
    counts = [max(int(number or 0) for number in found) for found in _COUNTS.findall(text)]
    if prod(max(1, count) for count in counts) > _REPEATS:
        raise SpecError("pattern", text, f"counts in braces that multiply to {_REPEATS:,} at most")
    try:
        re.compile(text)  # the house's own first: no recursion and no other extension of the library below
        import regex  # the one that stops in time

        compiled = regex.compile(text)
    except Exception as error:  # re.error, the library's own, OverflowError for a count, RecursionError …
        raise SpecError("pattern", text, f"{_ACCEPTED} ({error})") from None
    if compiled.groups > 1:
        raise SpecError("pattern", text, "one group at most; write (?:…) for the others")
    for probe in _PROBES:
        _in_time(compiled, lambda probe=probe: deque(compiled.finditer(probe, timeout=_SECONDS), 0))
    return compiled


def _in_time(compiled: Any, search: Callable[[], Any]) -> Any:
    try:
        return search()
    except TimeoutError:
        raise SpecError(
            "pattern",
            compiled.pattern,
            "one that is done with a response within a second (a repeat within a repeat, as in (a+)+, is "
            "what takes long)",
        ) from None
