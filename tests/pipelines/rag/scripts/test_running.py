"""The scripts at work: each flavour in a process of its own, over the lessons with MiniLM; the hits that they
print are those of the app's own retrieval."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from assets.recipes.rag_sections import SectionVectors
from pipelines.models import minilm
from pipelines.rag.answers import Found
from pipelines.rag.index import word_index, words
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.scripts import words as in_scripts
from pipelines.rag.scripts.chunks import chunks_jsonl
from pipelines.rag.scripts.facts import LANGCHAIN, LLAMAINDEX, PLAIN, Asked, Model
from pipelines.rag.scripts.whole import script_of
from pipelines.rag.specs import LANGUAGES, AnswerSpec, CollectionSpec, SearchSpec
from tests.support.imports import ROOT
from tests.support.rag_library import FakeLibrary

SEARCHES = {
    "hybrid": SearchSpec(),
    "varied": SearchSpec(fusion="rrf", mmr=0.6, top_k=7),
    "words": SearchSpec(mode="bm25", neighbours=1, top_k=3, mmr=0.5),
    "meaning": SearchSpec(mode="dense", documents=("evaluation.md", "glossary.md")),
    "other": SearchSpec(candidates=8, queries=1, hyde=True),
}
RUNS = {
    PLAIN: [*SEARCHES, "answers"],
    LANGCHAIN: ["hybrid"],
    LLAMAINDEX: ["hybrid"],
}
QUESTION = "Who proposed low-rank adaptation, and how many weights does it learn?"
OTHER, INVENTED = ("Which paper introduced LoRA?",), "LoRA was proposed by Hu and learns two thin matrices."
ALL = """
import contextlib, io, json, runpy, sys
told = {}
for name in sys.argv[2:]:
    alone = [] if name.endswith("answers") else ["--no-answer"]
    sys.argv[1:], said = ["--embedder", FOLDER, "--chunks", "chunks.jsonl", *alone], io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(f"{name}.py", run_name="__main__")
    told[name] = said.getvalue()
print("TOLD", json.dumps(told))
"""


@dataclass(eq=False)
class RealLibrary:
    """The app's own word index and encoder over a store in memory."""

    store: object
    lexical: Lexical
    encoder: object
    vectors: SectionVectors
    texts: dict

    def ready(self, name):
        yield None
        return self.encoder

    def text(self, collection, document):
        return self.store.texts[document]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    from pipelines.core.settings import Settings
    from pipelines.rag.embedding.encoder import open_encoder

    if minilm.folder() is None:
        pytest.skip("MiniLM's package is not installed")
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    names = ("evaluation", "fine-tuning-and-lora", "glossary")
    lessons = {
        f"{one}.md": (ROOT / "assets" / "lessons" / f"{one}.md").read_text().split("\n\n") for one in names
    }
    fake = FakeLibrary(lessons)
    lexical, encoder = Lexical(settings), open_encoder(minilm.NAME, settings)
    texts = fake.chunks
    lexical._folder = lambda collection: (
        settings.home / "bm25"
    )  # the collection has no id of the database's kind
    for _ in lexical.build("tales", list(texts), list(texts.values()), "english"):
        pass
    vectors = SectionVectors(tuple(texts), encoder.embed(list(texts.values())))
    return RealLibrary(fake.store, lexical, encoder, vectors, texts)


