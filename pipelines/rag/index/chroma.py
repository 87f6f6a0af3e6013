"""Chroma's collections, one for each of ours, which hold ids and vectors alone.

Traps of chromadb 1.5.9 that are met here: vectors are always given, and ``embedding_function=None``
everywhere, else it would download a model; the measure is set when a collection is made; batches are no
larger than the client says; only one process may open a folder, with one client.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings

SPARE = ".new"  # ends the name of a collection that is built to take another's place
_PREFIX = "gw-"
COSINE = {"hnsw": {"space": "cosine"}}
_BATCH = 1000
_PORT = 8000
_UNREACHED = (
    "The vector database cannot be reached just now; its address is GLASSWORKS_CHROMA_URL. Try again."
)


class Chroma:
    """A folder of this process alone (``home/chroma``), or a server (``settings.chroma_url``). Opened when it
    is first asked for something: the library takes a while to import."""

    def __init__(self, settings: Settings):
        self._url = settings.chroma_url
        self.folder = None if self._url else settings.home.resolve() / "chroma"
        self._known: dict[str, Any] = {}

    @cached_property
    def client(self) -> Any:
        import chromadb

        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(path=str(self.folder), settings=settings_of())
        host, port, ssl = address(self._url)
        return chromadb.HttpClient(host=host, port=port, ssl=ssl, settings=settings_of())

    @cached_property
    def batch(self) -> int:
        """Vectors that are written at once, at the most."""
        with _reached():
            return min(_BATCH, self.client.get_max_batch_size())

    def call(self, name: str, do: Callable[[Any], Any], otherwise: Any = None, make: bool = False) -> Any:
        """``do(collection)``; ``otherwise`` where there is none and none is to be made."""
        from chromadb.errors import NotFoundError

        with _reached():
            while True:
                known = name in self._known
                try:
                    return do(self._found(name, make))
                except NotFoundError:
                    self._known.pop(name, None)
                    if not known:
                        return otherwise  # else it was made anew elsewhere: once more, by its name

    def names(self) -> list[str]:
        """Of all our collections."""
        with _reached():
            found = [one.name for one in self.client.list_collections()]
        return [name.removeprefix(_PREFIX) for name in found if name.startswith(_PREFIX)]

    def drop(self, name: str) -> None:
        """Nothing where there is none."""
        from chromadb.errors import NotFoundError

        self._known.pop(name, None)
        with _reached():
            try:
                self.client.delete_collection(_PREFIX + name)
            except NotFoundError:
                return

    def replace(self, name: str) -> None:
        """Its spare takes its place. Killed in between, it does so when the name is next asked for."""
        self.drop(name)
        self._revive(name)

    def _found(self, name: str, make: bool) -> Any:
        from chromadb.errors import NotFoundError

        if name not in self._known:
            wanted = {"name": _PREFIX + name, "embedding_function": None}
            try:
                self._known[name] = self.client.get_collection(**wanted)
            except NotFoundError:
                if not name.endswith(SPARE) and self._revive(name):
                    return self._found(name, make)
                if not make:
                    raise
                self._known[name] = self.client.get_or_create_collection(**wanted, configuration=COSINE)
        return self._known[name]

    def _revive(self, name: str) -> bool:
        """Whether there was a spare, which bears the name now."""
        self._known.pop(name + SPARE, None)
        renamed = self.call(name + SPARE, lambda spare: spare.modify(name=_PREFIX + name) or True, False)
        self._known.pop(name + SPARE, None)
        return renamed


def settings_of() -> Any:
    """Chroma's own: nothing is reported to anyone."""
    from chromadb.config import Settings as ChromaSettings

    return ChromaSettings(anonymized_telemetry=False)


def address(url: str) -> tuple[str, int, bool]:
    """(host, port, whether by TLS). Raises :class:`SpecError`.

    >>> address("http://chroma:8001"), address("https://vectors.example.org")
    (('chroma', 8001, False), ('vectors.example.org', 443, True))
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SpecError("GLASSWORKS_CHROMA_URL", url, "the address of a chroma server, http://host:port")
    ssl = parts.scheme == "https"
    return parts.hostname, port or (443 if ssl else _PORT), ssl


@contextmanager
def _reached() -> Iterator[None]:
    """A server that does not answer is an error that says so."""
    import httpx

    try:
        yield
    except httpx.HTTPError as error:
        raise GlassworksError(_UNREACHED) from error
    except ValueError as error:
        if "connect to a Chroma server" not in str(error):
            raise
        raise GlassworksError(_UNREACHED) from error
