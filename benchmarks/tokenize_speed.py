"""Tokenizing and training beside the bare library. Claims: 10,000 characters under 4 tokenizers within 150 ms
of compute, everything that the page shows included; a BPE of 8,192 entries on 3 MB within 2 s of training.

The yardstick of the first is the library's own ``encode`` of the same text by the same tokenizers, which
gives ids and offsets but no columns, alignment or measures; that of the second the library's trainer on the
same text.
The text is the bundled stories and this project's own code and docs: 3 MB without repeats.

    python -m benchmarks.tokenize_speed [--rounds 20]
"""

import argparse
import statistics
import time
from collections.abc import Callable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from pipelines.core.settings import REPOSITORY, Settings
from pipelines.models.minilm import NAME as MINILM
from pipelines.tokenization.comparison import compare
from pipelines.tokenization.encode import encode
from pipelines.tokenization.lines import line_starts
from pipelines.tokenization.load import load
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.specs import TokenizerSpec
from pipelines.tokenization.train import train
from pipelines.tokenization.window import make_window
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents

CHARACTERS, LIMIT_MS = 10_000, 150
BYTES, ENTRIES, LIMIT_SECONDS = 3_000_000, 8_192, 2.0
WIDTH, LINES = 80, 30


def corpus() -> list[str]:
    """Documents of 3 MB together, none twice."""
    texts = list(documents(CorpusStore(Settings()).path("sample")))
    for folder in ("app", "pipelines", "tests", "docs", "assets/recipes", "benchmarks"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".js", ".css"):
                texts.append(path.read_text(encoding="utf-8"))
    kept, size = [], 0
    for text in dict.fromkeys(texts):
        kept.append(text)
        size += len(text.encode())
        if size >= BYTES:
            break
    return kept


def four(texts: list[str]) -> list[LoadedTokenizer]:
    """The house's BPE, MiniLM's WordPiece, a Unigram and a byte-level BPE of 8k that are learnt here."""
    found = [load(name, Settings()) for name in ("house/story-base", MINILM)]
    specs = (TokenizerSpec(algorithm="unigram", byte_level=False), TokenizerSpec())
    return [*found, *(train(texts[:800], spec).loaded(spec.algorithm) for spec in specs)]


def shown(loaded: list[LoadedTokenizer], text: str) -> None:
    """All that a text on the page takes: columns, alignment, measures, lines, and the lines in view."""
    encodings = [encode(one, text) for one in loaded]
    compare(loaded, encodings, [0.0] * len(loaded))
    make_window(encodings, line_starts(text, WIDTH), 0, LINES)


def bare(loaded: list[LoadedTokenizer], text: str) -> None:
    for one in loaded:
        encoding = one.backend.encode(text, add_special_tokens=False)
        _ = encoding.ids, encoding.offsets


def medians(rounds: int, *sides: Callable[[], None]) -> list[float]:
    """Seconds of each side, taken in turn after one round that warms up."""
    times: list[list[float]] = [[] for _ in sides]
    for turn in range(rounds + 1):
        for taken, side in zip(times, sides, strict=True):
            began = time.perf_counter()
            side()
            if turn:
                taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in times]


def library_training(texts: list[str]) -> None:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    core.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=ENTRIES, min_frequency=2, initial_alphabet=alphabet, show_progress=False
    )
    core.train_from_iterator(texts, trainer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    texts = corpus()
    size = sum(len(text.encode()) for text in texts)
    loaded = four(texts)
    sample = " ".join(texts[::7])[:CHARACTERS]
    ours, theirs = medians(rounds, lambda: shown(loaded, sample), lambda: bare(loaded, sample))
    said = "PASS" if 1000 * ours <= LIMIT_MS else "FAIL"
    what = f"{CHARACTERS:,} characters × {len(loaded)} tokenizers"
    print(f"{said}: {what}: {1000 * ours:.0f} ms (at most {LIMIT_MS})")
    print(f"      the library's encode alone {1000 * theirs:.0f} ms, ratio {ours / theirs:.1f}")
    spec = TokenizerSpec(vocab_size=ENTRIES)
    ours, theirs = medians(3, lambda: train(texts, spec), lambda: library_training(texts))
    said = "PASS" if ours <= LIMIT_SECONDS else "FAIL"
    print(f"{said}: BPE of {ENTRIES:,} on {size / 1e6:.1f} MB: {ours:.2f} s (at most {LIMIT_SECONDS:.0f})")
    print(f"      the library's trainer alone {theirs:.2f} s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
