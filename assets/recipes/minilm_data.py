"""Gather the rows of the house adapters on MiniLM from a folder of licence-clean data.

    python -m assets.recipes.minilm_data ../shared/data minilm-data

Writes ``<task>/train``, ``validation`` (which chooses among the checkpoints) and ``test`` (which neither
trains nor chooses) for each of four tasks, and ``counts.json``:

- *sentiment*: Rotten Tomatoes sentences (Pang and Lee 2005, CC BY 4.0), a tenth held out to choose and a
  tenth to test, by content, so that equal sentences stay together.
- *ner*: WNUT-17 (Derczynski et al. 2017, CC BY 4.0) and those sentences of the Broad Twitter Corpus
  (Derczynski et al. 2016, CC BY 4.0) that name persons or places and no organisation, as these two types
  mean the same in both. A tenth of WNUT's training set chooses; its development set is the test.
- *qa*: FairytaleQA (Xu et al. 2022, Apache-2.0): questions whose answer is a span of their sections, or
  nearly one in the training set. Training reads the sentences around an answer, 110 words at most. Questions
  of a tenth of the training stories choose; the test is the validation split. Both have whole sections.
- *fill-mask*: TinyStories (Eldan and Li 2023, CDLA-Sharing-1.0), partial copies.
"""

import gzip
import hashlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.common.metrics import squad_normalised

_NEAR = 0.7  # token F1 from which a span stands for an answer in other words
_AROUND = 110  # words of a passage that training reads
_STORIES = {"train": 6000, "validation": 300, "test": 600}
_TWITTER = {"PER": "person", "LOC": "location"}
_WORD = re.compile(r"\S+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\"')\n]*")

Row = dict[str, Any]
Sentence = list[tuple[str, str]]  # (word, tag)


def rows(file: Path) -> Iterator[Row]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def part_of(text: str) -> str:
    """The part that a text belongs to by its content: a tenth each for choosing and for the test.

    >>> part_of("A fine film.") == part_of("a  fine film .")
    True
    """
    plain = "".join(re.findall(r"\w", text.lower()))
    draw = int.from_bytes(hashlib.sha256(plain.encode()).digest()[:4], "big") % 10
    return {0: "test", 1: "validation"}.get(draw, "train")


def sentiment(data: Path) -> Iterator[tuple[str, Row]]:
    seen = set()
    for row in rows(data / "classify/rotten_tomatoes_polarity.jsonl.gz"):
        if row["text"] not in seen:
            seen.add(row["text"])
            yield part_of(row["text"]), {"text": row["text"], "label": row["label"]}


def ner(data: Path) -> Iterator[tuple[str, Row]]:
    tests = {_plain(sentence) for sentence in sentences(data / "ner/wnut17_dev.conll.gz")}
    for sentence in sentences(data / "ner/wnut17_dev.conll.gz"):
        yield "test", _tagged(sentence)
    for sentence in sentences(data / "ner/wnut17_train.conll.gz"):
        chooses = part_of(_plain(sentence)) == "validation"
        if _plain(sentence) not in tests:
            yield "validation" if chooses else "train", _tagged(sentence)
    for sentence in sentences(data / "ner/btc_broad_twitter.conll.gz"):
        types = {tag[2:] for _, tag in sentence if tag != "O"}
        chooses = part_of(_plain(sentence)) == "validation"
        if types and types <= set(_TWITTER) and not chooses and _plain(sentence) not in tests:
            yield "train", _tagged([(word, _mapped(tag)) for word, tag in sentence])


def sentences(file: Path) -> Iterator[Sentence]:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        for block in re.split(r"\n\s*\n", text.read()):
            pairs = [tuple(line.rsplit("\t", 1)) for line in block.split("\n") if "\t" in line]
            sentence = [(word.strip(), tag.strip()) for word, tag in pairs if word.strip()]
            if sentence:
                yield sentence


def qa(data: Path) -> Iterator[tuple[str, Row]]:
    stories = {row["story"]: row for row in rows(data / "rag/fairytaleqa_stories.jsonl.gz")}
    for question in rows(data / "rag/fairytaleqa_questions.jsonl.gz"):
        sections = stories[question["story"]]["sections"]
        context = "\n".join(
            sections[number - 1] for number in question["sections"] if 0 < number <= len(sections)
        )
        trains = question["split"] == "train"
        spans = list(dict.fromkeys(filter(None, (span_of(a, context, trains) for a in question["answers"]))))
        if spans:
            chooses = trains and part_of(question["story"]) == "validation"
            part = ("validation" if chooses else "train") if trains else "test"
            if part == "train":
                context, spans = passage(context, spans[0], random.Random(question["question"]))
            answers = {"text": [context[a:b] for a, b in spans], "answer_start": [a for a, _ in spans]}
            yield part, {"question": question["question"], "context": context, "answers": answers}


