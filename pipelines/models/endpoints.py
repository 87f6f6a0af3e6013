"""OpenAI-compatible servers (vLLM, TGI, llama.cpp, Ollama, a provider), as the owner names them in
``GLASSWORKS_ENDPOINTS``. Opens no connection, and holds no key: only the name of the variable that does.

    GLASSWORKS_ENDPOINTS='{"ollama": {"url": "http://127.0.0.1:11434/v1", "model": "llama3.2"}}'
"""

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.models.names import ModelName, Source, parse

SETTING = "GLASSWORKS_ENDPOINTS"
BEGUN = ("message", "vllm", "instruction")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_PARALLEL, _MOST_SECONDS = 64, 3600
_ACCEPTED = (
    'a JSON object such as {"local": {"url": "http://127.0.0.1:8000/v1", "model": "name", '
    '"key_env": "LOCAL_KEY"}}'
)


@dataclass(frozen=True)
class Endpoint:
    """``url`` is that of the API, mostly ending in ``/v1``; ``model`` what the server calls the model;
    ``key_env`` the environment variable with the key, empty for none. ``context`` is in tokens, 0 where it is
    not known; ``timeout`` in seconds; ``parallel`` is how many requests may be under way.

    ``begun`` says how the server goes on with an answer that has begun: from a trailing assistant ``message``
    (llama.cpp, Ollama and others), the same with the fields that ``vllm`` wants, or not at all: it is then
    asked to by an ``instruction``. Raises :class:`SpecError`, which quotes no value: one may be a key."""

    name: str
    url: str
    model: str
    key_env: str = ""
    context: int = 0
    timeout: float = 120.0
    parallel: int = 4
    begun: str = "message"

    def __post_init__(self) -> None:
        for field, good, accepted in (
            ("url", _is_url(self.url), "http:// or https:// and a host, with no name or password in it"),
            (
                "model",
                isinstance(self.model, str) and bool(self.model.strip()),
                "the server's own name of it",
            ),
            (
                "key_env",
                _is_variable(self.key_env),
                "the name of an environment variable, not the key itself",
            ),
            ("context", _is_number(self.context, 0, 1e8), "a number of tokens, 0 where it is not known"),
            ("timeout", _is_number(self.timeout, 1, _MOST_SECONDS), f"1 to {_MOST_SECONDS} seconds"),
            ("parallel", _is_number(self.parallel, 1, _MOST_PARALLEL), f"1 to {_MOST_PARALLEL}"),
            ("begun", self.begun in BEGUN, " or ".join(BEGUN)),
        ):
            if not good:
                raise _refused(f"{self.name}.{field}", accepted)

    @property
    def full_name(self) -> str:
        """As models are called: ``endpoint:<name>``."""
        return str(ModelName(Source.ENDPOINT, self.name))

    def key(self) -> str:
        """From the environment, empty where none is needed. Raises :class:`GlassworksError` where the
        variable is not set."""
        found = os.environ.get(self.key_env, "").strip() if self.key_env else ""
        if self.key_env and not found:
            raise GlassworksError(
                f"The key of {self.full_name} is to be in the environment variable {self.key_env}, which is "
                "not set where Glassworks runs."
            )
        return found


def endpoints(settings: Settings) -> list[Endpoint]:
    """By name. Raises :class:`SpecError` naming ``GLASSWORKS_ENDPOINTS`` for what cannot be read."""
    if not settings.endpoints.strip():
        return []
    try:
        told = json.loads(settings.endpoints)
    except ValueError:
        raise _refused("", _ACCEPTED) from None
    if not isinstance(told, dict):
        raise _refused("", _ACCEPTED)
    return [_endpoint(name, values) for name, values in sorted(told.items())]


def endpoint(settings: Settings, name: str) -> Endpoint:
    """Of a model's name ``endpoint:<name>``; raises :class:`NotFoundError` where none is called so."""
    parsed, known = parse(name), endpoints(settings)
    for one in known:
        if parsed.source is Source.ENDPOINT and one.name == parsed.rest:
            return one
    there = ", ".join(one.full_name for one in known) or f"none is; the owner names them in {SETTING}"
    raise NotFoundError(f"There is no endpoint {name!r}; configured: {there}.")


def _endpoint(name: str, values: Any) -> Endpoint:
    try:
        parse(f"{Source.ENDPOINT}:{name}")
    except SpecError:
        raise _refused("", "names of letters, digits, '.', '_' and '-'") from None
    fields = [field.name for field in dataclasses.fields(Endpoint) if field.name != "name"]
    if (
        not isinstance(values, dict)
        or not {"url", "model"} <= values.keys()
        or not values.keys() <= set(fields)
    ):
        raise _refused(name, f"an object with url, model and perhaps {', '.join(fields[2:])}")
    return Endpoint(name, **values)


def _refused(place: str, accepted: str) -> SpecError:
    what = f"for {place} {accepted}" if place else accepted
    return SpecError(SETTING, "something else", what)


def _is_url(url: object) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        return bool(
            parts and parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _is_variable(name: object) -> bool:
    """Empty is none."""
    return isinstance(name, str) and (not name or _VARIABLE.fullmatch(name) is not None)


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
