"""The visitor's chats as HTML: a menu to open, rename and delete them. Pure; titles are escaped here."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app import units

_SHOWN = 200  # as many as are kept


def chats_html(chats: Sequence[Any], now: str, names: Mapping[str, str]) -> str:
    """``now`` is the open chat's id, ``names`` are those of the collections by id."""
    current = next((one for one in chats if one.id == now), None)
    title = escape(current.title) if current else "New chat"
    rows = "".join(_row(one, one.id == now, names) for one in chats[:_SHOWN])
    listed = f"<ul>{rows}</ul>" if rows else '<p class="gw-muted">No chats yet.</p>'
    own = (
        '<form data-does="rename"><label>Title <input name="title" maxlength="80" '
        f'value="{title}" autocomplete="off"></label><button type="submit">Rename</button></form>'
        if current
        else ""
    )
    return (
        f'<div class="gw-rag-chats"><details data-menu><summary aria-label="Chats, {title} is open">'
        f"<span>{title}</span></summary>"
        f'<div class="gw-rag-menu">{own}{listed}</div></details>'
        '<button type="button" data-does="new">New chat</button></div>'
    )


def _row(chat: Any, is_now: bool, names: Mapping[str, str]) -> str:
    title = escape(chat.title)
    place = escape(names.get(chat.collection, "another collection"))
    current = ' aria-current="true"' if is_now else ""
    return (
        f'<li{current}><button type="button" data-does="open" data-chat="{escape(chat.id)}">{title}'
        f"<small>{place} · {units.moment(chat.updated)}</small></button>"
        f'<button type="button" class="gw-rag-delete" data-does="delete" data-chat="{escape(chat.id)}" '
        f'data-sure="Delete this chat?" aria-label="Delete the chat {title}">Delete</button></li>'
    )