def passage(
    context: str, span: tuple[int, int], rng: random.Random, most: int = _AROUND
) -> tuple[str, list[tuple[int, int]]]:
    """The sentences of a span and, as far as ``most`` words go, those before and after in any share; and
    where the span stands there.

    >>> text, spans = passage("One. Two. The sun went down. Four.", (14, 17), random.Random(0), most=4)
    >>> text, [text[a:b] for a, b in spans]
    ('The sun went down.', ['sun'])
    """
    sentences = [found.span() for found in _SENTENCE.finditer(context)] or [(0, len(context))]
    sizes = [len(context[a:b].split()) for a, b in sentences]
    held = [n for n, (a, b) in enumerate(sentences) if a < span[1] and b > span[0]]
    first, last = held[0], held[-1]
    left = most - sum(sizes[first : last + 1])
    while True:
        sides = [n for n in (first - 1, last + 1) if 0 <= n < len(sizes) and sizes[n] <= left]
        if not sides:
            break
        taken = rng.choice(sides)
        left -= sizes[taken]
        first, last = min(first, taken), max(last, taken)
    begin, end = min(sentences[first][0], span[0]), max(sentences[last][1], span[1])
    begin += len(context[begin:end]) - len(context[begin:end].lstrip())
    return context[begin:end].rstrip(), [(span[0] - begin, span[1] - begin)]


def span_of(answer: str, context: str, near: bool) -> tuple[int, int] | None:
    """Where the answer stands in the context, whole words and any case; with ``near``, else the span of words
    that has the most in common with it, if that is enough.

    >>> span_of("the Sun.", "Then the sun went down.", near=False)
    (5, 12)
    """
    wanted = answer.strip().strip(".,;!?\"'").strip()
    if not wanted:
        return None
    found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", context, re.IGNORECASE)
    if found:
        return found.span()
    return _nearest(wanted, context) if near else None


def fill_mask(data: Path) -> Iterator[tuple[str, Row]]:
    texts = [row["text"] for row in rows(data / "tinystories/train.jsonl.gz")]
    random.Random(0).shuffle(texts)
    left = dict(_STORIES)
    for text in texts:
        part = part_of(text)
        if left[part]:
            left[part] -= 1
            yield part, {"text": text}


TASKS = {"sentiment": sentiment, "ner": ner, "qa": qa, "fill-mask": fill_mask}


def write(folder: Path, found: Iterable[tuple[str, Row]]) -> dict[str, int]:
    folder.mkdir(parents=True, exist_ok=True)
    parts = ("train", "validation", "test")
    files = {part: (folder / f"{part}.jsonl").open("w", encoding="utf-8") for part in parts}
    counts: Counter[str] = Counter()
    for part, row in found:
        files[part].write(json.dumps(row, ensure_ascii=False) + "\n")
        counts[part] += 1
    for file in files.values():
        file.close()
    return dict(counts)


def main(data: Path, folder: Path) -> None:
    counts = {name: write(folder / name, task(data)) for name, task in TASKS.items()}
    (folder / "counts.json").write_text(json.dumps(counts, indent=2) + "\n")
    print(json.dumps(counts, indent=2))


def _tagged(sentence: Sentence) -> Row:
    return {"tokens": [word for word, _ in sentence], "ner_tags": [tag for _, tag in sentence]}


def _plain(sentence: Sentence) -> str:
    return " ".join(word.lower() for word, _ in sentence)


def _mapped(tag: str) -> str:
    prefix, dash, name = tag.partition("-")
    return f"{prefix}-{_TWITTER[name]}" if dash else tag


def _nearest(wanted: str, context: str) -> tuple[int, int] | None:
    """Spans grow word by word from each place; what they share with the answer is counted along."""
    sought = squad_normalised(wanted).split()
    words = [(*found.span(), squad_normalised(found.group())) for found in _WORD.finditer(context)]
    best, place = 0.0, None
    for first in range(len(words)):
        left, shared, size = Counter(sought), 0, 0
        for _, end, word in words[first : first + len(sought) + 4]:
            size += bool(word)
            shared += left[word] > 0
            left[word] -= 1
            score = 2 * shared / (size + len(sought)) if size else 0.0
            if score > best:
                best, place = score, (words[first][0], end)
    return place if best >= _NEAR else None


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
