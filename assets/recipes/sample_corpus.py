"""Write the bundled sample corpus with a model of this project: no text of others is committed.

    python assets/recipes/sample_corpus.py assets/models/story-base assets/samples/stories.txt.gz

Draws whole documents from the model (from its end-of-text token to the next one), drops what is
unfinished, too short, repetitive or a near copy of a kept one, and stops at ``TARGET_CHARS``.
The result is deterministic on one machine: the seed is fixed.
"""

import gzip
import os
import re
import sys
import zlib
from collections.abc import Iterator

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TARGET_CHARS = 1_300_000
MIN_CHARS, BATCH, MAX_TOKENS = 350, 64, 420
SEPARATOR = "\n<|endoftext|>\n"


def drawn(folder: str) -> Iterator[str]:
    """Finished documents, without end."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    end = tokenizer.eos_token_id
    start = torch.full((BATCH, 1), end)
    settings = {
        "do_sample": True,
        "temperature": 0.8,
        "top_p": 0.95,
        "top_k": 0,
        "max_new_tokens": MAX_TOKENS,
    }
    settings |= {"eos_token_id": end, "pad_token_id": tokenizer.pad_token_id}
    torch.manual_seed(0)
    while True:
        ids = model.generate(start, attention_mask=torch.ones_like(start), **settings)
        for row in ids[:, 1:].tolist():
            if end in row:
                yield tokenizer.decode(row[: row.index(end)], skip_special_tokens=True).strip()


def repetitive(text: str) -> bool:
    """More than a tenth of the 4-grams of words stand there twice."""
    words = text.lower().split()
    grams = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return len(set(grams)) < 0.9 * len(grams)


def whole(text: str) -> bool:
    """Plain text that starts like a sentence and ends like one, with its quotation marks in pairs."""
    plain = re.fullmatch(r"[\x20-\x7e\n]+", text) is not None
    return (
        plain
        and text[0] in '"' + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        and text[-1] in '.!?"'
        and text.count('"') % 2 == 0
    )


def shingles(text: str) -> set[int]:
    words = text.lower().split()
    return {zlib.crc32(" ".join(words[i : i + 5]).encode()) for i in range(len(words) - 4)}


def kept(texts: Iterator[str]) -> Iterator[str]:
    """Texts that pass the filters and share less than half of their 5-grams with all kept before."""
    seen: set[int] = set()
    for text in texts:
        if len(text) < MIN_CHARS or not whole(text) or repetitive(text):
            continue
        grams = shingles(text)
        if len(grams & seen) < 0.5 * len(grams):
            seen |= grams
            yield text


def main() -> None:
    folder, target = sys.argv[1:3]
    total, documents = 0, []
    for text in kept(drawn(folder)):
        documents.append(text)
        total += len(text)
        if total >= TARGET_CHARS:
            break
    with gzip.GzipFile(target, "wb", mtime=0) as out:
        out.write((SEPARATOR.join(documents) + "\n").encode())
    print(f"{len(documents)} documents, {total / 1e6:.2f} M characters")


if __name__ == "__main__":
    main()
