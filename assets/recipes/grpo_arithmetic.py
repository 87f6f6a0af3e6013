"""Measures an adapter of the recipe beside its base on fresh word problems, with intervals:

    python -m assets.recipes.grpo_arithmetic runs/JOB/artifact [figures.json]

The problems are of the author's held-out names, objects and structures and of a seed of their own, so that
they have chosen nothing: neither what was learnt nor which checkpoint was kept. Each is asked as it stands,
and with the words "Think step by step."; answers are drawn at temperature 1, as in training, and greedily.
``tuned_card`` makes the card of them.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig

from pipelines.common.proportions import paired, proportion
from pipelines.core.files import write_json
from pipelines.core.settings import Settings
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import LoadedModel, load_model
from pipelines.prompting.tasks.problems import Author, Problem
from pipelines.training.preferring.online.rewards import correct
from pipelines.training.rows.examples import Completion
from pipelines.training.tuning.encode import encode_whole, end_ids

BASE, SEED, PROBLEMS = "house/story-instruct", 2027, 400
NEW_TOKENS, TOGETHER = 64, 50
FORMS = {"as it stands": "{}", "step by step": "{} Think step by step."}


def main(folder: str, into: str = "") -> None:
    settings = Settings()
    base = Catalogue(settings).place(BASE)
    models = {"before": base, "after": Place(folder, Path(folder), base)}
    loaded = {when: load_model(p.name, p.folder, torch.device("cpu"), p.base) for when, p in models.items()}
    problems = list(_problems())
    found = {}
    for asked, form in FORMS.items():
        for how in ("drawn", "greedy"):
            rights = {when: _right(model, problems, form, how == "drawn") for when, model in loaded.items()}
            found[f"{asked}, {how}"] = one = _compared(**rights)
            print(f"{asked}, {how}: {json.dumps(one)}", flush=True)
    if into:
        write_json(Path(into), found)


def _compared(before: list[bool], after: list[bool]) -> dict[str, Any]:
    told = {"before": before, "after": after}
    shares = {when: asdict(proportion(sum(rights), len(rights))) for when, rights in told.items()}
    rise = paired(before, after)
    points = f"{100 * rise.difference:+.1f} ({100 * rise.low:+.1f} to {100 * rise.high:+.1f})"
    return {**shares, "difference": asdict(rise), "points": points}


def _problems() -> Iterator[Problem]:
    """All different, as many of two steps as of three."""
    author, seen = Author(SEED, held_out=True), set()
    while len(seen) < PROBLEMS:
        problem = author.problem(2 + len(seen) % 2)
        if problem.text not in seen:
            seen.add(problem.text)
            yield problem


def _right(loaded: LoadedModel, problems: list[Problem], form: str, drawn: bool) -> list[bool]:
    torch.manual_seed(SEED)
    found: list[bool] = []
    for at in range(0, len(problems), TOGETHER):
        some = problems[at : at + TOGETHER]
        texts = _answers(loaded, [form.format(problem.text) for problem in some], drawn)
        found += [bool(correct(text, str(p.answer))) for text, p in zip(texts, some, strict=True)]
    return found


def _answers(loaded: LoadedModel, prompts: list[str], drawn: bool) -> list[str]:
    tokenizer = loaded.tokenizer
    asked = [list(_ids(tokenizer, prompt)) for prompt in prompts]
    width, pad = max(map(len, asked)), tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(one)) + one for one in asked])
    mask = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in asked])
    how = {"temperature": 1.0, "top_k": 0, "top_p": 1.0} if drawn else {}
    told = GenerationConfig(
        do_sample=drawn, max_new_tokens=NEW_TOKENS, pad_token_id=pad,
        eos_token_id=list(end_ids(tokenizer, "model")), **how,
    )  # fmt: skip
    with torch.inference_mode():
        made = loaded.model.generate(input_ids=ids, attention_mask=mask, generation_config=told)
    return tokenizer.batch_decode(made[:, width:], skip_special_tokens=True)


def _ids(tokenizer, prompt: str) -> tuple[int, ...]:
    encoded = encode_whole(Completion(0, prompt, "."), tokenizer)
    return encoded.input_ids[: encoded.trained.index(True)]


if __name__ == "__main__":
    main(*sys.argv[1:])
