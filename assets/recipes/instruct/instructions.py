"""Write the training rows of ``house/story-instruct``, in the *messages* format.

    python -m assets.recipes.instruct.instructions ../shared/data instruct-rows

``train.jsonl.gz`` is shuffled; ``validation.jsonl.gz`` holds rows of other texts and of held-out problems.
``tools.jsonl.gz`` is for a second, short training, with rows of the first beside those of a calculator, so
that nothing is forgotten; ``tools_validation.jsonl.gz`` likewise. ``counts.json`` says how many of each skill
there are, and how many were left out because they share 13 words with an evaluation set. Sources: TinyStories
(CDLA-Sharing-1.0), FairytaleQA's train split (Apache-2.0), the polarity sentences of Rotten Tomatoes (CC BY),
the instructions of LLMs-from-scratch (Apache-2.0), and the problems of this folder.
"""

import gzip
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from assets.recipes.instruct.arithmetic import drills, pairs
from assets.recipes.instruct.passage_rows import Passages
from assets.recipes.instruct.rows import Row, sentences
from assets.recipes.instruct.sentence_rows import Sentences
from assets.recipes.instruct.story_rows import Stories
from assets.recipes.instruct.tool_rows import with_calculator
from assets.recipes.story_corpus import clean, held_out, held_texts, opened, rows, stories
from pipelines.training.overlap import Held

SEED = 7
PROBLEMS, DRILLS = 22_000, 10_000
TOOLS, AGAIN = 8_000, 6_000  # of the second training: conversations with a calculator, rows of the first
MOST = {
    "continue": 4000,
    "tell about": 5000,
    "tell with words": 12_000,
    "answer": 15_000,
    "extract": 8000,
    "rewrite": 6000,
    "classify": 8000,
    "general": 1000,
}
SYSTEMS = ("You are a helpful assistant.", "You are a friendly storyteller.", "Answer briefly.")
WITH_SYSTEM = 0.05
VALIDATION, VALIDATION_REVIEWS = 0.02, 0.1  # shares of the stories, tales and instructions; of the reviews
_POLARITY = "classify/rotten_tomatoes_polarity.jsonl.gz"


