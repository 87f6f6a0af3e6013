"""Visitors who keep one thing of each kind, all of them marked with the visitor's name."""

import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipelines.core.database import Database
from pipelines.evaluation.service import EvaluationService
from pipelines.generation.trees import TreeStore
from pipelines.jobs.states import JobState
from pipelines.preferences.records import Message, Pair
from pipelines.preferences.specs import RoundSpec
from pipelines.rag.measuring.questions import Question
from pipelines.rag.measuring.store import QuestionSets
from pipelines.rag.specs import ChunkSpec, CollectionSpec
from pipelines.tokenization.uploads import TokenizerUploads
from tests.support.evaluated import write_result
from tests.support.preference_rounds import joined, judged, opened
from tests.support.rag_indexing import inline_service, until_over


def furnished(services: SimpleNamespace, settings: Any) -> SimpleNamespace:
    """The services of a workshop with all stores that keep something of a visitor."""
    services.rag, _ = inline_service(settings)
    services.preferences = opened(settings)
    services.trees = TreeStore(Database(settings.url))
    services.evaluation = EvaluationService(settings)
    services.tokenizer_files = TokenizerUploads(settings)
    return services


def mark(visitor: str) -> str:
    return f"marked-by-{visitor}"


class Keeper:
    """Makes things: a method for each kind, by its name. ``number`` tells things of one kind apart."""

    def __init__(self, services: SimpleNamespace):
        self._services = services
        self.shared = services.preferences.create(RoundSpec(repeat_share=0.0, annotators=50), "host", "Host")

    def votes(self, visitor: str, number: int) -> None:
        """On a pair of a round that is another's."""
        pair = Pair("p", "", (Message("user", f"Which one? {number}"),), "first", "second", "house/secret")
        self._services.preferences.add_pairs(self.shared.id, "host", [pair])
        joined(self._services.preferences, self.shared, visitor)
        shown = self._services.preferences.next(self.shared.id, visitor)
        self._services.preferences.vote(shown.pair, visitor, "left", note=mark(visitor))

    def rounds(self, visitor: str, number: int) -> None:
        """With a pair in it, and a vote of the host's."""
        preferences = self._services.preferences
        made = preferences.create(RoundSpec(f"{mark(visitor)} {number}", repeat_share=0.0), visitor, visitor)
        pair = Pair("p", "", (Message("user", mark(visitor)),), "a", "b", "house/a", "house/b")
        preferences.add_pairs(made.id, visitor, [pair])
        joined(preferences, made, "host")
        judged(preferences, made, "host")

    def chats(self, visitor: str, number: int) -> None:
        chats = self._services.rag.chats
        chat = chats.create(visitor, "lessons", f"Chat {number}")
        chats.append(chat.id, visitor, "user", mark(visitor))

    def question_sets(self, visitor: str, number: int) -> None:
        sets = QuestionSets(self._services.rag.store.database)
        sets.add(visitor, "lessons", f"Set {number}", [Question(f"{mark(visitor)}?", ("nobody",))])

    def trees(self, visitor: str, number: int) -> None:
        self._services.trees.add(visitor, f"Tree {number}", "house/a", {"text": mark(visitor)})

    def collections(self, visitor: str, number: int) -> None:
        rag = self._services.rag
        spec = CollectionSpec(name=f"Notes {number}", chunking=ChunkSpec("sentences", 16, 0))
        made = rag.create(spec, visitor)
        until_over(rag, rag.add_text(made.id, f"{mark(visitor)} wrote this.", "../a note?.md", visitor))

    def corpora(self, visitor: str, number: int) -> None:
        self._services.corpora.add_text(f"{mark(visitor)} {number}\n\nAnother text.", visitor)

    def data_sets(self, visitor: str, number: int) -> None:
        row = json.dumps({"prompt": mark(visitor), "completion": str(number)})
        self._services.rows.add_text(row, visitor)

    def tokenizers(self, visitor: str, number: int) -> None:
        file = Path(self._services.settings.home) / "tokenizer.json"
        file.write_text(f"{mark(visitor)} {number}")
        self._services.tokenizer_files.add(file, "tokenizer.json", visitor)
        file.unlink()

    def jobs(self, visitor: str, number: int) -> str:
        spec = {"corpus": "sample", "name": f"{mark(visitor)} {number}"}
        job = self._services.jobs.submit("pretrain", spec, visitor)
        self._services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.FAILED)
        return job.id

    def comparisons(self, visitor: str, number: int) -> None:
        self._services.groups.add("methods", visitor, f"{mark(visitor)} {number}", [{"job": "none"}])

    def evaluations(self, visitor: str, number: int) -> None:
        model = f"house/{number}-{mark(visitor)}"
        write_result(self._services.settings, model, [True, False], reader=visitor)


KINDS = tuple(name for name in vars(Keeper) if not name.startswith("_"))


def texts_of(archive: Path) -> dict[str, str]:
    """The files of a zip, by name."""
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as opened_:
        assert opened_.testzip() is None
        return {name: opened_.read(name).decode() for name in opened_.namelist()}
