"""The tables of the topic, as the code sees them; :mod:`pipelines.core.migrations` made them."""

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, String, Table, Text, and_

_METADATA = MetaData()


def _table(name: str, *columns: Column, texts: str = "", whole: str = "", moments: str = "") -> Table:
    return Table(
        name,
        _METADATA,
        *columns,
        *(Column(one, Text) for one in texts.split()),
        *(Column(one, BigInteger if one in ("bytes", "characters") else Integer) for one in whole.split()),
        *(Column(one, Double) for one in moments.split()),
    )


def _id(name: str = "id") -> Column:
    return Column(name, String, primary_key=True)


_FACTS = "title kind notes"

COLLECTIONS = _table(
    "rag_collections",
    _id(),
    texts="owner name spec",
    whole="shared deleting words version",
    moments="created updated",
)
DOCUMENTS = _table(
    "rag_documents",
    _id(),
    texts=f"collection name content_hash state message {_FACTS}",
    whole="bytes characters pages chunks revision deleting",
    moments="created updated",
)
CHUNKS = _table(
    "rag_chunks",
    _id(),
    Column("revision", Integer, primary_key=True),
    texts="document heading",
    whole="position start_at end_at tokens overlap page",
)
ADDITIONS = _table(
    "rag_additions",
    _id(),
    texts="collection owner state phase message",
    whole="cancelling",
    moments="created updated",
)
ITEMS = _table(
    "rag_items",
    _id(),
    texts=f"addition collection document name content_hash state stage message {_FACTS}",
    whole="position bytes revision attempts done total characters pages",
)
CHATS = _table("rag_chats", _id(), texts="owner collection title", moments="created updated")
MESSAGES = _table(
    "rag_messages",
    _id("chat"),
    Column("position", Integer, primary_key=True),
    texts="role content data",
    moments="created",
)
QUESTION_SETS = _table("rag_question_sets", _id(), texts="collection owner title items", moments="created")
SCORES = _table("rag_scores", _id("key"), texts="collection scores", moments="created")

# What a search and a list may see.
LIVE_COLLECTION = COLLECTIONS.c.deleting == 0
LIVE_DOCUMENT = DOCUMENTS.c.deleting == 0
LIVE_CHUNK = and_(
    CHUNKS.c.document == DOCUMENTS.c.id, CHUNKS.c.revision == DOCUMENTS.c.revision, LIVE_DOCUMENT
)
