"""How good answers are on FairytaleQA: the exact words of the QA model, and what the house's model writes.

Questions are asked of all sections of the split's stories: the five best passages by the retrieval worker's
own search (hybrid, default settings), or the sections that the question is about. Exact match and token F1
are SQuAD's, each with an interval of 95 % over questions. Claim: the span chosen over five passages by its
probability and the passage's rank is above the one chosen by its probability alone.

    python -m benchmarks.rag_answers [--data ../shared/data] [--split val] [--questions 200] [--penalty 1.0]

``--split train`` takes those training stories that the QA model was not trained on; there the choices were
made. The model that writes has read all training stories.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from assets.recipes.minilm_data import part_of
from assets.recipes.rag_sections import Remembered, Sections
from pipelines.common.intervals import Interval, mean_interval
from pipelines.common.metrics import exact_match, token_f1
from pipelines.core.settings import Settings
from pipelines.generation.handler import continue_text
from pipelines.generation.requests import Finished
from pipelines.generation.specs import DecodingSpec
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import LoadedModel, load_model
from pipelines.prediction.answer import answer
from pipelines.rag.answering.extracting import Span, extracted
from pipelines.rag.answering.prompting import prompt
from pipelines.rag.answering.requests import NUMBERED, SHORT, PromptRequest
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.requests import Passage, SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import MINILM, QA_MODEL, AnswerSpec, SearchSpec

WRITER = "house/story-instruct"
Row = dict[str, Any]
Passages = tuple[Passage, ...]


def rows_of(data: Path, split: str) -> tuple[dict[str, list[str]], list[Row]]:
    """Story → sections, and the questions with their answers."""
    read = {}
    for name in ("stories", "questions"):
        with gzip.open(data / f"rag/fairytaleqa_{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            read[name] = [row for row in map(json.loads, lines) if row["split"] == split]
    chosen = [row for row in read["stories"] if split == "val" or part_of(row["story"]) == "validation"]
    stories = {row["story"]: row["sections"] for row in chosen}
    return stories, [row for row in read["questions"] if row["story"] in stories and row["sections"]]


class Bench:
    """One split, searched and answered."""

    def __init__(self, stories: dict[str, list[str]], rows: Sequence[Row], settings: Settings):
        encoder = open_encoder(MINILM, settings)
        vectors = encoder.embed([text for sections in stories.values() for text in sections])
        known = Remembered(encoder, [row["question"] for row in rows])
        self._library = Sections(stories, known, vectors, settings)
        self._keys = {story: f"d{number}" for number, story in enumerate(stories)}
        self._qa, self._writer = _loaded(QA_MODEL), _loaded(WRITER)
        self._folder = str(Catalogue(settings).tokenizer_folder(WRITER))

    def found(self, row: Row) -> Passages:
        *_, told = search(SearchRequest(self._library.id, row["question"], SearchSpec()), self._library)
        by_id = {passage.id: passage for passage in told.passages}
        return tuple(by_id[one] for one in told.hits)

    def gold(self, row: Row) -> Passages:
        store, key = self._library.store, self._keys[row["story"]]
        ids = [f"{key}.{number - 1}" for number in row["sections"]]
        chunks = [store.rows[one] for one in ids if one in store.rows]
        return tuple(
            Passage(
                one.id,
                one.document,
                row["story"],
                one.position,
                one.start,
                one.end,
                store.piece(one.id),
                "",
                0,
                0,
            )
            for one in chunks
        )

    def spans(self, row: Row, passages: Passages) -> list[list[Span]]:
        return [[Span(s.start, s.end, s.probability) for s in self._answers(row, one)] for one in passages]

    def _answers(self, row: Row, passage: Passage) -> Any:
        *_, found = answer(self._qa, row["question"], passage.text)
        return found.spans

    def written(self, row: Row, passages: Passages, form: str, spec: DecodingSpec) -> str:
        given = {"passages": passages, "context": self._writer.context_length, "tokenizer": self._folder}
        (made,) = prompt(
            PromptRequest(form, row["question"], max_new_tokens=spec.max_new_tokens, **given), None
        )
        *_, end = continue_text(self._writer, "", spec, [token.id for token in made.tokens])
        assert isinstance(end, Finished)
        return end.text.strip()


def _loaded(name: str) -> LoadedModel:
    place = Catalogue(Settings()).place(name)
    return load_model(place.name, place.folder, torch.device("cpu"), place.base)


def by_probability(passages: Passages, spans: Sequence[Sequence[Span]]) -> str:
    """As if every passage were as likely."""
    own = (
        (one.probability, passage.text[one.start : one.end])
        for passage, all_ in zip(passages, spans, strict=True)
        for one in all_
    )
    return max(own, default=(0.0, ""))[1]


def answers(bench: Bench, row: Row, spec: DecodingSpec) -> Iterator[tuple[str, str]]:
    """(way, answer)."""
    found, gold = bench.found(row), bench.gold(row)
    spans, of_gold = bench.spans(row, found), bench.spans(row, gold)
    for way, passages, own in (
        ("extract, gold sections", gold, of_gold),
        ("extract, five passages", found, spans),
        ("extract, first passage", found[:1], spans[:1]),
    ):
        best = extracted(passages, own)
        yield way, best.text if best else ""
    yield "extract, probability alone", by_probability(found, spans)
    for form in (SHORT, NUMBERED):
        yield f"written, {form}, gold sections", bench.written(row, gold, form, spec)
        yield f"written, {form}, five passages", bench.written(row, found, form, spec)


def told(rows: Sequence[Row], said: Sequence[str]) -> str:
    pairs = list(zip(rows, said, strict=True))
    exact = mean_interval([exact_match(row["answers"], text) for row, text in pairs])
    f1 = mean_interval([token_f1(row["answers"], text) for row, text in pairs])
    return f"exact match {_shown(exact)}   F1 {_shown(f1)}"


def _shown(found: Interval) -> str:
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", choices=("val", "train"), default="val")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--penalty", type=float, default=AnswerSpec.repetition_penalty)
    options = parser.parse_args()
    spec = DecodingSpec(AnswerSpec.max_new_tokens, 0.0, repetition_penalty=options.penalty)
    stories, rows = rows_of(options.data, options.split)
    rows = random.Random(0).sample(rows, min(options.questions, len(rows)))
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        settings.make_folders()
        bench = Bench(stories, rows, settings)
        said: dict[str, list[str]] = {}
        for row in rows:
            for way, text in answers(bench, row, spec):
                said.setdefault(way, []).append(text)
    print(f"{len(rows)} questions, {sum(map(len, stories.values()))} sections")
    for way, texts in said.items():
        print(f"{way:36}{told(rows, texts)}")
    ways = ("extract, five passages", "extract, probability alone")
    f1 = [[token_f1(row["answers"], text) for row, text in zip(rows, said[way], strict=True)] for way in ways]
    gain = mean_interval([one - other for one, other in zip(*f1, strict=True)])
    print(f"rank and probability − probability alone, F1: {_shown(gain)}; above 0: {gain.low > 0}")


if __name__ == "__main__":
    main()
