"""Numbers as a person reads them, with their units. Knows no page and no job."""

import math
import time

_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def short(number: float | None, digits: int = 3) -> str:
    """``1234567`` → ``1.23 M``; a dash for nothing.

    >>> short(312_000), short(0.00123), short(7)
    ('312 k', '0.00123', '7')
    """
    if number is None or not math.isfinite(number):
        return "–"
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.{digits}g} {letter}"
    return f"{number:.{digits}g}"


def size(count: float | None) -> str:
    """Bytes in steps of 1000: ``1_500_000`` → ``1.5 MB``."""
    if count is None:
        return "–"
    value = float(count)
    for unit in _BYTE_UNITS:
        if abs(value) < 1000 or unit == _BYTE_UNITS[-1]:
            return f"{value:.3g} {unit}"
        value /= 1000
    return "–"


def duration(seconds: float | None) -> str:
    """``95`` → ``1 min 35 s``; ``7300`` → ``2 h 2 min``; a dash for nothing."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    days, hours, minutes, rest = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(epoch: float | None) -> str:
    """A time of day for today's moments, else the date too; in the server's zone."""
    if not epoch:
        return "–"
    then, now = time.localtime(epoch), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)
