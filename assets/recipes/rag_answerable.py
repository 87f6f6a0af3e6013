"""Fit and measure how probable it is that a collection holds an answer: the constants of
``pipelines/rag/retrieval/answerable.py``.

    python -m assets.recipes.rag_answerable ../shared/data

Collections of 1 to 100 stories are drawn from FairytaleQA's training split. Each is asked questions about
its own stories, which it can answer, and as many about others, which it cannot. The coefficients are
those of a logistic regression over the signs of these searches. It prints them, then how well they tell
questions of the validation split apart (the area under the ROC curve with a bootstrap interval over
questions, and a table of calibration), then what they say in other fields: questions about the lessons
that come with the app, written for this (``rag_lesson_questions.json``), and questions of TREC (Voorhees
and Tice 2000) to Wikipedia articles that seldom answer them.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.recipes.rag_sections import Question, Remembered, Sections, fairytales
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.cut import cut
from pipelines.rag.documents.document import Document
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.retrieval.answerable import Signs, probability
from pipelines.rag.retrieval.run import Run
from pipelines.rag.retrieval.scope import Scope
from pipelines.rag.retrieval.signs import signs_of
from pipelines.rag.specs import MINILM, ChunkSpec, SearchSpec

SIZES = (1, 3, 10, 30, 100)  # stories of a collection
_COLLECTIONS = 60  # of one story; fewer of larger ones, so that each size has about as many questions
_MOST = 120  # questions of a kind that a collection is asked
_RESAMPLES = 1000
_TREC = 500
_THRESHOLDS = (0.2, 0.3, 0.5, 0.7)
KINDS = {
    "both": ("words", "margin", "covered", "cosine", "agreement"),
    "words": ("words", "margin", "covered"),
}


@dataclass(frozen=True)
class Case:
    """One question to one collection: is the answer there?"""

    question: str
    signs: Signs
    answerable: bool


class Tales:
    """A split with everything embedded once."""

    def __init__(self, data: Path, split: str, encoder: Any):
        self.stories, self.questions = fairytales(data, split)
        rows = encoder.embed([piece for pieces in self.stories.values() for piece in pieces])
        ends = np.cumsum([len(pieces) for pieces in self.stories.values()])
        self.vectors = dict(zip(self.stories, np.split(rows, ends[:-1]), strict=True))
        self.encoder = Remembered(encoder, [question.text for question in self.questions])

    def collection(self, names: Sequence[str], settings: Settings) -> Sections:
        chosen = {name: self.stories[name] for name in names}
        return Sections(chosen, self.encoder, np.vstack([self.vectors[name] for name in names]), settings)

    def cases(self, settings: Settings, seed: int) -> Iterator[Case]:
        rng, names = np.random.default_rng(seed), sorted(self.stories)
        for size in (size for size in SIZES if size < len(names)):
            for _ in range(max(1, _COLLECTIONS // size)):
                inside = set(rng.choice(names, size, replace=False))
                asked = _asked(self.questions, inside, rng)
                yield from cases_of(self.collection(sorted(inside), settings), self.encoder, asked)


def _asked(
    questions: Sequence[Question], inside: set[str], rng: np.random.Generator
) -> list[tuple[str, bool]]:
    """As many about stories that are there as about others."""
    both = [[one.text for one in questions if (one.story in inside) is there] for there in (True, False)]
    count = min(_MOST, *map(len, both))
    drawn = [rng.choice(texts, count, replace=False).tolist() for texts in both]
    return [(text, there) for texts, there in zip(drawn, (True, False), strict=True) for text in texts]


def cases_of(library: Sections, encoder: Any, asked: Sequence[tuple[str, bool]]) -> Iterator[Case]:
    collection = library.store.collection(library.id)
    for text, there in asked:
        vector = encoder.embed_query(text)
        scope = Scope(library, collection, SearchSpec(), (text,), None, "", (vector,), vector)
        yield Case(text, signs_of(Run(scope)), there)


def fitted(cases: Sequence[Case], names: Sequence[str]) -> tuple[float, dict[str, float]]:
    """(bias, weights by sign): maximum likelihood, all but unregularised."""
    from sklearn.linear_model import LogisticRegression

    rows = np.array([[getattr(case.signs, name) for name in names] for case in cases])
    model = LogisticRegression(C=1e4, max_iter=1000).fit(rows, [case.answerable for case in cases])
    return float(model.intercept_[0]), dict(zip(names, map(float, model.coef_[0]), strict=True))


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Under the ROC curve: how often a case with an answer scores above one without, ties half."""
    from scipy.stats import rankdata

    ranks, count = rankdata(scores), int(labels.sum())
    return float((ranks[labels].sum() - count * (count + 1) / 2) / (count * (len(labels) - count)))


