"""Named endpoints for collections of documents: add, list, share, delete. Their docstrings are the API's
documentation.

Nothing is computed here: each function validates, calls one service and returns plain JSON.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.api.uploaded import uploaded
from app.errors import shown
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.rag.records import Collection, StoredDocument
from pipelines.rag.specs import CollectionSpec

_MAX_FILES = 1_000
_WAIT_SECONDS = 20.0  # that a deletion is waited for


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    for name, function in {**_changing(services), **_reading(services)}.items():
        gr.api(shown(function), api_name=name, queue=name in ("rag_add", "rag_delete"))


def _changing(services: Services) -> dict[str, Any]:
    rag = services.rag

    def rag_add(
        request: gr.Request,
        collection: str,
        files: list[dict] | None = None,
        text: str = "",
        name: str = "",
        settings: str = "{}",
    ) -> str:
        """Have documents read, cut and indexed, and return the job's id: /job tells how far it is,
        /control_job with "cancel" ends it. The same file again costs nothing; other content under the same
        name replaces the document once it is ready, and only chunks that changed are embedded. A document
        that cannot be read fails alone, and the job's message says why.

        Parameters:
            collection: the id or name of one of your collections; a name that is new makes one.
            files: uploaded files, each handle_file(path) in Python: PDF, DOCX, Markdown, HTML, TXT, CSV,
                TSV, JSON, JSONL and source code. They are taken by their names.
            text: a text, beside the files or in their place.
            name: what the text is called; its end says how it is read, such as notes.md; .txt without one.
            settings: of a new collection, as a JSON object: "embedder" (a sentence-transformers model),
                "language" (whose word endings BM25 leaves off), and "chunking": {"method": "fixed",
                "sentences", "recursive", "headings" or "semantic", "chunk_size", "chunk_overlap" (tokens of
                the embedder), "percentile"}.
        Returns:
            The job's id.
        """
        received = _files(files)
        if not received and not text:
            raise SpecError("files", "nothing", "at least one file, or a text")
        owner = services.identity.visitor(request).id
        found = _own_or_new(services, collection, spec_object(settings), request)
        if text:
            return rag.add_text(found.id, text, name, owner, received).id
        return rag.add_files(found.id, received, owner).id

    def rag_delete(request: gr.Request, collection: str, document: str = "") -> dict[str, Any]:
        """Delete one of your collections, or one document of it: out of every list and search at once, then
        its rows, vectors, texts and word index, and the disk has the room back.

        Parameters:
            collection: its id or name.
            document: the document's id or name; empty for the whole collection, with its chats, question
                sets and measurements.
        Returns:
            {"deleted": the id of what is gone, "done": false where taking it off the disk goes on}.
        """
        owner = services.identity.visitor(request).id
        found = rag.own(collection, owner)
        if document:
            gone = rag.document(found.id, document, owner).id
            return {"deleted": gone, "done": rag.delete_document(found.id, gone, owner, _WAIT_SECONDS)}
        return {"deleted": found.id, "done": rag.delete(found.id, owner, _WAIT_SECONDS)}

    def rag_share(request: gr.Request, collection: str, shared: bool = True) -> dict[str, Any]:
        """Let everyone who knows its id read and search one of your collections, or no longer. Only you can
        change it.

        Parameters:
            collection: its id or name.
            shared: true or false.
        Returns:
            The collection, as /rag_collections lists it.
        """
        if not isinstance(shared, bool):
            raise SpecError("shared", shared, "true or false")
        return collection_row(rag.share(collection, shared, services.identity.visitor(request).id))

    return {"rag_add": rag_add, "rag_delete": rag_delete, "rag_share": rag_share}


def _reading(services: Services) -> dict[str, Any]:
    rag = services.rag

    def rag_collections(request: gr.Request) -> list[dict[str, Any]]:
        """Your collections of documents, then the one that comes with the app: id, name, documents and chunks
        that can be searched, shared, own (whether you may change it), embedder, language, chunking, version
        (grows with every change) and times (seconds since 1970)."""
        owner = services.identity.visitor(request).id
        return [collection_row(one) for one in rag.collections(owner)]

    def rag_documents(request: gr.Request, collection: str = "lessons") -> list[dict[str, Any]]:
        """The documents of a collection.

        Parameters:
            collection: the id or name of one of yours, the id of one that is shared, or "lessons".
        Returns:
            For each: id, name, title, kind, bytes, characters, pages, chunks (that can be searched), state
            ("queued", "running", "succeeded" or "failed"), message, notes and times (seconds since 1970).
        """
        owner = services.identity.visitor(request).id
        return [document_row(one) for one in rag.documents(collection, owner)]

    return {"rag_collections": rag_collections, "rag_documents": rag_documents}


def collection_row(one: Collection) -> dict[str, Any]:
    spec = one.spec.to_dict()
    counts = {"documents": one.documents, "chunks": one.chunks, "shared": one.shared, "own": bool(one.owner)}
    return {
        "id": one.id,
        **spec,
        **counts,
        "version": one.version,
        "created": one.created,
        "updated": one.updated,
    }


def document_row(one: StoredDocument) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "title",
        "kind",
        "bytes",
        "characters",
        "pages",
        "chunks",
        "message",
        "created",
        "updated",
    )
    return {name: getattr(one, name) for name in names} | {"state": one.state.value, "notes": list(one.notes)}


def _own_or_new(
    services: Services, collection: Any, settings: dict[str, Any], request: gr.Request
) -> Collection:
    visitor = services.identity.visitor(request)
    try:
        return services.rag.own(collection, visitor.id)
    except NotFoundError:
        spec = CollectionSpec.from_dict({**settings, "name": collection})
    return services.rag.create(spec, visitor.id, visitor.is_owner)


def _files(files: Any) -> Sequence[tuple[Path, str]]:
    listed = [] if files is None else files
    if not isinstance(listed, list) or len(listed) > _MAX_FILES:
        raise SpecError("files", type(files).__name__, f"a list of at most {_MAX_FILES:,} uploaded files")
    paths = [(uploaded(file), file) for file in listed]
    return [(path, str(file.get("orig_name") or path.name)) for path, file in paths]
