"""Identifiers: short, sortable by time, safe as a folder name and inside ``run/<job id>``."""

import re
import secrets
import time

OWNER_ID = "owner"  # by which the owner's things are kept, in the place of a visitor's id

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{12}")


def new_id(now: float | None = None) -> str:
    """Twelve characters: eight of time in centiseconds (sortable until the year 2318), four at random."""
    stamp = int((time.time() if now is None else now) * 100)
    head = ""
    for _ in range(8):
        stamp, digit = divmod(stamp, 32)
        head = _ALPHABET[digit] + head
    return head + "".join(secrets.choice(_ALPHABET) for _ in range(4))


def is_id(text: object) -> bool:
    """True for a string that :func:`new_id` could have made; used before any id touches a path."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
