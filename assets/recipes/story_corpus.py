"""Gather the training text of ``house/story-base`` from a folder of licence-clean data.

    python assets/recipes/story_corpus.py ../shared/data /tmp/stories.jsonl.gz

Takes the simple-English part: TinyStories (CDLA-Sharing-1.0), African Storybook and Pratham picture books
(CC BY), and the fairy tales of FairytaleQA's *train* split (public domain). Texts are cleaned, cut to at
most ``MAX_CHARS`` at paragraph ends, and de-duplicated by their opening letters. Writes one JSON object
with ``text`` and ``source`` a line, shuffled with a fixed seed.
"""

import gzip
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MIN_CHARS, MAX_CHARS = 150, 4000
_ODD = re.compile(r"[^\x20-\x7e\n‘’“”–—…éèêàâçñöüïô£]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."})


def lines(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as source:
        for line in source:
            yield json.loads(line)


def sources(data: Path) -> Iterator[tuple[str, str]]:
    """(source, raw text) pairs."""
    for row in lines(data / "tinystories" / "train.jsonl.gz"):
        yield "tinystories", row["text"]
    for row in lines(data / "children_storybooks" / "storybooks_en.jsonl.gz"):
        yield "storybooks", "\n".join([row["title"], *row["pages"]]) if row.get("pages") else row["text"]
    for row in lines(data / "rag" / "fairytaleqa_stories.jsonl.gz"):
        if row["split"] == "train":
            yield "fairytales", "\n".join(row["sections"])


def clean(text: str) -> str:
    """Plain quotes, single spaces, no empty paragraphs."""
    paragraphs = (" ".join(p.split()) for p in text.translate(_QUOTES).split("\n"))
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


def corpus(data: Path) -> list[dict[str, str]]:
    seen: set[str] = set()
    rows = []
    for source, raw in sources(data):
        for text in pieces(clean(raw)):
            key = re.sub(r"[^a-z]", "", text.lower())[:90]
            odd = len(_ODD.findall(text)) / max(1, len(text))
            if MIN_CHARS <= len(text) <= 2 * MAX_CHARS and odd < 0.002 and key not in seen:
                seen.add(key)
                rows.append({"text": text, "source": source})
    random.Random(0).shuffle(rows)
    return rows


def main() -> None:
    data, target = map(Path, sys.argv[1:3])
    rows = corpus(data)
    with gzip.open(target, "wt", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    for source in ("tinystories", "storybooks", "fairytales"):
        kept = [len(r["text"]) for r in rows if r["source"] == source]
        print(f"{source:12} {len(kept):6} documents {sum(kept) / 1e6:6.2f} M characters")


if __name__ == "__main__":
    main()
