"""The schema's history: numbered steps, each applied once and recorded in ``schema_version``.

A step is never edited after a release: what changes later is a new step at the end. Steps use plain SQL
that SQLite and PostgreSQL share, and not the tables of the code, which describe only today.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, text

from pipelines.core.errors import GlassworksError

Migration = Callable[[Connection], None]


def migrate(connection: Connection, steps: tuple[Migration, ...] | None = None) -> int:
    """Apply the steps that this database lacks, and return its version, the number of steps applied.

    Call inside a transaction that holds the writers' lock, so that two processes cannot both apply one.
    """
    steps = MIGRATIONS if steps is None else steps
    version = _version(connection)
    if version > len(steps):
        raise GlassworksError(
            f"The database was made by a newer Glassworks (schema {version}; this one knows up to "
            f"{len(steps)}). Update Glassworks, or choose another folder with GLASSWORKS_HOME."
        )
    for number, step in enumerate(steps[version:], start=version + 1):
        step(connection)
        row = {"version": number, "name": step.__name__, "applied": time.time()}
        connection.execute(text("INSERT INTO schema_version VALUES (:version, :name, :applied)"), row)
    return len(steps)


def _version(connection: Connection) -> int:
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS schema_version ("
            "version INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, applied DOUBLE PRECISION NOT NULL)"
        )
    )
    return connection.execute(text("SELECT COALESCE(MAX(version), 0) FROM schema_version")).scalar_one()


def _create_jobs(connection: Connection) -> None:
    """One row a job. ``queued`` orders the queue; ``pid`` is the leader of the worker's process group."""
    connection.execute(
        text(
            "CREATE TABLE jobs ("
            "id VARCHAR(12) PRIMARY KEY, kind VARCHAR(40) NOT NULL, title VARCHAR(200) NOT NULL, "
            "owner VARCHAR(200) NOT NULL, state VARCHAR(20) NOT NULL, spec TEXT NOT NULL, "
            "created DOUBLE PRECISION NOT NULL, queued DOUBLE PRECISION NOT NULL, "
            "started DOUBLE PRECISION, finished DOUBLE PRECISION, device VARCHAR(40) NOT NULL, "
            "pid BIGINT, pid_created DOUBLE PRECISION, message TEXT NOT NULL)"
        )
    )
    connection.execute(text("CREATE INDEX jobs_by_state ON jobs (state, queued)"))
    connection.execute(text("CREATE INDEX jobs_by_age ON jobs (created)"))


def _create_decoding_trees(connection: Connection) -> None:
    """One row a branch tree of a visitor; ``tree`` is JSON, and ``version`` counts its changes."""
    connection.execute(
        text(
            "CREATE TABLE decoding_trees ("
            "id VARCHAR(12) PRIMARY KEY, owner VARCHAR(200) NOT NULL, title VARCHAR(120) NOT NULL, "
            "model VARCHAR(500) NOT NULL, tree TEXT NOT NULL, created DOUBLE PRECISION NOT NULL, "
            "updated DOUBLE PRECISION NOT NULL, version INTEGER NOT NULL)"
        )
    )
    connection.execute(text("CREATE INDEX decoding_trees_by_owner ON decoding_trees (owner, updated)"))


def _create_job_groups(connection: Connection) -> None:
    """One row a named group of jobs that were submitted together; ``entries`` is JSON."""
    connection.execute(
        text(
            "CREATE TABLE job_groups ("
            "id VARCHAR(12) PRIMARY KEY, kind VARCHAR(40) NOT NULL, owner VARCHAR(200) NOT NULL, "
            "title VARCHAR(120) NOT NULL, entries TEXT NOT NULL, created DOUBLE PRECISION NOT NULL)"
        )
    )
    connection.execute(text("CREATE INDEX job_groups_by_owner ON job_groups (kind, owner, created)"))


