"""Where the app runs, and what is therefore possible: at home, on a Space without or with a GPU, on ZeroGPU.

Asks no library that computes: it goes by the settings and the devices' own files.
"""

import os
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

from pipelines.core.settings import Settings
from pipelines.jobs.where import INSTEAD

_GUESTS = "Everybody may write, look inside, compare, ask documents and vote; what you add is yours alone."
_OWNERS = "Training, deleting and models of the Hub are for the owner of this Space."
_ALL_OF_IT = "To have all of it, duplicate the Space or run the app on your own machine."
_SLOW = (
    "There is no GPU: models of the house's size answer at once, one of a billion parameters takes minutes."
)
_LENT = (
    "The models that come with the app need no GPU. For larger ones it is lent a minute or two at a time, of "
    "which every account has a daily share."
)
_UNTRAINED = f"Models can be tried here, not trained, by the owner neither: to train, {INSTEAD}."
_FORGETS = "A restart forgets everything: take with you what you want to keep."
_FORGETS_MOST = "Votes and finished models outlast a restart; documents and chats do not."


@dataclass(frozen=True)
class Place:
    """``limits`` say what is not possible here and what to do instead."""

    title: str
    words: str
    limits: tuple[str, ...]


def place(settings: Settings, gpu: bool, cores: int) -> Place:
    """``gpu``: whether there is one that the settings allow; ``cores`` are those this process may use."""
    kept = settings.keep or (settings.preferences_repo and settings.models_repo)
    forgets = _FORGETS_MOST if kept else _FORGETS
    if settings.zero_gpu:
        return Place("A ZeroGPU Space", _GUESTS, (_LENT, _UNTRAINED, _OWNERS, forgets))
    if settings.on_space:
        title = "A Space with a GPU" if gpu else "A Space without a GPU"
        limits = (f"{_OWNERS} {_ALL_OF_IT}", *(() if gpu else (_SLOW,)), forgets)
        return Place(title, _GUESTS, limits)
    return _home(gpu, cores)


def _home(gpu: bool, cores: int) -> Place:
    found = "with a GPU" if gpu else f"on {cores} core{'' if cores == 1 else 's'}, without a GPU"
    words = (
        "Opened on this machine, all of it is yours. Who comes from elsewhere is a guest, with documents, "
        "jobs and votes of their own."
    )
    private = "Nothing leaves this machine unless you fetch from the Hub or push to it."
    slow = (
        "Models of ten million parameters train in minutes here; from some hundred million on it takes "
        "hours, LoRA included."
    )
    return Place(f"At home, {found}", words, (private,) if gpu else (private, slow))


def here(settings: Settings) -> Place:
    return place(settings, _has_gpu(settings.device), _cores())


def place_html(found: Place) -> str:
    limits = "".join(f"<li>{escape(one)}</li>" for one in found.limits)
    words = f"<p><b>{escape(found.title)}.</b> {escape(found.words)}</p><ul>{limits}</ul>"
    return f'<section class="gw-start-section gw-start-place"><h3>Where this runs</h3>{words}</section>'


def _has_gpu(device: str) -> bool:
    if device != "auto":
        return device.startswith(("cuda", "mps"))
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return apple or any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
