"""Numbers and names of a search as a person reads them. Nothing here is escaped."""

from pipelines.rag.requests import Passage

_LONGEST = 34


def number(score: float) -> str:
    """Three figures or so: sums of reciprocal ranks are small, BM25 is not.

    >>> number(12.345), number(0.5), number(0.01639), number(0.0)
    ('12.3', '0.500', '0.0164', '0')
    """
    if score == 0:
        return "0"
    size = abs(score)
    digits = "1f" if size >= 10 else "2f" if size >= 1 else "3f" if size >= 0.1 else "3g"
    return f"{score:.{digits}}"


def milliseconds(seconds: float) -> str:
    """
    >>> milliseconds(0.00042), milliseconds(0.0123), milliseconds(2.5)
    ('0.4 ms', '12 ms', '2.5 s')
    """
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.1f} ms" if seconds < 0.01 else f"{1000 * seconds:.0f} ms"


def short_name(passage: Passage) -> str:
    """The document, cut in its middle so that its end is seen, and the passage's number in it."""
    name = passage.name or "Document"
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 12]}…{name[-11:]}"
    return f"{name} · {passage.position + 1}"


def place(passage: Passage) -> str:
    """What is known of where it stands."""
    known = (
        f"page {passage.page}" if passage.page else "",
        passage.heading,
        f"passage {passage.position + 1}",
    )
    return " · ".join(one for one in known if one)


def moved(change: int | None, before: str) -> tuple[str, str]:
    """A sign, and what it says.

    >>> moved(-3, "fusion"), moved(2, "fusion"), moved(0, "fusion"), moved(None, "fusion")
    (('▲3', 'up 3'), ('▼2', 'down 2'), ('=', 'as before'), ('new', 'not in the stage before'))
    """
    if not before:
        return "", ""
    if change is None:
        return "new", "not in the stage before"
    if not change:
        return "=", "as before"
    return (f"▲{-change}", f"up {-change}") if change < 0 else (f"▼{change}", f"down {change}")
