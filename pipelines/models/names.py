"""The one naming scheme of models: a string in, its parts out. Knows nothing about which models exist.

==================  ==============================================================
``house/<name>``    comes with the repository
``run/<job id>``    made here by a job; ``run/<job id>@<step>`` as it stood at a step of it
``<owner>/<name>``  on the Hugging Face Hub
``path:<folder>``   a folder on the owner's own disk
``endpoint:<name>`` an OpenAI-compatible server
==================  ==============================================================
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from pipelines.core.errors import SpecError
from pipelines.core.ids import is_id

ACCEPTED = (
    "a model's name: house/<name>, run/<job id> or run/<job id>@<step>, <owner>/<name> (Hub), path:<folder> "
    "or endpoint:<name>"
)
_MAX_CHARS = 500
_STEP = re.compile(r"0|[1-9][0-9]{0,8}")
_WORD = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")


class Source(StrEnum):
    HOUSE = "house"
    RUN = "run"
    HUB = "hub"
    PATH = "path"
    ENDPOINT = "endpoint"


@dataclass(frozen=True)
class ModelName:
    """``rest`` is what follows the prefix; for the Hub it is the whole ``owner/name``, for a run its job.
    ``step`` is that of a checkpoint of a run, None for its result.

    >>> parse("run/0b4xk2m9qwer@50"), parse("openai-community/gpt2").source
    (ModelName(source=<Source.RUN: 'run'>, rest='0b4xk2m9qwer', step=50), <Source.HUB: 'hub'>)
    """

    source: Source
    rest: str
    step: int | None = None

    @property
    def local(self) -> bool:
        """It names a folder of this machine's disk: for the owner alone."""
        return self.source is Source.PATH

    def __str__(self) -> str:
        if self.source is Source.HUB:
            return self.rest
        between = ":" if self.source in (Source.PATH, Source.ENDPOINT) else "/"
        return f"{self.source}{between}{self.rest}{'' if self.step is None else f'@{self.step}'}"


def parse(name: object) -> ModelName:
    """Raises :class:`SpecError` for anything outside the scheme, such as a bare path or a ``..``."""
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_CHARS or not name.isprintable():
        raise SpecError("model", name, ACCEPTED)
    prefix, colon, rest = name.partition(":")
    if colon:
        return _prefixed(name, prefix, rest)
    owner, _, rest = name.partition("/")
    if owner == Source.HOUSE and _plain(rest):
        return ModelName(Source.HOUSE, rest)
    if owner == Source.RUN:
        return _run(name, rest)
    if owner != Source.HOUSE and _plain(owner) and _plain(rest):
        return ModelName(Source.HUB, name)
    raise SpecError("model", name, ACCEPTED)


def _prefixed(name: str, prefix: str, rest: str) -> ModelName:
    if prefix == Source.PATH and rest.strip():
        return ModelName(Source.PATH, rest)
    if prefix == Source.ENDPOINT and _plain(rest):
        return ModelName(Source.ENDPOINT, rest)
    raise SpecError("model", name, ACCEPTED)


def _run(name: str, rest: str) -> ModelName:
    job_id, at, step = rest.partition("@")
    if not is_id(job_id) or (at and not _STEP.fullmatch(step)):
        raise SpecError("model", name, ACCEPTED)
    return ModelName(Source.RUN, job_id, int(step) if at else None)


def _plain(word: str) -> bool:
    """One path segment that cannot climb: no slash, no ``..``, no ``--`` (the Hub forbids both too)."""
    return _WORD.fullmatch(word) is not None and ".." not in word and "--" not in word
