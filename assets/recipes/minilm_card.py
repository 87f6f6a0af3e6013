"""Take a finished adapter over as ``house/minilm-<task>``: cut to a smaller rank, measured, with a card.

    python -m assets.recipes.minilm_card runs/<job>/artifact minilm-data assets/models/minilm-qa

The product of each pair of LoRA matrices is replaced by the nearest one of rank 8 (its largest singular
values), which halves the file. The tokenizer is that of the base and is left out. All figures of the card are
those of the cut file, rounded to bf16 as it lies in the folder, but for one: what the uncut adapter measured.
"""

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from assets.recipes.minilm_measure import measured
from pipelines.core.version import code_version
from pipelines.models.artifacts import ADAPTER, ADAPTER_WEIGHTS

RANK = 8
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
_FRAME = Path(__file__).with_suffix(".md")

Tensors = dict[str, torch.Tensor]
Figures = dict[str, Any]


@dataclass(frozen=True)
class About:
    """What a card says of a task. ``rows`` makes the table of figures, ``main`` is the first of them."""

    does: str
    license: str
    tag: str
    main: str
    data: str
    limits: str
    asked: str
    rows: Callable[[Figures], list[tuple[str, str]]]


def cut(tensors: Tensors, rank: int) -> Tensors:
    """Each LoRA pair as the nearest one of that rank, its two matrices of like size; all else as it is.

    >>> a, b = torch.ones(2, 3), torch.ones(4, 2)
    >>> found = cut({"x.lora_A.weight": a, "x.lora_B.weight": b}, 1)
    >>> bool(torch.allclose(found["x.lora_B.weight"] @ found["x.lora_A.weight"], b @ a, atol=1e-5))
    True
    """
    found = dict(tensors)
    for name in [key for key in tensors if ".lora_A." in key]:
        other = name.replace(".lora_A.", ".lora_B.")
        product = tensors[other].double() @ tensors[name].double()
        left, sizes, right = torch.linalg.svd(product, full_matrices=False)
        root = sizes[:rank].sqrt()
        found[name] = (root[:, None] * right[:rank]).float()
        found[other] = (left[:, :rank] * root).float()
    return found


