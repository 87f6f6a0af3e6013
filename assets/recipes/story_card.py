"""Take a finished model over as ``house/story-base``, with a card of what was measured.

    python -m assets.recipes.story_card CORPUS MODEL assets/models/story-base runs/<long> runs/<fall> …

Fills ``story_card.md`` with the figures of the model, the events of the long run and of the falls that
began at its end, the corpus's ``counts.json`` and ten stories drawn with the seeds 0 to 9. What a reader
should know of the stories is then added by hand.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines.training.specs import PretrainSpec

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


@dataclass(frozen=True)
class Run:
    """A finished run; ``before`` are the tokens that the model had read when it began."""

    job: Path
    before: int

    @property
    def lineage(self) -> dict:
        return json.loads((self.job / "artifact" / "glassworks.json").read_text(encoding="utf-8"))

    @property
    def tokens(self) -> int:
        return self.lineage["tokens_seen"]

    @property
    def story_tokens(self) -> float:
        """Tokens drawn from the first corpus, the stories; a run may have been stopped early."""
        spec, steps = PretrainSpec.from_dict(self.lineage["spec"]), self.lineage["metrics"]["steps"]
        drawn = (
            (min(steps, s.end) - s.first) * spec.plan.tokens_per_step(s) * (1 - s.second_share)
            for s in spec.plan.stages
            if s.first < steps
        )
        return sum(drawn)

    def curve(self, name: str) -> Iterator[str]:
        plan = PretrainSpec.from_dict(self.lineage["spec"]).plan
        for e in {e["step"]: e for e in events(self.job, "eval")}.values():
            read = (self.before + plan.tokens_at(e["step"])) / 1e6
            figures = (e["loss"], e["bits_per_byte"], e["second_bits_per_byte"])
            yield f"| {name} | {e['step']:,} | {read:.1f} M | {' | '.join(f'{f:.3f}' for f in figures)} |"


def curves(long: Run, falls: list[Run]) -> Iterator[str]:
    yield from long.curve("long")
    for number, fall in enumerate(falls, start=1):
        yield from fall.curve(f"fall {number}")


def source_rows(counts: dict[str, int]) -> str:
    return "\n".join(
        f"| {text} | {counts[f'{name}: kept']:,} | {counts[f'{name}: characters kept'] / 1e6:.2f} M "
        f"| {counts.get(f'{name}: {_SHARED}', 0)} |"
        for name, text in _SOURCES.items()
    )


def card(model: Path, long: Run, falls: list[Run], corpus: Path) -> str:
    runs, plan = [long, *falls], events(long.job, "plan")[-1]
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    lineage = json.loads((model / "glassworks.json").read_text(encoding="utf-8"))
    counts = json.loads((corpus / "counts.json").read_text(encoding="utf-8"))
    return _FRAME.read_text(encoding="utf-8").format(
        **{**config, **lineage["metrics"]},
        falls=len(falls),
        ends=", ".join(f"{fall.lineage['metrics']['bits_per_byte']:.3f}" for fall in falls),
        parameters=plan["parameters"],
        tokens_m=sum(run.tokens for run in runs) / 1e6,
        minutes=sum(run.lineage["metrics"]["seconds"] for run in runs) / 60,
        device=f"a {plan['device']} ({plan['precision']}{', compiled' if plan['compiled'] else ''})",
        epochs=sum(run.story_tokens for run in runs) / plan["train_tokens"],
        stories=plan["validation_documents"],
        sources=source_rows(counts),
        files=counts["evaluation files"],
        runs=counts["runs of 13 words in them"],
        removed=sum(count for name, count in counts.items() if name.endswith(_SHARED)),
        curve="\n".join(curves(long, falls)),
        prompt=_PROMPT,
        new_tokens=_SETTINGS["max_new_tokens"],
        samples="\n\n".join(f"> {text}" for text in samples(model)),
    )


def main() -> None:
    corpus, model, target, first, *rest = map(Path, sys.argv[1:])
    long = Run(first, 0)
    text = card(model, long, [Run(job, long.tokens) for job in rest], corpus)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(model, target)
    (target / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
