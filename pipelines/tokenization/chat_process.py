"""Starts the process that renders a chat template, and takes what it says for data. Standard library only."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY

_SECONDS = 30  # by the clock, for a machine that is busy; the CPU limit of the process itself is far lower
_PASSED_ON = ("PATH", "HOME", "TZ", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")  # no tokens, no secrets


class ChatTemplateError(GlassworksError):
    """The chat template cannot be rendered with this conversation; the message says why."""


@dataclass(frozen=True)
class Rendered:
    """``text`` and its ``generated`` parts (start, end); the rendering of the ``marked`` messages and those
    of the ``asides``; for each prefix ``measured`` (length, characters in common with the beginning of
    ``text``). None: the template refused."""

    text: str
    generated: tuple[tuple[int, int], ...]
    marked: str | None
    measured: tuple[tuple[int, int] | None, ...]
    asides: tuple[str | None, ...] = ()


def render(
    template: str,
    values: dict[str, Any],
    cut: str | None = None,
    marked: list[dict[str, Any]] | None = None,
    prefixes: Sequence[tuple[int, bool]] = (),
    asides: Sequence[list[dict[str, Any]]] = (),
) -> Rendered:
    """Render ``template`` with ``values``; ``cut`` is a mark in the last message at which to end.

    For comparison, render ``marked`` in place of the messages, each of ``prefixes`` (number of first
    messages, whether with the generation prompt) and each of ``asides`` (messages, without that prompt).
    Raises :class:`ChatTemplateError` for a template that is wrong, refuses, or passes its limits.
    """
    request = {"template": template, "values": values, "cut": cut, "marked": marked}
    request |= {"prefixes": prefixes, "asides": asides}
    said = _asked(json.dumps(request).encode())
    if "error" in said:
        raise ChatTemplateError(said["error"])
    measured = tuple(None if pair is None else tuple(pair) for pair in said["measured"])
    generated = tuple(map(tuple, said["generated"]))
    return Rendered(said["text"], generated, said["marked"], measured, tuple(said.get("asides", ())))


def _asked(request: bytes) -> dict[str, Any]:
    bare = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    command = [sys.executable, "-m", "pipelines.tokenization.chat_worker"]
    try:
        done = subprocess.run(
            command, input=request, cwd=REPOSITORY, env=bare, capture_output=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ChatTemplateError("The chat template takes too long to render.") from None
    if done.returncode < 0:  # ended by a signal: the limit on its CPU time
        raise ChatTemplateError("The chat template takes too long to render, or too much memory.")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise ChatTemplateError("The chat template could not be rendered.") from None
