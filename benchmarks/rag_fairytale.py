"""Hit@k, MRR and nDCG of each way of retrieval on FairytaleQA's validation questions, stage by stage.

The 1,025 questions are asked of all 380 sections of the 23 validation stories, by the retrieval worker's
own handler: BM25, MiniLM, reciprocal rank fusion, weighted fusion with the default weight, with MMR after
it, and with the neighbours of each hit. Differences are paired, with Newcombe's interval and McNemar's
exact test. The weight and the scaling were chosen on the training questions: ``--weights`` prints hit@5
there for every weight. Claim: weighted fusion is above BM25 alone and above MiniLM alone in hit@5, the
interval without 0.

    python -m benchmarks.rag_fairytale [--data ../shared/data] [--split val] [--plain] [--weights]

``--plain`` leaves words as they are (no stemming), as a first measurement did: MiniLM .602, BM25 .812,
RRF .776, weighted fusion with equal weights .837.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.recipes.rag_sections import Question, Remembered, Sections, fairytales
from pipelines.common.proportions import paired, proportion
from pipelines.core.settings import Settings
from pipelines.rag.answers import Found
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.measuring.ranking import ndcg, reciprocal_rank
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import MINILM, SearchSpec

WEIGHTED = "weighted"
_DEPTH = 10
_BASE: dict[str, Any] = {"top_k": _DEPTH}
WAYS = {
    "MiniLM": SearchSpec(mode="dense", **_BASE),
    "BM25": SearchSpec(mode="bm25", **_BASE),
    "RRF": SearchSpec(fusion="rrf", **_BASE),
    WEIGHTED: SearchSpec(**_BASE),
    "weighted + MMR 0.8": SearchSpec(mmr=0.8, **_BASE),
    "weighted + neighbours": SearchSpec(neighbours=1, **_BASE),
}


@dataclass(frozen=True)
class Asked:
    """What one way found for every question: which of the first places are right ones."""

    flags: tuple[tuple[bool, ...], ...]
    relevant: tuple[int, ...]
    grouped: bool = False

    def hits(self, k: int) -> list[bool]:
        return [any(flags[:k]) for flags in self.flags]

    def shown(self) -> str:
        shares = " ".join(f"{proportion(sum(self.hits(k)), len(self.flags)).share:.3f}" for k in (1, 5, 10))
        first = np.mean([reciprocal_rank(flags[:_DEPTH]) for flags in self.flags])
        return f"{shares}  {first:.3f}  {self._gain()}"

    def _gain(self) -> str:
        """Not of groups: one right section would count in several."""
        if self.grouped:
            return "–"
        gains = zip(self.flags, self.relevant, strict=True)
        return f"{np.mean([ndcg(flags, relevant, _DEPTH) for flags, relevant in gains]):.3f}"


def ask(library: Sections, questions: Sequence[Question], keys: dict[str, str], spec: SearchSpec) -> Asked:
    flags = []
    for question in questions:
        *_, found = search(SearchRequest(library.id, question.text, spec), library)
        right = {f"{keys[question.story]}.{section}" for section in question.sections}
        flags.append(tuple(not right.isdisjoint(group) for group in groups(found, spec)))
    relevant = tuple(len(question.sections) for question in questions)
    return Asked(tuple(flags), relevant, grouped=spec.neighbours > 0)


def groups(found: Found, spec: SearchSpec) -> list[set[str]]:
    """Each hit, best first; with neighbours the sections that came with it."""
    if not spec.neighbours:
        return [{one} for one in found.hits]
    core = next(stage for stage in found.stages if stage.name == "fusion").ids[: spec.top_k]
    return [{one, *_around(one, spec.neighbours)} for one in core]


def _around(one: str, reach: int) -> list[str]:
    document, _, position = one.partition(".")
    return [f"{document}.{int(position) + step}" for step in range(-reach, reach + 1)]


def compared(title: str, first: Asked, second: Asked) -> bool:
    """Print how much better the second is; whether the interval leaves out 0."""
    told = paired(first.hits(5), second.hits(5))
    print(
        f"weighted − {title}: {100 * told.difference:+.1f} points (95 %: {100 * told.low:+.1f} to "
        f"{100 * told.high:+.1f}), alone right {told.only_second} and {told.only_first}, "
        f"p = {told.p_value:.2g}"
    )
    return told.low > 0


def weights(library: Sections, questions: Sequence[Question], keys: dict[str, str]) -> None:
    for weight in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        asked = ask(library, questions, keys, SearchSpec(dense_weight=weight, **_BASE))
        print(f"dense_weight {weight}: {asked.shown()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", choices=("val", "train"), default="val")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--weights", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        settings.make_folders()
        stories, questions = fairytales(options.data, "train" if options.weights else options.split)
        encoder = open_encoder(MINILM, settings)
        rows = encoder.embed([piece for pieces in stories.values() for piece in pieces])
        known = Remembered(encoder, [question.text for question in questions])
        library = Sections(stories, known, rows, settings, "none" if options.plain else "english")
        keys = {story: f"d{number}" for number, story in enumerate(stories)}
        print(f"{len(questions)} questions, {len(rows)} sections; hit@1, hit@5, hit@10, MRR@10, nDCG@10")
        if options.weights:
            weights(library, questions, keys)
            return
        found = {}
        for name, spec in WAYS.items():
            found[name] = ask(library, questions, keys, spec)
            print(f"{name:24}{found[name].shown()}", flush=True)
        clear = [compared(name, found[name], found[WEIGHTED]) for name in ("BM25", "MiniLM", "RRF")]
        print(f"weighted above BM25 and MiniLM with an interval without 0: {all(clear[:2])}")


if __name__ == "__main__":
    main()
