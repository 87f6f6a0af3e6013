"""A collection as HTML: what it is, its documents, and how far the adding of new ones is. Pure; names and
messages are escaped here.
"""

import json
from collections.abc import Sequence
from html import escape

from app import units
from app.tokenizer.chips import count_of
from pipelines.rag.records import Addition, Collection, State, StoredDocument

PAGE = 40  # documents in a list
_MARKS = {State.QUEUED: "waiting", State.RUNNING: "being read", State.FAILED: "failed"}
_PHASES = {
    "": "Waiting",
    "reading": "Reading",
    "cutting": "Cutting",
    "embedding": "Embedding",
    "indexing words": "Indexing words",
}


def head_html(collection: Collection, mine: bool, link: str) -> str:
    """What is known of the collection, and what its owner may do with it. ``link`` opens it elsewhere."""
    spec, cut = collection.spec, collection.spec.chunking
    facts = f"{count_of(collection.documents, 'document')} · {count_of(collection.chunks, 'chunk')}"
    made = f"{cut.method}, {cut.chunk_size} tokens, overlap {cut.chunk_overlap}"
    made = f"{spec.embedder.rpartition('/')[2]} · {made}"
    shared = not mine and bool(collection.owner)
    whose = "<small>Shared with you: its owner alone changes it.</small>" if shared else ""
    return (
        f'<div class="gw-rag-head"><p><b>{facts}</b><small>{escape(made)}</small>{whose}</p>'
        f"{_manage_html(collection, link) if mine else ''}</div>"
    )


def _manage_html(collection: Collection, link: str) -> str:
    name = escape(collection.spec.name)
    shared = (
        '<p class="gw-rag-shared">Whoever has this link may ask it: '
        f'<code>{escape(collection.id)}</code></p><div class="gw-rag-buttons">'
        f'<button type="button" data-copy-link="{escape(link)}">Copy link</button>'
        '<button type="button" data-does="share" data-on="">Stop sharing</button></div>'
        if collection.shared
        else '<div class="gw-rag-buttons"><button type="button" data-does="share" data-on="1" '
        'data-sure="Whoever has the link may then search and ask it, and read its passages. Share it?" '
        'data-yes="Share">Share by link</button></div>'
    )
    return (
        '<details data-key="manage"><summary>Rename, share, delete</summary><div class="gw-rag-manage">'
        f'<form data-does="rename"><label>Name <input name="name" value="{name}" maxlength="80" '
        f'autocomplete="off"></label><button type="submit">Rename</button></form>{shared}'
        '<div class="gw-rag-buttons"><button type="button" class="gw-rag-delete" data-does="delete" '
        f'data-sure="Delete “{name}” with its {count_of(collection.documents, "document")} and its chats? '
        f'There is no way back.">Delete the collection</button></div></div></details>'
    )


def documents_html(documents: Sequence[StoredDocument], mine: bool, page: int = 0) -> str:
    """One page of the list; ``mine``: they may be deleted."""
    if not documents:
        return '<p class="gw-muted gw-rag-none">No documents yet.</p>'
    pages = -(-len(documents) // PAGE)
    page = min(max(page, 0), pages - 1)
    rows = "".join(_row(one, mine) for one in documents[page * PAGE : (page + 1) * PAGE])
    return f'<ul class="gw-rag-documents">{rows}</ul>{_pager(page, pages) if pages > 1 else ""}'


def _row(document: StoredDocument, mine: bool) -> str:
    name = escape(document.name)
    pages = count_of(document.pages, "page") if document.pages else ""
    facts = [document.kind, pages, units.size(document.bytes)]
    facts += [count_of(document.chunks, "chunk")] if document.chunks else []
    mark = _MARKS.get(document.state, "")
    state = f'<b class="gw-rag-state" data-state="{document.state}">{mark}</b>' if mark else ""
    said = document.message if document.state is State.FAILED else " ".join(document.notes)
    link = json.dumps({"collection": document.collection, "document": document.id, "position": 0})
    opened = (
        f'<button type="button" data-source="{escape(link)}" title="Read it">{name}</button>'
        if document.chunks
        else f"<span>{name}</span>"
    )
    delete = (
        '<button type="button" class="gw-rag-delete" data-does="delete" '
        f'data-document="{escape(document.id)}" data-sure="Delete {name}?" '
        f'aria-label="Delete {name}">Delete</button>'
        if mine
        else ""
    )
    note = f'<small class="gw-rag-said">{escape(said)}</small>' if said else ""
    told = f"<small>{escape(' · '.join(filter(None, facts)))} {state}</small>"
    return f"<li><div>{opened}{told}{note}</div>{delete}</li>"


def _pager(page: int, pages: int) -> str:
    def button(to: int, words: str) -> str:
        off = "" if 0 <= to < pages else " disabled"
        return f'<button type="button" data-does="page" data-page="{to}"{off}>{words}</button>'

    return (
        f'<div class="gw-rag-pager">{button(page - 1, "Before")}<span>{page + 1} of {pages}</span>'
        f"{button(page + 1, 'Next')}</div>"
    )


def progress_html(additions: Sequence[Addition], owner: str) -> str:
    """Those that go on, and the last one where it did not end well. ``owner`` may cancel their own."""
    live = [one for one in additions if one.live]
    newest = max(additions, key=lambda one: one.created, default=None)
    shown = live or ([newest] if newest and newest.state is State.FAILED else [])
    return "".join(_addition_html(one, one.owner == owner) for one in shown)


def _addition_html(addition: Addition, mine: bool) -> str:
    if not addition.live:
        return (
            f'<div class="gw-rag-progress" data-state="failed" role="alert">{escape(addition.message)}</div>'
        )
    share = 100 * addition.done / addition.total if addition.total else 0
    phase = "Stopping" if addition.cancelling else _PHASES.get(addition.phase, addition.phase.capitalize())
    which = f" {escape(addition.document)}" if addition.document else ""
    chunks = f"{addition.done:,} of {addition.total:,} chunks" if addition.total else "counting chunks"
    documents = (
        f" · document {min(addition.finished + 1, addition.documents)} of {addition.documents}"
        if addition.documents > 1
        else ""
    )
    cancel = (
        ""
        if addition.cancelling or not mine
        else f'<button type="button" data-does="cancel" data-addition="{escape(addition.id)}">Cancel</button>'
    )
    return (
        f'<div class="gw-rag-progress" data-state="running"><p><b>{escape(phase)}</b>{which}'
        f"<small>{chunks}{documents}</small></p>{cancel}"
        f'<div role="progressbar" aria-label="Adding documents" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share:.0f}"><i style="width:{share:.1f}%"></i></div></div>'
    )
