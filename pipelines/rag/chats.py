"""Chats as rows, each visible to its owner alone. Knows nothing of how an answer is made."""

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.core.fields import check_text
from pipelines.core.held import Held, held_rows
from pipelines.core.ids import is_id, new_id
from pipelines.rag.tables import CHATS, MESSAGES

MAX_CHATS = 200  # of one visitor
MAX_MESSAGES = 500  # of one chat
MAX_CHARS = 100_000  # of one message
MAX_DATA = 1_000_000  # characters of one message's data as JSON
MAX_TITLE = 120
ROLES = ("user", "assistant")


@dataclass(frozen=True)
class Chat:
    """Times are epoch seconds; ``collection`` is the id of the one it asks."""

    id: str
    collection: str
    title: str
    created: float
    updated: float


@dataclass(frozen=True)
class Message:
    """``position`` counts from 0; ``data`` is JSON: what an answer rests on, say."""

    position: int
    role: str
    content: str
    data: dict[str, Any]
    created: float


class ChatStore:
    """Every method takes the visitor's id; a chat of someone else does not exist."""

    def __init__(self, database: Database):
        self._database = database

    def create(self, owner: str, collection: str, title: str = "New chat") -> Chat:
        """Raises ConflictError when this visitor has as many as are kept."""
        now = time.time()
        chat = Chat(new_id(now), collection, _title(title), now, now)
        with self._database.write() as connection:
            count = select(func.count()).where(CHATS.c.owner == owner)
            if connection.execute(count).scalar_one() >= MAX_CHATS:
                raise ConflictError(f"You keep {MAX_CHATS} chats, which is the limit here: delete one.")
            connection.execute(insert(CHATS).values(owner=owner, **vars(chat)))
        return chat

    def get(self, chat: str, owner: str) -> Chat:
        """Raises NotFoundError."""
        with self._database.read() as connection:
            return _chat(_mine(connection, chat, owner))

    def messages(self, chat: str, owner: str) -> list[Message]:
        """In their order. Raises NotFoundError."""
        asked = select(MESSAGES).where(MESSAGES.c.chat == str(chat)).order_by(MESSAGES.c.position)
        with self._database.read() as connection:
            _mine(connection, chat, owner)
            return [_message(row) for row in connection.execute(asked)]

    def append(
        self, chat: str, owner: str, role: str, content: str, data: dict[str, Any] | None = None
    ) -> Message:
        """The message at the chat's end. Raises ConflictError when the chat is full."""
        if role not in ROLES:
            raise SpecError("role", role, f"one of {', '.join(ROLES)}")
        check_text("content", content, MAX_CHARS)
        content = content.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be kept
        now, text = time.time(), _json(data or {})
        with self._database.write() as connection:
            _mine(connection, chat, owner)
            last = select(func.coalesce(func.max(MESSAGES.c.position), -1)).where(MESSAGES.c.chat == chat)
            position = connection.execute(last).scalar_one() + 1
            if position >= MAX_MESSAGES:
                raise ConflictError(
                    f"This chat has {MAX_MESSAGES} messages, which is the limit: begin another."
                )
            row = {"role": role, "content": content, "data": text, "created": now}
            connection.execute(insert(MESSAGES).values(chat=chat, position=position, **row))
            connection.execute(update(CHATS).where(CHATS.c.id == chat).values(updated=now))
        return Message(position, role, content, data or {}, now)

    def cut(self, chat: str, owner: str, position: int) -> None:
        """Drop the message at ``position`` and all after it: before it is edited or made anew."""
        gone = delete(MESSAGES).where(MESSAGES.c.chat == str(chat), MESSAGES.c.position >= int(position))
        with self._database.write() as connection:
            _mine(connection, chat, owner)
            connection.execute(gone)

    def rename(self, chat: str, owner: str, title: str) -> None:
        changed = update(CHATS).where(CHATS.c.id == str(chat)).values(title=_title(title))
        with self._database.write() as connection:
            _mine(connection, chat, owner)
            connection.execute(changed)

    def delete(self, chat: str, owner: str) -> None:
        with self._database.write() as connection:
            _mine(connection, chat, owner)
            connection.execute(delete(MESSAGES).where(MESSAGES.c.chat == chat))
            connection.execute(delete(CHATS).where(CHATS.c.id == chat))

    def list(self, owner: str, collection: str = "") -> list[Chat]:
        """The one that was changed last first; with ``collection``, only those that ask it."""
        newest = select(CHATS).where(CHATS.c.owner == owner)
        if collection:
            newest = newest.where(CHATS.c.collection == collection)
        with self._database.read() as connection:
            rows = connection.execute(newest.order_by(CHATS.c.updated.desc(), CHATS.c.id.desc()))
            return [_chat(row) for row in rows]

    def held(self, owner: str) -> Held:
        """The chats, with the length of their messages and of what those rest on."""
        chats = held_rows(self._database, CHATS, CHATS.c.owner == owner)
        said = MESSAGES.join(CHATS, CHATS.c.id == MESSAGES.c.chat)
        texts = held_rows(self._database, said, CHATS.c.owner == owner, MESSAGES.c.content, MESSAGES.c.data)
        return Held(chats.count, texts.bytes)

    def forget(self, owner: str) -> int:
        """Delete all of this visitor's; how many those were."""
        mine = select(CHATS.c.id).where(CHATS.c.owner == owner)
        with self._database.write() as connection:
            connection.execute(delete(MESSAGES).where(MESSAGES.c.chat.in_(mine)))
            return connection.execute(delete(CHATS).where(CHATS.c.owner == owner)).rowcount


def _mine(connection: Connection, chat: Any, owner: str) -> Row:
    row = None
    if is_id(chat):
        row = connection.execute(select(CHATS).where(CHATS.c.id == chat, CHATS.c.owner == owner)).first()
    if row is None:
        raise NotFoundError("There is no such chat any more; the list shows those that are kept.")
    return row


def _chat(row: Row) -> Chat:
    return Chat(row.id, row.collection, row.title, row.created, row.updated)


def _message(row: Row) -> Message:
    return Message(row.position, row.role, row.content, json.loads(row.data), row.created)


def _title(title: Any) -> str:
    kept = " ".join(title.split())[:MAX_TITLE] if isinstance(title, str) else ""
    if not kept:
        raise SpecError("title", title, f"text of 1 to {MAX_TITLE} characters")
    return kept.encode("utf-8", "replace").decode()


def _json(data: dict[str, Any]) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_DATA:
        raise ConflictError("What this answer rests on is too long to be kept; ask for fewer passages.")
    return text
