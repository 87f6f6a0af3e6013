"""Gather the training text of ``house/story-base`` from a folder of licence-clean data.

    python -m assets.recipes.story_corpus ../shared/data /tmp/story-corpus

Writes two corpora. ``stories.jsonl.gz``: TinyStories (CDLA-Sharing-1.0), which the model is to write.
``books.jsonl.gz``: African Storybook and Pratham picture books (CC BY), the fairy tales of FairytaleQA's
*train* split, ChiLit and simple classic fiction (public domain), from which it learns more of the language.

Texts are cleaned, cut at paragraph ends, de-duplicated by their opening letters, and left out when they
share a run of 13 words with a validation or test set of the folder. ``counts.json`` says how many.
"""

import csv
import gzip
import io
import json
import lzma
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.training.overlap import Held

MIN_CHARS, MAX_CHARS = 150, 4000
_ODD = re.compile(r"[^\x20-\x7e\n‘’“”–—…éèêàâçñöüïô£]")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "—": "--", "–": "-"})
_MARKUP = re.compile(r"^#+\s*|[*_]+", re.MULTILINE)

# Nothing of these may be trained on: every validation or test set of the folder, and what has no split.
HELD_OUT = (
    "eval/*",
    "lm/wikitext2_*",
    "lm/tiny_shakespeare*",
    "rag/fairytaleqa_stories.jsonl.gz",  # its val split; see `held_texts`
    "rag/fairytaleqa_questions.jsonl.gz",
    "tinystories/evaluation_prompts.yaml",
    "instruct/self_instruct_user_oriented_252.jsonl",
    "preference/hh_rlhf_harmless_base_test.jsonl.gz",
    "classify/*",
    "ner/*",
    "cot_prompts/*",
)
_TRAINED_ON = ("gsm8k_train", "commonsenseqa_train", "banking77_train", "wnut17_train")


def opened(path: Path) -> io.TextIOBase:
    openers = {".gz": gzip.open, ".xz": lzma.open}
    return openers.get(path.suffix, open)(path, "rt", encoding="utf-8")


def rows(path: Path) -> Iterator[dict]:
    with opened(path) as source:
        yield from map(json.loads, source)


def strings(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def held_texts(path: Path) -> Iterator[str]:
    """The texts of one evaluation file, whatever its format; of a file with splits, all but *train*."""
    with opened(path) as source:
        text = source.read()
    if ".csv" in path.name:
        yield from (cell for row in csv.reader(io.StringIO(text)) for cell in row)
    elif ".jsonl" in path.name:
        read = map(json.loads, filter(None, text.split("\n")))
        yield from (s for row in read if row.get("split") != "train" for s in strings(row))
    elif ".json" in path.name:
        yield from strings(json.loads(text))
    elif ".conll" in path.name:
        yield from (" ".join(line.split()[0] for line in s.splitlines() if line) for s in text.split("\n\n"))
    else:
        yield text


def held_out(data: Path) -> Iterator[Path]:
    for pattern in HELD_OUT:
        for path in sorted(data.glob(pattern)):
            if not path.name.startswith(_TRAINED_ON):
                yield path


def stories(data: Path) -> Iterator[tuple[str, str]]:
    """(source, raw text) pairs."""
    for row in rows(data / "tinystories" / "train.jsonl.gz"):
        yield "tinystories", row["text"]


def books(data: Path) -> Iterator[tuple[str, str]]:
    for row in rows(data / "children_storybooks" / "storybooks_en.jsonl.gz"):
        yield "storybooks", "\n".join([row["title"], *row["pages"]]) if row.get("pages") else row["text"]
    for row in rows(data / "rag" / "fairytaleqa_stories.jsonl.gz"):
        if row["split"] == "train":
            yield "fairytales", "\n".join(row["sections"])
    for name, source in (("children_chilit", "chilit"), ("classic_fiction_simple", "classics")):
        for row in rows(data / "books" / f"{name}.jsonl.xz"):
            yield source, _MARKUP.sub("", row["text"])


def clean(text: str) -> str:
    """Plain quotes and dashes, single spaces, no empty paragraphs."""
    paragraphs = (" ".join(p.split()) for p in text.translate(_PLAIN).split("\n"))
    return "\n".join(p for p in paragraphs if p)


def pieces(text: str) -> Iterator[str]:
    """The text in parts of at most ``MAX_CHARS``, cut between paragraphs."""
    part = ""
    for paragraph in text.split("\n"):
        if part and len(part) + len(paragraph) > MAX_CHARS:
            yield part
            part = ""
        part = f"{part}\n{paragraph}" if part else paragraph
    yield part


def kept(source: Iterable[tuple[str, str]], held: Held, counts: Counter) -> list[dict[str, str]]:
    """The documents to train on, in a random order; ``counts`` takes what was left out, and why."""
    seen: set[str] = set()
    documents = []
    for origin, raw in source:
        for text in pieces(clean(raw)):
            fault = fault_of(text, seen, held)
            counts[f"{origin}: {fault or 'kept'}"] += 1
            counts[f"{origin}: characters kept"] += 0 if fault else len(text)
            if not fault:
                documents.append({"text": text, "source": origin})
    random.Random(0).shuffle(documents)
    return documents


def fault_of(text: str, seen: set[str], held: Held) -> str:
    """Why a text is left out; empty where it is kept, and then it is noted in ``seen``."""
    if not MIN_CHARS <= len(text) <= 2 * MAX_CHARS:
        return "too short or long"
    if len(_ODD.findall(text)) > 0.002 * len(text):
        return "odd characters"
    opening = re.sub(r"[^a-z]", "", text.lower())[:90]
    if opening in seen:
        return "same opening"
    if held.shares(text):
        return "shares 13 words with an evaluation set"
    seen.add(opening)
    return ""


def main() -> None:
    data, target = map(Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    files = list(held_out(data))
    held = Held(text for path in files for text in held_texts(path))
    counts: Counter = Counter()
    for name, source in (("stories", stories), ("books", books)):
        with gzip.open(target / f"{name}.jsonl.gz", "wt", encoding="utf-8") as out:
            for row in kept(source(data), held, counts):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    summary = {"evaluation files": len(files), "runs of 13 words in them": len(held), **sorted_(counts)}
    (target / "counts.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=2))


def sorted_(counts: Counter) -> dict[str, int]:
    return dict(sorted(counts.items()))


if __name__ == "__main__":
    main()
