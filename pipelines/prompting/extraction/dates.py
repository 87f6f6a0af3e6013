"""Dates in an answer, however they are written, as ISO dates. Standard library only."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_ISO = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_FIGURES = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
_ANY = re.compile(
    rf"(?<![\w/])(?:{_ISO}|{_FIGURES}|{_NAME}\s+{_DAY},?\s+(\d{{4}})|{_DAY}\s+(?:of\s+)?{_NAME},?\s+(\d{{4}}))"
    r"(?![\w/])",
    re.ASCII | re.I,
)
_WEEKDAY = re.compile(r"\s*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:the\s+)?", re.I)


class Dates:
    """Reads dates: 2021-05-01, 05/01/2021, May 1, 2021, 1st of May 2021. Of figures the month comes first, as
    in BIG-bench, unless ``day_first``; where only the other order is a date, it is that one."""

    def __init__(self, day_first: bool = False):
        self.day_first = day_first

    def begin(self, text: str) -> tuple[str, int] | None:
        """
        >>> Dates().begin(" Saturday, May 1st, 2021.")
        ('2021-05-01', 24)
        """
        start = _WEEKDAY.match(text).end()
        found = _ANY.match(text, start)
        day = self._day(found) if found else None
        return None if day is None else (day.isoformat(), found.end())

    def last(self, text: str) -> str | None:
        """
        >>> Dates(day_first=True).last("From 30 April 2021 one day on: 01/05/2021.")
        '2021-05-01'
        """
        days = [day for found in _ANY.finditer(text) if (day := self._day(found))]
        return days[-1].isoformat() if days else None

    def key(self, answer: str) -> str | None:
        """The ISO date, of one that this kind has read or of one as it stands in the data."""
        found = self.begin(answer.strip())
        return found[0] if found and not answer.strip()[found[1] :].strip(".") else None

    def _day(self, found: re.Match[str]) -> date | None:
        parts = found.groups()
        if parts[0]:
            return _date(*map(int, parts[:3]))
        if parts[3]:
            first, second, year = map(int, parts[3:6])
            orders = (
                ((second, first), (first, second)) if self.day_first else ((first, second), (second, first))
            )
            return _date(year, *orders[0]) or _date(year, *orders[1])
        month, day, year = parts[6:9] if parts[6] else (parts[10], parts[9], parts[11])
        return _date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