def kept_apart(text: str, share: float) -> bool:
    """Whether a text is measured on and not learnt from."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) < share * 2**32


def texts_of_stories(data: Path) -> Iterator[str]:
    """Not those that the base model was measured on."""
    from pipelines.training.data import SplitRule

    rule = SplitRule(1, 0.01)
    for _, raw in stories(data):
        text = clean(raw)
        if 200 <= len(text) <= 4000 and not rule.holds_out(text):
            yield text


def from_stories(data: Path, apart: bool) -> Iterator[Row]:
    """``apart``, here and below: from the texts to measure on."""
    texts = list(texts_of_stories(data))
    told, asked, changed = Stories(texts, SEED), Passages(SEED), Sentences(SEED)
    rng = random.Random(f"sentence {SEED}")
    for text in (t for t in texts if kept_apart(t, VALIDATION) == apart):
        yield from told.rows(text)
        yield from asked.rows(text)
        fitting = [s for s in sentences(text) if 20 <= len(s) <= 110 and s.count('"') % 2 == 0]
        for sentence in rng.sample(fitting, min(2, len(fitting))):
            made = list(changed.rewritten(sentence))
            yield from rng.sample(made, min(1, len(made)))


def from_fairy_tales(data: Path, apart: bool) -> Iterator[Row]:
    """The train split's questions; every twelfth is also asked of a passage that does not answer it."""
    asked = Passages(SEED + 1)
    sections = {r["story"]: r["sections"] for r in rows(data / "rag" / "fairytaleqa_stories.jsonl.gz")}
    read = (r for r in rows(data / "rag" / "fairytaleqa_questions.jsonl.gz") if r["split"] == "train")
    questions = [r for r in read if kept_apart(r["story"], VALIDATION) == apart]
    for place, row in enumerate(questions):
        section = " ".join(clean(sections[row["story"]][n - 1]) for n in row["sections"])
        made = [asked.written(clean(row["question"]), clean(row["answers"][0]), section)]
        if place % 12 == 0:
            other = questions[(place + len(questions) // 2) % len(questions)]
            made.append(asked.unanswered(clean(row["question"]), clean(sections[other["story"]][0])))
        yield from filter(None, made)


def reviews(data: Path, apart: bool) -> list[tuple[str, str]]:
    """(text, label) pairs, the short ones."""
    read = ((clean(r["text"]), r["label"]) for r in rows(data / _POLARITY))
    return [r for r in read if len(r[0]) <= 130 and kept_apart(r[0], VALIDATION_REVIEWS) == apart]


def from_reviews(data: Path, apart: bool) -> Iterator[Row]:
    made, rng, known = Sentences(SEED + 2), random.Random(f"reviews {SEED}"), reviews(data, apart)
    by_label = [[r for r in known if r[1] == label] for label in ("positive", "negative")]
    for asked in rng.sample(known, len(known)):
        examples = [rng.choice(by_label[i % 2]) for i in range(rng.choice((2, 4)))]
        rng.shuffle(examples)
        if asked not in examples:
            yield made.classified((*examples, asked))


def general(data: Path, apart: bool) -> Iterator[Row]:
    with opened(data / "instruct" / "llms_from_scratch_instructions.json.gz") as source:
        read = json.load(source)
    for row in read:
        prompt = clean(f"{row['instruction']}\n{row['input']}")
        if len(row["output"]) <= 200 and kept_apart(prompt, VALIDATION) == apart:
            yield Row("general", (prompt, clean(row["output"])))


def held(data: Path) -> Held:
    """What no row of training may repeat: the evaluation sets, and the reviews that are measured on."""
    files = (path for path in held_out(data) if not path.match(_POLARITY))
    texts = chain.from_iterable(held_texts(path) for path in files)
    return Held(chain(texts, (text for text, _ in reviews(data, True))))


def chosen(made: Iterable[Row], apart: Held, counts: Counter) -> list[Row]:
    """As many of each skill as :data:`MOST` says, none twice, none that repeats an evaluation text."""
    by_skill: dict[str, list[Row]] = {}
    for row in dict.fromkeys(made):
        if apart.shares(row.text):
            counts[f"left out: {row.skill}"] += 1
        else:
            by_skill.setdefault(row.skill, []).append(row)
    rng = random.Random(f"chosen {SEED}")
    return [r for skill, found in by_skill.items() for r in rng.sample(found, min(len(found), MOST[skill]))]


def other_rows(data: Path, apart: bool, counts: Counter) -> list[Row]:
    """All skills but arithmetic."""
    made = (make(data, apart) for make in (from_stories, from_fairy_tales, from_reviews, general))
    return chosen(chain.from_iterable(made), Held(()) if apart else held(data), counts)


def with_systems(found: list[Row]) -> list[Row]:
    """Some rows get a system message, so that one does not disturb the model."""
    rng = random.Random(f"systems {SEED}")
    return [Row(r.skill, r.turns, rng.choice(SYSTEMS)) if rng.random() < WITH_SYSTEM else r for r in found]


def write(path: Path, found: list[Row]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as out:
        for row in found:
            out.write(json.dumps(row.to_json(), ensure_ascii=False) + "\n")


def main() -> None:
    data, target = map(Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    counts: Counter = Counter()
    learnt, apart = (other_rows(data, kept, counts) for kept in (False, True))
    learnt += [*chain.from_iterable(pairs(SEED, PROBLEMS)), *drills(SEED, DRILLS)]
    apart += [*chain.from_iterable(pairs(SEED, 100, held_out=True))]
    random.Random(SEED).shuffle(learnt)
    tools = [*with_calculator(SEED, TOOLS), *random.Random(f"again {SEED}").sample(learnt, AGAIN)]
    random.Random(f"tools {SEED}").shuffle(tools)
    tools_apart = [*with_calculator(SEED, 100, held_out=True), *apart]
    for name, found in (
        ("train", learnt),
        ("validation", apart),
        ("tools", tools),
        ("tools_validation", tools_apart),
    ):
        write(target / f"{name}.jsonl.gz", with_systems(found))
        counts.update(f"{name}: {row.skill}" for row in found)
    (target / "counts.json").write_text(json.dumps(dict(sorted(counts.items())), indent=2) + "\n")
    print(json.dumps(dict(sorted(counts.items())), indent=2))


if __name__ == "__main__":
    main()