def area_interval(scores: np.ndarray, labels: np.ndarray, groups: Sequence[str]) -> tuple[float, float]:
    """95 %, by drawing the groups (a question with all its cases) again."""
    rng = np.random.default_rng(0)
    places: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    rows = [np.array(found) for found in places.values()]
    found = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([rows[at] for at in rng.integers(0, len(rows), len(rows))])
        found.append(area(scores[drawn], labels[drawn]))
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))


def told(title: str, cases: Sequence[Case], kind: str) -> None:
    """Print the area and what the thresholds let through."""
    signs = [case.signs if kind == "both" else _of_words(case.signs) for case in cases]
    scores = np.array([probability(one) for one in signs])
    labels = np.array([case.answerable for case in cases])
    low, high = area_interval(scores, labels, [case.question for case in cases])
    print(f"{title}, {kind}: AUC {area(scores, labels):.3f} ({low:.3f} to {high:.3f}), {len(cases)} cases")
    for threshold in _THRESHOLDS:
        right, wrong = (scores[labels] >= threshold).mean(), (scores[~labels] >= threshold).mean()
        print(f"  from {threshold}: answers {right:.1%} of what it can, {wrong:.1%} of what it cannot")


def calibration(cases: Sequence[Case]) -> None:
    """Print mean probability and share by tenths of the cases."""
    scores = np.array([probability(case.signs) for case in cases])
    labels = np.array([case.answerable for case in cases])
    order = np.argsort(scores, kind="stable")
    for part in np.array_split(order, 10):
        print(f"  says {scores[part].mean():.2f}: {labels[part].mean():.2f} are answerable")
    print(f"  Brier score {((scores - labels) ** 2).mean():.3f}")


def lessons(encoder: Any, settings: Settings) -> dict[str, list[Case]]:
    """Questions about the lessons: answered there, about something else, about models but not answered."""
    files = sorted((REPOSITORY / "assets" / "lessons").glob("*.md"))
    texts = {file.name: pieces(file.read_text(encoding="utf-8"), file.name, encoder) for file in files}
    rows = encoder.embed([piece for some in texts.values() for piece in some])
    written = json.loads(Path(__file__).with_name("rag_lesson_questions.json").read_text(encoding="utf-8"))
    library = Sections(texts, encoder, rows, settings)
    asked = {kind: [(text, kind == "answerable") for text in some] for kind, some in written.items()}
    return {kind: list(cases_of(library, encoder, some)) for kind, some in asked.items()}


def wikipedia(data: Path, encoder: Any, settings: Settings) -> list[Case]:
    with gzip.open(data / "lm" / "wikipedia_en_30_articles.txt.gz", "rt", encoding="utf-8") as lines:
        texts = {f"{at}.txt": pieces(line, f"{at}.txt", encoder) for at, line in enumerate(lines)}
    rows = encoder.embed([piece for some in texts.values() for piece in some])
    with gzip.open(data / "classify" / "trec_question_type.jsonl.gz", "rt", encoding="utf-8") as lines:
        questions = [json.loads(line)["text"] for line in lines]
    drawn = np.random.default_rng(0).choice(questions, _TREC, replace=False).tolist()
    library = Sections(texts, encoder, rows, settings)
    return list(cases_of(library, encoder, [(text, False) for text in drawn]))


def pieces(text: str, name: str, encoder: Any) -> list[str]:
    """Cut as a collection cuts by itself."""
    document = Document(name, "markdown" if name.endswith(".md") else "text", name, text)
    chunks = cut(document, ChunkSpec(), Counter(encoder.offsets, encoder.limit))
    return [text[chunk.start : chunk.end] for chunk in chunks if chunk is not None]


def _of_words(signs: Signs) -> Signs:
    return Signs(signs.words, signs.margin, signs.covered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        settings.make_folders()
        encoder = open_encoder(MINILM, settings)
        train = list(Tales(data, "train", encoder).cases(settings, seed=0))
        for kind, names in KINDS.items():
            bias, weights = fitted(train, names)
            shown = ", ".join(f'"{name}": {weight:.2f}' for name, weight in weights.items())
            print(f'fitted to {len(train)} cases, "{kind}": bias {bias:.2f}, weights {{{shown}}}')
        print("With the constants that stand in the module:")
        held = list(Tales(data, "val", encoder).cases(settings, seed=1))
        for kind in KINDS:
            told("validation stories", held, kind)
        calibration(held)
        asked = lessons(encoder, settings)
        for other in ("elsewhere", "near"):
            told(f"lessons against {other}", [*asked["answerable"], *asked[other]], "both")
        told("lessons against both", [case for some in asked.values() for case in some], "both")
        far = np.array([probability(case.signs) for case in wikipedia(data, encoder, settings)])
        shares = ", ".join(f"{(far >= threshold).mean():.1%} from {threshold}" for threshold in _THRESHOLDS)
        print(f"TREC's questions to 30 articles of Wikipedia, few of which are answered: {shares}")


if __name__ == "__main__":
    main()
