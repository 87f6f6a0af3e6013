"""The next document is read, in a process of its own, while the one before it is embedded."""

from pipelines.core.settings import Settings
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.reading import Reading
from pipelines.rag.places import incoming_file
from pipelines.rag.records import Item, ItemStage


class Readings:
    """One ahead at the most. Close it at the end."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._ahead: Reading | None = None
        self._item = ""

    def begin(self, item: Item | None) -> None:
        """Have it read, if it is to be."""
        self.close()
        if item is not None and item.stage is ItemStage.KEPT:
            self._ahead, self._item = self._reading(item), item.id

    def of(self, item: Item) -> Reading:
        """That of the item, which the caller closes; begun now unless it was begun ahead."""
        if self._ahead is None or self._item != item.id:
            return self._reading(item)
        reading, self._ahead = self._ahead, None
        return reading

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _reading(self, item: Item) -> Reading:
        limits = Limits(bytes=self._settings.max_upload_mb * 1_000_000)
        return Reading(incoming_file(self._settings, item.collection, item.id), item.name, limits)
