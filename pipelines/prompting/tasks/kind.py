"""What a task set is called and where it comes from, for a list. Knows no item. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """``about`` says in one line what the set tests. ``made`` sets are written here from a seed and never end
    (``count`` None); the others are read from a file or from the Hub. ``labels`` are all the answers that
    there are, where they are few. ``parts`` are the names of the tasks within, asked for as ``name/part``."""

    name: str
    title: str
    about: str
    made: bool = True
    count: int | None = None
    licence: str = "as this repository"
    source: str = "written by this repository's own program"
    labels: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
