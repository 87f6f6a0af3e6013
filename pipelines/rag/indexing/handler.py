"""The retrieval worker's work on what is in a collection: documents in, and documents out.

Everything is written down as it is done, so that the generators here can be closed, or the process killed, at
any moment: the next request goes on.
"""

import logging
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from pipelines.core.disk import free_bytes, full_message, is_full
from pipelines.core.errors import GlassworksError
from pipelines.rag.indexing.dropping import dropped, left_over_dropped
from pipelines.rag.indexing.items import Items
from pipelines.rag.indexing.publishing import Pace, published
from pipelines.rag.indexing.readings import Readings
from pipelines.rag.indexing.removing import removed
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.indexing.staging import staged
from pipelines.rag.indexing.vectors import embedded
from pipelines.rag.indexing.work import EndedError, Work
from pipelines.rag.places import incoming_file, remove_file
from pipelines.rag.records import Item, ItemStage, State
from pipelines.rag.requests import IndexRequest, RemoveRequest

_ATTEMPTS = 3

_log = logging.getLogger(__name__)


def index(request: IndexRequest, library: Any) -> Iterator[Any]:
    """Work on an addition to its end; yields Indexed some times a second. A document that fails does so
    alone, with its message in the database; raises GlassworksError for what all of them would fail by."""
    items = Items(library.store.database, request.addition)
    if not items.begin():
        return
    addition = library.store.addition(request.addition)
    collection = library.store.collection(addition.collection)
    readings = Readings(library.settings)
    work = Work(library, collection, items, Revisions(library.store.database), readings)
    try:
        yield work.tell("opening", now=True)
        yield from library.ready(collection.spec.embedder)
        yield from left_over_dropped(library, collection.id)
        yield from _documents(work)
    except EndedError:
        yield from _cancelled(work)
    except Exception as error:
        if not is_full(error):
            raise
        _log.exception("the disk is full")
        yield from _filled(work)
    finally:
        readings.close()


def remove(request: RemoveRequest, library: Any) -> Iterator[Any]:
    """Take away what is marked as deleted; yields Removed at the end."""
    yield from removed(request.collection, library)


def _documents(work: Work) -> Iterator[Any]:
    """One after the other; published at the end, and now and then before."""
    ready: list[Item] = []
    pace = Pace()
    rest = work.items.rest()
    for item, work.following in zip_longest(rest, rest[1:]):
        if done := (yield from _document(work, item)):
            ready.append(done)
        if ready and pace.is_due():
            yield from _published(work, ready, pace)
            ready = []
    if ready or work.revisions.is_behind(work.collection.id):
        yield from _published(work, ready, pace)
    work.items.end()


def _document(work: Work, item: Item) -> Iterator[Any]:
    """The item when it can be published; None when it is over, badly or since there was nothing to do."""
    if item.stage is ItemStage.EMBEDDED:
        return item
    taken = work.item = work.items.take(item)
    if taken is None:
        yield from _given_up(work, item)
        return None
    try:
        yield from _made(work, taken)
        return taken
    except EndedError:
        if not work.items.is_wanted():
            raise
        yield from _given_up(work, taken)  # the document was deleted meanwhile
    except Exception as error:
        if is_full(error):
            raise
        yield from _given_up(work, taken)
        work.items.end_item(taken, State.FAILED, _why(taken, error))
    finally:
        work.item = None
    return None


def _made(work: Work, item: Item) -> Iterator[Any]:
    if item.attempts > _ATTEMPTS:
        raise GlassworksError(
            f"{item.name}: the worker ended {_ATTEMPTS} times while it was at this document: it is left out."
        )
    if item.stage is ItemStage.KEPT:
        yield from staged(work, item)
    yield from embedded(work, item)


def _published(work: Work, ready: list[Item], pace: Pace) -> Iterator[Any]:
    yield work.tell("indexing words", now=True)
    with pace.measured():
        yield from published(work.library, work.collection.id, ready)
    yield work.tell("indexing words", now=True)


def _given_up(work: Work, item: Item) -> Iterator[Any]:
    """Nothing of it stays but an earlier revision."""
    remove_file(incoming_file(work.library.settings, item.collection, item.id))
    if item.revision:
        yield from dropped(work.library, item.collection, item.document, item.revision)


def _cancelled(work: Work) -> Iterator[Any]:
    """Documents that are done stay, those that are not go. With a deleted collection all goes elsewhere."""
    if not work.items.begin():
        return
    rest = work.items.rest()
    ready = [item for item in rest if item.stage is ItemStage.EMBEDDED]
    for item in rest:
        if item not in ready:
            yield from _given_up(work, item)
            work.items.end_item(item, State.CANCELLED)
    if ready or work.revisions.is_behind(work.collection.id):
        yield from published(work.library, work.collection.id, ready)
    work.items.end(State.CANCELLED, "Cancelled. Documents that were done stay.")


def _filled(work: Work) -> Iterator[Any]:
    """What is given up makes room for the last word."""
    rest = work.items.rest()
    for item in rest:
        yield from _given_up(work, item)
    home = work.library.settings.home
    message = full_message("the index of these documents", free_bytes(home), "then add them again.")
    work.items.end(State.FAILED, message)


def _why(item: Item, error: Exception) -> str:
    if isinstance(error, GlassworksError):
        return str(error)
    _log.error("%s could not be indexed", item.name, exc_info=error)
    if isinstance(error, MemoryError):
        return f"{item.name}: there is not enough memory to index it; split it."
    return f"{item.name}: it could not be indexed; the retrieval worker's log says why."
