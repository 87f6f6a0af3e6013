"""The README as the Hub reads it: its fields, the Python it asks for, and what it shows."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.space.gather import README
from pipelines.space.tree import Tree

_COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_MOST_MINUTES = 43_200  # 30 days
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def front_matter(tree: Tree) -> Iterator[str]:
    """Fields that the Hub refuses, or without which the page or its sign-in fails."""
    if not tree.front:
        yield f"{README} must begin with the Space's fields in YAML between two lines of ---."
        return
    for field, (fits, accepted) in _accepted(tree).items():
        value = tree.front.get(field)
        if value is None:
            yield f"{README} lacks the field {field}: {accepted}."
        elif not fits(value):
            yield f"{README}: {field} accepts {accepted}; got {value!r}."


def python(tree: Tree) -> Iterator[str]:
    """The version that the Space installs is one that the app and the hardware run."""
    got = str(tree.front.get("python_version", ""))
    if ".".join(got.split(".")[:2]) not in tree.target.pythons:
        names = " or ".join(tree.target.pythons)
        yield f"{README}: python_version accepts {names} for {tree.target.name}; got {got or 'none'}."


def links(tree: Tree) -> Iterator[str]:
    """Pictures and pages that the README shows or names are uploaded with it."""
    for place in dict.fromkeys(_LINK.findall(tree.text(README))):
        if not (tree.root / place).exists():
            yield f"{README} links to {place}, which is not in the tree."


def _accepted(tree: Tree) -> dict[str, tuple[Callable[[Any], bool], str]]:
    """Field → what its value must fulfil, and the same in words."""
    colour = (lambda value: value in _COLOURS, f"one of {', '.join(_COLOURS)}")
    hardware = tree.target.hardware
    return {
        "title": (_text(60), "text of at most 60 characters"),
        "emoji": (lambda v: isinstance(v, str) and 0 < len(v) < 8 and not v.isascii(), "one emoji"),
        "colorFrom": colour,
        "colorTo": colour,
        "sdk": (lambda value: value == "gradio", "gradio"),
        "sdk_version": (_like(r"\d+\.\d+\.\d+"), "a whole version, such as 6.31.0"),
        "app_file": (lambda value: str(value) in tree.files, "a file of the tree"),
        "short_description": (_text(60), "text of at most 60 characters"),
        "suggested_hardware": (
            lambda v: v in hardware,
            f"one of {', '.join(hardware)}",
        ),
        "startup_duration_timeout": (_like(r"\d+[mh]"), "a time such as 30m or 1h"),
        "hf_oauth": (lambda value: value is True, "true, so that visitors can sign in"),
        "hf_oauth_expiration_minutes": (
            lambda value: type(value) is int and 1 <= value <= _MOST_MINUTES,
            f"whole minutes, at most {_MOST_MINUTES}",
        ),
    }


def _text(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= most


def _like(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None