@pytest.fixture(scope="module")
def told(library, tmp_path_factory):
    """What every script prints, by flavour and settings; the three processes run at the same time."""
    folder = tmp_path_factory.mktemp("scripts")
    documents = {one.id: one for one in library.store.documents("tales")}
    rows = chunks_jsonl(library.store.all_chunks("tales"), documents, library.store.texts)
    (folder / "chunks.jsonl").write_text("".join(rows), encoding="utf-8")
    running = {}
    for flavour, names in RUNS.items():
        for name in names:
            script = script_of(flavour, answering() if name == "answers" else asked_with(SEARCHES[name]))
            (folder / f"{flavour}-{name}.py").write_text(script, encoding="utf-8")
        code = f"FOLDER = {str(minilm.folder())!r}\n{ALL}"
        command = [sys.executable, "-c", code, "-", *(f"{flavour}-{name}" for name in names)]
        quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "ANONYMIZED_TELEMETRY": "False"}
        running[flavour] = subprocess.Popen(
            command, cwd=folder, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    return {flavour: _finished(process) for flavour, process in running.items()}


def _finished(process):
    out, errors = process.communicate(timeout=240)
    line = next((line for line in out.splitlines() if line.startswith("TOLD ")), None)
    assert line, errors[-3000:]
    return json.loads(line.removeprefix("TOLD "))


def asked_with(spec):
    more = {"queries": OTHER, "hypothetical": INVENTED} if spec.queries else {}
    reader = Model("minilm", ("minilm-qa",))
    return Asked(
        CollectionSpec("Lessons"), spec, AnswerSpec(answerer="extract"), QUESTION, None, reader, **more
    )


def answering():
    """Both ways to answer, with the house's own models."""
    house = ROOT / "assets" / "models"
    base, tuned = str(house / "story-base"), str(house / "story-instruct")
    writer = Model(base, (tuned,), tuned, short=True, context=1024)
    reader = Model(str(minilm.folder()), (str(house / "minilm-qa"),))
    spec = AnswerSpec(answerer="both", max_new_tokens=12)
    question = "What does LoRA freeze?"
    return Asked(CollectionSpec("Lessons"), SearchSpec(), spec, question, writer, reader)


def hits_of(printed):
    rows = [line.split("\t") for line in printed.splitlines() if line.count("\t") == 4]
    return [(row[2], float(row[1])) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flavour", "name"),
    [(flavour, name) for flavour, names in RUNS.items() for name in names if name in SEARCHES],
)
def test_the_same_hits_as_the_app(library, told, flavour, name):
    spec = SEARCHES[name]
    other = (OTHER, INVENTED) if spec.queries else ((), "")
    found = [
        one
        for one in search(SearchRequest("tales", QUESTION, spec, *other), library)
        if isinstance(one, Found)
    ]
    hits = hits_of(told[flavour][f"{flavour}-{name}"])
    assert [one for one, _ in hits] == list(found[-1].hits) and len(hits) >= spec.top_k
    assert [score for _, score in hits] == pytest.approx(found[-1].scores, abs=0.004), (
        "the app embeds in 16 bits"
    )


@pytest.mark.slow
def test_both_ways_to_answer(told):
    printed = told[PLAIN]["plain-answers"]
    written, spanned = printed.partition("Answer: ")[2].split("Exact span: ")
    assert len(hits_of(printed)) == 5 and len(written.split()) > 1
    assert "weights" in spanned and "fine-tuning-and-lora.md" in spanned


def test_words_are_those_of_the_word_index():
    assert (in_scripts.K1, in_scripts.B) == (word_index.K1, word_index.B)
    for language in LANGUAGES:
        stop = in_scripts.STOP_WORDS.get(language)
        known = words._STOP_WORDS[language]
        assert known == (getattr(words.stopwords, stop) if stop else ()), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scripts_words_are_the_apps(language):
    collection = CollectionSpec("x", language=language)
    script = script_of(PLAIN, Asked(collection, SearchSpec(mode="bm25"), AnswerSpec(), "Who?"))
    wanted = {"WORD", "STOP", "stemmer", "words"}
    kept = [
        node
        for node in ast.parse(script).body
        if (isinstance(node, ast.Import | ast.ImportFrom) and "transformers" not in ast.unparse(node))
        or getattr(node, "name", "") in wanted
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in wanted)
    ]  # fmt: skip
    names: dict = {}
    exec("\n".join(map(ast.unparse, kept)), names)
    texts = [
        "The fox’s cubs weren't sleeping; 犬が 3.5 naïve cafés, ﬁve of them!",
        "L'amore c'è, ma l’acqua no. Die Häuser sind größer.",
        "Русские слова бежали. สวัสดี ครับ हिन्दी में",
        "",
    ]
    for text in texts:
        assert names["words"](text) == words.analyser(language).words(text)
