"""By headings: a section with all below it if that fits, else its own text and its subsections, short
neighbours together, long ones cut recursively. Nothing is repeated from one section to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.rag.chunking.ground import Atom, Ground, Joins
from pipelines.rag.chunking.outline import Outline, Section
from pipelines.rag.chunking.pieces import after_space
from pipelines.rag.chunking.recursive import recursively


@dataclass(frozen=True)
class _Member:
    """A neighbour below one heading: a subsection, or (None) the text before the first of them. Its headings
    end at ``body``."""

    start: int
    end: int
    body: int
    section: Section | None = None


def heading_atoms(ground: Ground, outline: Outline) -> Iterator[Atom | None]:
    start, end = ground.whole
    return _atoms(ground, _Member(start, end, start, outline.root))


def _atoms(ground: Ground, member: _Member) -> Iterator[Atom | None]:
    yield None
    if ground.fits(member.start, member.end):
        yield Atom(member.start, member.end, Joins.FRESH)
    elif member.section and member.section.below:
        for run in _runs(ground, _members(member)):
            yield from _atoms(ground, run)
    else:
        yield from _long(ground, member)


def _long(ground: Ground, member: _Member) -> Iterator[Atom | None]:
    """Cut recursively, the heading with the first of what it stands above."""
    body = after_space(ground.text, member.body, member.end)
    if body == member.end:
        body = member.start
    for atom in recursively(ground, body, member.end, Joins.FRESH):
        if atom and atom.start == body > member.start:
            if ground.fits(member.start, atom.end):
                atom = Atom(member.start, atom.end, Joins.FRESH)
            else:
                yield Atom(member.start, body, Joins.FRESH)
                atom = Atom(body, atom.end, Joins.APART)
        yield atom


def _members(whole: _Member) -> Iterator[_Member]:
    """Of a section that has subsections. A heading without text of its own belongs to the first of them."""
    section, start = whole.section, whole.start
    if not section.bare:
        yield _Member(start, section.own_end, section.body)
        start = section.own_end
    for below in section.below:
        yield _Member(start, below.end, below.body, below)
        start = below.end


def _runs(ground: Ground, members: Iterator[_Member]) -> Iterator[_Member]:
    """Neighbours put together as far as they fit."""
    run: _Member | None = None
    for member in members:
        if run and ground.fits(run.start, member.end):
            run = _Member(run.start, member.end, run.body)
            continue
        if run:
            yield run
        run = member
    if run:
        yield run
