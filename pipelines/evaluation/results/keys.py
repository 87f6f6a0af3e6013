"""What makes two results the same: digests of items, of the way they are put, and of models. Knows no store.
Standard library only, but for the catalogue, which says where a model's files lie.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.evaluation.records import Item
from pipelines.models.catalogue import Catalogue
from pipelines.models.names import Source, parse

_EDITION = 1  # raised when the same items and settings would come out otherwise than they did before
_CHARS = 16
_KEY = re.compile(rf"[0-9a-f]{{{_CHARS}}}-[0-9a-f]{{{_CHARS}}}")
_READ = (".safetensors", ".json", ".jinja", ".txt", ".model")  # what a model and its tokenizer are read from
_TOLD = "glassworks.json"  # where a model comes from changes nothing that it says


@dataclass(frozen=True)
class Way:
    """How items are put to a model, but for the items with their examples. ``judge`` is the digest of the
    model that judges, empty for none; ``reader`` keeps apart what was read of visitors' own files. ``more``
    is what else the figures depend on."""

    task: str
    version: int
    seed: int = 0
    chat: bool = False
    samples: int = 1
    judge: str = ""
    reader: str = ""
    more: tuple[tuple[str, Any], ...] = ()

    def with_model(self, digest: str) -> str:
        """The first half of a key: what one model said so is the same wherever an item stands."""
        return digest_of([_EDITION, digest, vars(self)])

    def with_items(self, digests: Iterable[str]) -> str:
        """The setup: what all models that were asked these items so have in common."""
        return digest_of([_EDITION, list(digests), vars(self)])


def key_of(way: str, digests: Iterable[str], model: str) -> str:
    """``model`` by its name: of the same weights under two names there are two results, asked once."""
    return f"{way}-{digest_of([model, *digests])}"


def is_key(text: object) -> bool:
    """Used before any key touches a path."""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def digest_of(value: Any) -> str:
    """Of what JSON can say; what it cannot is taken in words."""
    told = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:_CHARS]


def digests_of(item: Item) -> tuple[str, str]:
    """(of the row and its part, whatever its number; of those with the examples before it)."""
    row = digest_of([item.part, dict(item.fields)])
    return row, digest_of([row, digest_of_rows(item.shots)])


def digest_of_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    return digest_of([dict(row) for row in rows]) if rows else ""


def digest_of_model(name: str, catalogue: Catalogue) -> str:
    """Of all that the model is read from: weights, configuration and tokenizer, those of an adapter's base
    too. Of a server what it is called there, which is all that is known. A Hub model is fetched."""
    if parse(name).source is Source.ENDPOINT:
        server = catalogue.endpoint(name)
        return digest_of([server.url, server.model])
    return digest_of([_of_folder(place.folder) for place in catalogue.place(name).line()])


def _of_folder(folder: Path) -> list[tuple[str, str]]:
    files = (file for file in sorted(folder.iterdir()) if file.suffix in _READ and file.name != _TOLD)
    return [(file.name, _of_file(file)) for file in files]


def _of_file(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