def taken_over(artifact: Path, folder: Path) -> None:
    """The artefact's adapter, cut, without the base's tokenizer."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(artifact, folder, ignore=shutil.ignore_patterns(*_TOKENIZER))
    settings = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
    settings |= {"r": RANK, "lora_alpha": settings["lora_alpha"] * RANK / settings["r"]}
    settings["modules_to_save"] = sorted(set(settings["modules_to_save"] or ())) or None
    (folder / ADAPTER).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    smaller = cut(load_file(artifact / ADAPTER_WEIGHTS), RANK)
    rounded = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in smaller.items()}
    (folder / ADAPTER_WEIGHTS).unlink()
    save_file(rounded, folder / ADAPTER_WEIGHTS, metadata={"format": "pt"})
    (folder / ADAPTER_WEIGHTS).chmod(0o644)


def lineage(artifact: Path, data: Path, figures: Figures) -> Figures:
    """As the job wrote it, with paths as the recipe has them and what the cut adapter measures."""
    text = (artifact / "glassworks.json").read_text(encoding="utf-8")
    told = json.loads(text.replace(f"path:{data.resolve()}", "path:minilm-data"))
    told["code_version"] = told["code_version"] or code_version()
    return {**told, "job_id": None, "rank_after_cut": RANK, "test": figures}


def card(name: str, told: Figures, before: Figures, rows: tuple[int, int]) -> str:
    about, figures, metrics = ABOUT[name], told["test"], told["metrics"]
    spec = told["spec"]
    whole = before[about.main]
    lines = [*about.rows(figures), (f"before the cut to rank {RANK}", interval(whole))]
    written = _FRAME.read_text(encoding="utf-8").format(
        **vars(about) | {"rows": rows[0]},
        name=name,
        held=figures["rows"],
        chose=rows[1],
        table="\n".join(f"| {one} | {figure} |" for one, figure in lines),
        rank=spec["lora_r"],
        cut=RANK,
        trained=told["trainable_parameters"],
        steps=metrics["steps"],
        best=metrics["best_step"],
        tokens=told["tokens_seen"],
        minutes=metrics["seconds"] / 60,
        date=time.strftime("%Y-%m-%d", time.gmtime(told["created"])),
        recipe=f"minilm_{name.removeprefix('minilm-').replace('-', '_')}.json",
    )
    return "\n\n".join(_wrapped(part) for part in written.split("\n\n")) + "\n"


def interval(found: Figures) -> str:
    """
    >>> interval({"mean": 0.5, "low": 0.4, "high": 0.6125})
    '50.0 % (40.0 to 61.3)'
    """
    return f"{100 * found['mean']:.1f} % ({100 * found['low']:.1f} to {100 * found['high']:.1f})"


def _wrapped(part: str) -> str:
    """A paragraph in lines of at most 110 characters; headings, tables and the header as they are."""
    return part if part.startswith(("#", "|", "-")) else textwrap.fill(part, 110, break_on_hyphens=False)


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _sentiment(found: Figures) -> list[tuple[str, str]]:
    return [
        ("**accuracy**", f"**{interval(found['accuracy'])}**"),
        ("macro F1", _share(found["macro_f1"])),
        ("no training: the commoner label of the training rows", _share(found["commoner_label"])),
    ]


def _ner(found: Figures) -> list[tuple[str, str]]:
    types = sorted(name for name in found if name.startswith("f1_"))
    return [
        ("**entity F1**", f"**{interval(found['entity_f1'])}**"),
        ("precision, recall", f"{_share(found['entity_precision'])}, {_share(found['entity_recall'])}"),
        *((f"F1 of {name.removeprefix('f1_')}", _share(found[name])) for name in types),
    ]


def _qa(found: Figures) -> list[tuple[str, str]]:
    who = {
        "": "",
        "no training: the sentence with most words of the question, ": "nearest_sentence_",
        "no training: the first sentence, ": "first_sentence_",
        "no training: the base with a random head, ": "random_head_",
    }
    bold = [("**token F1**", f"**{interval(found['f1'])}**"), ("exact match", interval(found["exact_match"]))]
    rest = [(f"{words}token F1", interval(found[f"{key}f1"])) for words, key in who.items() if key]
    return bold + rest


def _fill(found: Figures) -> list[tuple[str, str]]:
    return [
        ("**a hidden token is among the first five**", f"**{interval(found['top5'])}**"),
        ("it is the first", interval(found["top1"])),
        ("no training: the five most frequent tokens of the training text", _share(found["unigram_top5"])),
        ("no training: the most frequent one", _share(found["unigram_top1"])),
    ]


ABOUT = {
    "minilm-sentiment": About(
        does="says whether a sentence of a film review is `positive` or `negative`",
        license="cc-by-4.0",
        tag="text-classification",
        main="accuracy",
        data="Rotten Tomatoes sentences (*sentence polarity*, Pang and Lee 2005: CC BY 4.0), written in "
        "small letters and with spaces around signs. A tenth chose the checkpoint, another tenth is "
        "the test, parted by content, so that equal sentences stay together.",
        limits="It has read single sentences about films; on other texts it was not measured. A text that "
        "is neither good nor bad gets one of the two labels all the same.",
        asked="`text` is what is to be labelled",
        rows=_sentiment,
    ),
    "minilm-ner": About(
        does="finds names in short messages: `person`, `location`, `group`, `corporation`, `product`, "
        "`creative-work`",
        license="cc-by-4.0",
        tag="token-classification",
        main="entity_f1",
        data="WNUT-17's training set (Derczynski et al. 2017: CC BY 4.0) but for a tenth that chose the "
        "checkpoint, and those sentences of the Broad Twitter Corpus (Derczynski et al. 2016: CC BY "
        "4.0) that name persons or places and no organisation, as these two types mean the same in "
        "both. The test is WNUT-17's development set, whole; sentences equal to one of it were left "
        "out of the training. A name counts when its first word, its last word and its type are "
        "right (seqeval, strict, IOB2); the interval is over sentences.",
        limits="Persons and places are found well; companies, products and works seldom, as there are few "
        "in the training sets. Capitals are not seen: the base knows small letters alone.",
        asked="`text` is where names are to be found",
        rows=_ner,
    ),
    "minilm-qa": About(
        does="finds the words of a passage that answer a question",
        license="apache-2.0",
        tag="question-answering",
        main="f1",
        data="FairytaleQA (Xu et al. 2022: Apache-2.0, the stories public domain): questions of the train "
        "split whose answer is a span of their sections or nearly one (token F1 of 0.7), each with "
        "the sentences around its answer, 110 words at most. Questions of a tenth of the stories, on "
        "whole sections, chose the checkpoint. The test is the validation split: the questions whose "
        "answer is a span, on whole sections, answered as `/predict` does, measured as SQuAD does.",
        limits="It has read 5,878 questions on fairy tales and nothing else; on other texts it was not "
        "measured. It always gives an answer of at most 30 tokens, also where the passage has none.",
        asked="`text` is the question, `context` the passage",
        rows=_qa,
    ),
    "minilm-fill-mask": About(
        does="guesses hidden words of children's stories from both sides",
        license="cdla-sharing-1.0",
        tag="fill-mask",
        main="top5",
        data="TinyStories (Eldan and Li 2023: CDLA-Sharing-1.0; written by GPT-3.5 and GPT-4), partial "
        "copies, parted by content. 15 % of the tokens of each window of 128 are hidden as BERT "
        "hides them; the test asks for those of 600 other stories. The interval is over windows.",
        limits="It has read simple English stories alone; on other texts it was not measured. It guesses "
        "single tokens: a word of several is out of its reach.",
        asked="`text` has `[MASK]` for each hidden word",
        rows=_fill,
    ),
}


def main(artifact: Path, data: Path, folder: Path) -> None:
    name = folder.name
    task = data / name.removeprefix("minilm-")
    test, train = task / "test.jsonl", task / "train.jsonl"
    taken_over(artifact, folder)
    before = measured(f"path:{artifact.resolve()}", test, train, untrained=False)
    told = lineage(artifact, data, measured(f"path:{folder.resolve()}", test, train))
    (folder / "glassworks.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    rows = len(train.read_text().splitlines()), len((task / "validation.jsonl").read_text().splitlines())
    (folder / "README.md").write_text(card(name, told, before, rows), encoding="utf-8")
    print(json.dumps({"before": before, "after": told["test"]}, indent=2))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
