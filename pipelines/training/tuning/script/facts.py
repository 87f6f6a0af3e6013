"""What a script says of a run beside its spec, and the form of its parts. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """Where a model's files are to be had: ``default`` is what ``from_pretrained`` takes, ``words`` say what
    it stands for."""

    default: str
    words: str


@dataclass(frozen=True)
class Facts:
    """``base`` is where the full weights are, ``adapters`` what is merged into them first, the lowest first,
    ``start`` the adapter that is trained on. ``template`` is the chat template's source, empty where there is
    none. ``model_type`` is transformers' word for the architecture. Of a run that has begun: its ``steps``,
    the ``tokens`` that it reads in them, the ``precision`` that *auto* became, and the step at which a
    visitor ``ended`` it early; else 0 and empty. ``versions`` are those of the libraries."""

    base: Source
    versions: Mapping[str, str]
    adapters: tuple[Source, ...] = ()
    start: Source | None = None
    template: str = ""
    model_type: str = ""
    steps: int = 0
    tokens: int = 0
    precision: str = ""
    ended: int = 0
    job_id: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of the script and what it needs: ``imports`` are ``module``, ``module as name`` or
    ``module:name``; ``packages`` the names under which pip knows what is needed beside torch and
    transformers."""

    code: str
    imports: frozenset[str] = field(default_factory=frozenset)
    packages: frozenset[str] = field(default_factory=frozenset)


def part(code: str, imports: str = "", packages: str = "") -> Part:
    """``imports`` and ``packages`` are lists with commas."""
    return Part(code.strip("\n"), _names(imports), _names(packages))


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