def _create_rag(connection: Connection) -> None:
    """Collections, their documents and chunks, the work on them, chats, and what was measured.

    A document's ``revision`` is the one that is searched; a chunk row of another is being made or taken away.
    ``words`` is 1 while the collection's word index knows exactly the chunks that can be searched. Where an
    ``owner`` is empty the thing comes with the app. Flags are 0 or 1; ``spec``, ``notes``, ``data``,
    ``items`` and ``scores`` are JSON.
    """
    number, moment, name = "INTEGER NOT NULL", "DOUBLE PRECISION NOT NULL", "VARCHAR(12) NOT NULL"
    owner, state, words = "VARCHAR(200) NOT NULL", "VARCHAR(20) NOT NULL", "TEXT NOT NULL"
    facts = f"title {words}, kind {state}, characters BIGINT NOT NULL, pages {number}, notes {words}"
    tables = {
        "rag_collections": f"id VARCHAR(12) PRIMARY KEY, owner {owner}, name {words}, spec {words}, "
        f"shared {number}, deleting {number}, words {number}, version {number}, "
        f"created {moment}, updated {moment}",
        "rag_documents": f"id VARCHAR(12) PRIMARY KEY, collection {name}, name {words}, {facts}, "
        f"bytes BIGINT NOT NULL, content_hash {words}, state {state}, message {words}, chunks {number}, "
        f"revision {number}, deleting {number}, created {moment}, updated {moment}",
        "rag_chunks": f"id VARCHAR(32) NOT NULL, revision {number}, document {name}, position {number}, "
        f"start_at {number}, end_at {number}, tokens {number}, overlap {number}, heading {words}, "
        f"page {number}, PRIMARY KEY (id, revision)",
        "rag_additions": f"id VARCHAR(12) PRIMARY KEY, collection {name}, owner {owner}, state {state}, "
        f"phase {state}, cancelling {number}, message {words}, created {moment}, updated {moment}",
        "rag_items": f"id VARCHAR(12) PRIMARY KEY, addition {name}, collection {name}, document {name}, "
        f"position {number}, name {words}, bytes BIGINT NOT NULL, content_hash {words}, state {state}, "
        f"stage {state}, revision {number}, attempts {number}, done {number}, total {number}, "
        f"message {words}, {facts}",
        "rag_chats": f"id VARCHAR(12) PRIMARY KEY, owner {owner}, collection {name}, title {words}, "
        f"created {moment}, updated {moment}",
        "rag_messages": f"chat {name}, position {number}, role {state}, content {words}, data {words}, "
        f"created {moment}, PRIMARY KEY (chat, position)",
        "rag_question_sets": f"id VARCHAR(12) PRIMARY KEY, collection {name}, owner {owner}, title {words}, "
        f"items {words}, created {moment}",
        "rag_scores": f"key VARCHAR(64) PRIMARY KEY, collection {name}, scores {words}, created {moment}",
    }
    indexes = {
        "rag_collections": ("owner",),
        "rag_documents": ("collection",),
        "rag_chunks": ("document, revision, position",),
        "rag_additions": ("collection", "state"),
        "rag_items": ("addition, position", "document"),
        "rag_chats": ("owner, updated", "collection"),
        "rag_question_sets": ("collection",),
        "rag_scores": ("collection",),
    }
    for table, columns in tables.items():
        connection.execute(text(f"CREATE TABLE {table} ({columns})"))
    for table, several in indexes.items():
        for columns in several:
            index = f"{table}_by_{columns.partition(',')[0]}"
            connection.execute(text(f"CREATE INDEX {index} ON {table} ({columns})"))


def _create_preferences(connection: Connection) -> None:
    """Rounds, their pairs, who sees which pair at the moment, votes, and who has agreed to vote.

    ``number`` is the place of a pair's prompt among those of its round, -1 for any other; ``family`` joins
    the pairs of one ranking. ``served`` is 1 for a vote that came by way of a serve. A round's ``version``
    counts the changes of its votes, and ``sent`` is the one that its data set has. ``open``, ``flipped``,
    ``served`` and ``consented`` are 0 or 1; ``spec``, ``prompt``, ``settings_a``, ``settings_b``, ``extra``
    and ``tags`` are JSON.
    """
    number, moment, name = "INTEGER NOT NULL", "DOUBLE PRECISION NOT NULL", "VARCHAR(12) NOT NULL"
    who, state, words = "VARCHAR(200) NOT NULL", "VARCHAR(40) NOT NULL", "TEXT NOT NULL"
    tables = {
        "pref_rounds": f"id VARCHAR(12) PRIMARY KEY, owner {who}, code {state} UNIQUE, spec {words}, "
        f"open {number}, created {moment}, version {number}, sent {number}",
        "pref_pairs": f"id VARCHAR(12) PRIMARY KEY, round {name}, prompt {words}, text_a {words}, "
        f"text_b {words}, model_a {words}, model_b {words}, settings_a {words}, settings_b {words}, "
        f"seed BIGINT NOT NULL, repeats {name}, origin {who}, family {who}, created {moment}, "
        f"extra {words}, number {number}",
        "pref_serves": f"pair {name}, annotator {who}, round {name}, flipped {number}, created {moment}, "
        f"PRIMARY KEY (pair, annotator)",
        "pref_votes": f"id VARCHAR(12) PRIMARY KEY, pair {name}, round {name}, annotator {who}, "
        f"choice {state}, kind {state}, name {who}, strength {number}, tags {words}, note {words}, "
        f"edited {words}, flipped {number}, seconds {moment}, created {moment}, served {number}, "
        f"UNIQUE (pair, annotator)",
        "pref_annotators": f"round {name}, visitor {who}, name {who}, consented {number}, created {moment}, "
        f"PRIMARY KEY (round, visitor)",
    }
    indexes = {
        "pref_rounds": "owner, created",
        "pref_pairs": "round, created",
        "pref_serves": "round, annotator",
        "pref_votes": "round, annotator, created",
    }
    for table, columns in tables.items():
        connection.execute(text(f"CREATE TABLE {table} ({columns})"))
    for table, columns in indexes.items():
        connection.execute(
            text(f"CREATE INDEX {table}_by_{columns.partition(',')[0]} ON {table} ({columns})")
        )


def _create_kept_runs(connection: Connection) -> None:
    """The jobs whose results every place has that they are kept in; those of deleted jobs wait to be taken
    away there."""
    connection.execute(
        text("CREATE TABLE kept_runs (job VARCHAR(12) PRIMARY KEY, sent DOUBLE PRECISION NOT NULL)")
    )


MIGRATIONS: tuple[Migration, ...] = (
    _create_jobs,
    _create_decoding_trees,
    _create_job_groups,
    _create_rag,
    _create_preferences,
    _create_kept_runs,
)
