"""Questions about the calendar: days ahead and back, the days between, weekdays, months and years.

The worked solutions walk from month to month, as one does with a calendar; the answers are the standard
library's.
"""

import random
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn

KIND = Kind("dates", "Date arithmetic", "Count days and months over the ends of months and years.")
BETWEEN_KIND = Kind("days_between", "Days between dates", "Count the days from one date to another.")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAY_KIND = Kind(
    "weekdays", "Days of the week", "Which day of the week it is some days later.", labels=WEEKDAYS
)
_FIRST, _LAST = date(1950, 1, 1).toordinal(), date(2049, 12, 31).toordinal()
_FORM = "Answer as MM/DD/YYYY."
_SAFE_DAY = 28  # every month has it


def items(seed: int) -> Iterator[Item]:
    """As many of each kind of question as of every other; every answer is a date."""
    return drawn(KIND.name, seed, lambda rng, write: write(rng), (_ahead, _back, _named, _months))


def between_items(seed: int) -> Iterator[Item]:
    return drawn(BETWEEN_KIND.name, seed, lambda rng, _: _between(rng), (None,))


def weekday_items(seed: int) -> Iterator[Item]:
    """Each day of the week is the answer equally often."""
    return drawn(WEEKDAY_KIND.name, seed, _weekday, range(len(WEEKDAYS)))


def told(day: date) -> str:
    """``March 3, 2021``, whatever the machine's language."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _item(kind: str, question: str, answer: str | date, steps: str) -> Item:
    text = f"{answer:%m/%d}/{answer.year:04d}" if isinstance(answer, date) else answer
    return Item("", question, text, rationale=concluded(steps, text), fields={"kind": kind})


def _day(rng: random.Random) -> date:
    return date.fromordinal(rng.randint(_FIRST, _LAST))


def _ahead(rng: random.Random) -> Item:
    day, days = _day(rng), rng.randint(2, 60)
    question = f"Today is {told(day)}. What is the date {days} days from today? {_FORM}"
    return _item("days ahead", question, day + timedelta(days), _walked(day, days))


def _back(rng: random.Random) -> Item:
    day, days = _day(rng), rng.randint(2, 60)
    question = f"Today is {told(day)}. What was the date {days} days ago? {_FORM}"
    return _item("days back", question, day - timedelta(days), _walked_back(day, days))


_SAID = (("Yesterday was", -1), ("Today is", 0), ("Tomorrow is", 1))
_WANTED = (("was the date yesterday", -1), ("is the date today", 0), ("will be the date tomorrow", 1))


def _named(rng: random.Random) -> Item:
    """From one of yesterday, today and tomorrow to another."""
    day, (said, at) = _day(rng), rng.choice(_SAID)
    asked, wanted = rng.choice([one for one in _WANTED if one[1] != at])
    apart = wanted - at
    question = f"{said} {told(day)}. What {asked}? {_FORM}"
    steps = _walked(day, apart) if apart > 0 else _walked_back(day, -apart)
    return _item("yesterday and tomorrow", question, day + timedelta(apart), steps)


def _weekday(rng: random.Random, wanted: int) -> Item:
    day, weeks = _day(rng), rng.randint(1, 8)
    rest = (wanted - day.weekday()) % 7
    days = 7 * weeks + rest
    today, found = WEEKDAYS[day.weekday()], WEEKDAYS[wanted]
    question = f"{told(day)} was a {today}. Which day of the week was it {days} days later?"
    steps = f"{days} = {weeks} x 7 + {rest}. {_many(rest)} after a {today} it is a {found}."
    return _item("weekday", question, found, steps)


def _between(rng: random.Random) -> Item:
    day, days = _day(rng), rng.randint(5, 90)
    end = day + timedelta(days)
    question = f"How many days after {told(day)} is {told(end)}? Answer with the number."
    return _item("days between", question, str(days), _counted(day, end))


def _months(rng: random.Random) -> Item:
    day, months = _day(rng).replace(day=rng.randint(1, _SAFE_DAY)), rng.randint(2, 18)
    years, month = divmod(day.month - 1 + months, 12)
    found = day.replace(year=day.year + years, month=month + 1)
    question = f"Today is {told(day)}. What is the date {months} months from today? {_FORM}"
    total = day.month + months
    steps = f"{MONTHS[day.month - 1]} is month {day.month}. {day.month} + {months} = {total}."
    if years:
        steps += f" {total} - {12 * years} = {month + 1}, {years} year{'s' * (years > 1)} later."
    return _item("months", question, found, f"{steps} It is {told(found)}.")


def _walked(day: date, days: int) -> str:
    """``28 days later it is April 1, 2021; 6 left. 6 days later it is April 7, 2021.``"""
    steps = []
    while days:
        far = min(days, monthrange(day.year, day.month)[1] - day.day + 1)  # to the first of the next month
        day, days = day + timedelta(far), days - far
        steps.append(_step(far, "later", day, days))
    return " ".join(steps)


def _walked_back(day: date, days: int) -> str:
    """To the last of each month before."""
    steps = []
    while days:
        far = min(days, day.day)
        day, days = day - timedelta(far), days - far
        steps.append(_step(far, "earlier", day, days))
    return " ".join(steps)


def _step(far: int, way: str, day: date, left: int) -> str:
    return f"{_many(far)} {way} it is {told(day)}{f'; {left} left' if left else ''}."


def _counted(day: date, end: date) -> str:
    """``To March 31, 2021: 28. To April 20, 2021: 20. 28 + 20 = 48.``"""
    stops = [day, *_month_ends(day, end), end]
    parts = [(b - a).days for a, b in pairwise(stops)]
    steps = " ".join(f"To {told(stop)}: {days}." for stop, days in zip(stops[1:], parts, strict=True))
    return steps + f" {' + '.join(map(str, parts))} = {sum(parts)}." * (len(parts) > 1)


def _month_ends(day: date, end: date) -> Iterator[date]:
    """Those after ``day`` and before ``end``."""
    while (last := day.replace(day=monthrange(day.year, day.month)[1])) < end:
        if last > day:
            yield last
        day = last + timedelta(1)


def _many(days: int) -> str:
    return f"{days} day{'s' * (days != 1)}"
