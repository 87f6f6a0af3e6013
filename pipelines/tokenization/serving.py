"""An engine with tokenizers and handlers: what the tokenizer worker runs. Imports no torch."""

from collections.abc import Callable
from typing import Any

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.runtime.cache import ModelCache, ModelSource, Use
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Held
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization.load import Locator, read_folder_or_file
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.folder import FILES

_MAX_BYTES = 3 << 30
_IN_MEMORY = 60  # bytes in memory for each byte of a tokenizer's file, tables included; at most, roughly


class TokenizerCache:
    """As :class:`~pipelines.runtime.cache.ModelCache`, but a tokenizer of the owner's disk is read again when
    its files have changed."""

    def __init__(self, settings: Settings, changed: Callable[[tuple[str, ...]], None]):
        self._locator = Locator(settings, Catalogue(settings))
        self._cache = ModelCache(ModelSource(self._size, self._load), _MAX_BYTES, changed)

    def use(self, name: str) -> Use:
        return self._cache.use(f"{name}\n{self._locator.stamp(name)}")

    def unload(self, name: str = "") -> None:
        for key in self._cache.held():
            if not name or _name(key) == name:
                self._cache.unload(key)

    def _size(self, key: str) -> int:
        place = self._locator.locate(_name(key))
        files = [place] if place.is_file() else [place / file for file in FILES]
        return _IN_MEMORY * max((file.stat().st_size for file in files if file.is_file()), default=0)

    def _load(self, key: str) -> LoadedTokenizer:
        name = _name(key)
        return read_folder_or_file(name, self._locator.locate(name))


def build_engine(settings: Settings, send: Callable[[int, Any], None]) -> Engine:
    """Number 0 of ``send`` gets a Held whenever the tokenizers in memory change."""

    def changed(keys: tuple[str, ...]) -> None:
        send(0, Held(tuple(map(_name, keys))))

    return Engine(TOKENIZERS.load_handlers(), TokenizerCache(settings, changed), send)


def _name(key: str) -> str:
    return key.partition("\n")[0]
