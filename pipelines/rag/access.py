"""Who may read and who may change a collection. Every way to one leads through here."""

from typing import Any

from pipelines.core.errors import NotAllowedError
from pipelines.core.ids import is_id
from pipelines.rag.places import LESSONS
from pipelines.rag.records import Collection
from pipelines.rag.store import RagStore, missing_collection


class Access:
    """A collection of someone else does not exist, unless it is shared and asked for by its id."""

    def __init__(self, store: RagStore):
        self._store = store

    def readable(self, name_or_id: Any, owner: str) -> Collection:
        """The owner's own by id or name; else by its id a shared one, or the one that comes with the app.
        Raises NotFoundError."""
        found = self._by_id(name_or_id)
        if found and (found.owner == owner or found.shared or found.id == LESSONS):
            return found
        named = self._store.by_name(owner, name_or_id) if owner and isinstance(name_or_id, str) else None
        if named is None:
            raise missing_collection()
        return named

    def own(self, name_or_id: Any, owner: str) -> Collection:
        """One that the owner may change. Raises NotFoundError for one that the owner cannot see,
        NotAllowedError for one that can be read only."""
        found = self.readable(name_or_id, owner)
        if found.owner != owner or found.id == LESSONS:
            raise NotAllowedError(
                "This collection can be read only: its owner alone changes it. Make one of your own."
            )
        return found

    def _by_id(self, id_: Any) -> Collection | None:
        return self._store.find(id_) if id_ == LESSONS or is_id(id_) else None
