"""Take a finished run over as ``house/story-base``: its weights, and a card with what was measured.

    python assets/recipes/story_card.py runs/<job id> story-corpus assets/models/story-base

Fills ``story_card.md`` with the run's events, the corpus's ``counts.json`` and ten stories drawn with the
seeds 0 to 9. What a reader should know of the stories is then added by hand.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

_PROMPT = "Once upon a time"
_SETTINGS = {"do_sample": True, "temperature": 0.8, "top_p": 0.95, "top_k": 0, "max_new_tokens": 260}
_SOURCES = {
    "tinystories": "TinyStories (Eldan and Li 2023), partial copies: CDLA-Sharing-1.0; by GPT-3.5 and GPT-4",
    "storybooks": "African Storybook and Pratham Books picture books in English: CC BY",
    "fairytales": "FairytaleQA's train split (Xu et al. 2022): Apache-2.0, the stories public domain",
    "chilit": "ChiLit, 71 children's books of the nineteenth century: public domain",
    "classics": "160 simple prose books of 1780 to 1928 from classic-books-markdown: public domain",
}
_FRAME = Path(__file__).with_suffix(".md")
_SHARED = "shares 13 words with an evaluation set"


def events(job: Path, kind: str) -> list[dict]:
    with (job / "events.jsonl").open(encoding="utf-8") as lines:
        return [e for e in map(json.loads, lines) if e["type"] == kind]


def samples(folder: Path) -> Iterator[str]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(_PROMPT, return_tensors="pt").input_ids
    settings = {**_SETTINGS, "pad_token_id": tokenizer.pad_token_id}
    for seed in range(10):
        torch.manual_seed(seed)
        made = model.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0]
        text = tokenizer.decode(made, skip_special_tokens=True)
        yield f"**{seed}.** " + "\n> ".join(text.strip().split("\n"))


def curve(job: Path) -> str:
    tokens = {0: 0, **{e["step"]: e["tokens"] for e in events(job, "train")}}
    measured = {e["step"]: e for e in events(job, "eval")}
    return "\n".join(
        f"| {step:,} | {tokens.get(step, 0) / 1e6:.1f} M | {e['loss']:.3f} | {e['bits_per_byte']:.3f} "
        f"| {e['second_bits_per_byte']:.3f} |"
        for step, e in sorted(measured.items())
    )


def source_rows(counts: dict[str, int]) -> str:
    return "\n".join(
        f"| {text} | {counts[f'{name}: kept']:,} | {counts[f'{name}: characters kept'] / 1e6:.2f} M "
        f"| {counts.get(f'{name}: {_SHARED}', 0)} |"
        for name, text in _SOURCES.items()
    )


def card(job: Path, corpus: Path) -> str:
    plan = events(job, "plan")[-1]
    lineage = json.loads((job / "artifact" / "glassworks.json").read_text(encoding="utf-8"))
    counts = json.loads((corpus / "counts.json").read_text(encoding="utf-8"))
    metrics = lineage["metrics"]
    return _FRAME.read_text(encoding="utf-8").format(
        **{**lineage["spec"], **metrics, "vocab_size": plan["vocab_size"]},
        parameters=plan["parameters"],
        tokens_m=metrics["tokens"] / 1e6,
        minutes=metrics["seconds"] / 60,
        device=f"a {plan['device']} ({plan['precision']}{', compiled' if plan['compiled'] else ''})",
        epochs=story_tokens(lineage["spec"]) / plan["train_tokens"],
        stories=plan["validation_documents"],
        sources=source_rows(counts),
        files=counts["evaluation files"],
        runs=counts["runs of 13 words in them"],
        removed=sum(count for name, count in counts.items() if name.endswith(_SHARED)),
        curve=curve(job),
        prompt=_PROMPT,
        new_tokens=_SETTINGS["max_new_tokens"],
        samples="\n\n".join(f"> {text}" for text in samples(job / "artifact")),
    )


def story_tokens(values: dict) -> float:
    """Tokens drawn from the first corpus, the stories."""
    from pipelines.training.specs import PretrainSpec

    plan = PretrainSpec.from_dict(values).plan
    return plan.tokens - plan.second_tokens


def main() -> None:
    job, corpus, target = map(Path, sys.argv[1:4])
    text = card(job, corpus)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(job / "artifact", target)
    (target / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
