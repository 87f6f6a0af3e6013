"""What ``house/story-instruct`` can do, on things it was not trained on, with 95 % intervals.

    python -m assets.recipes.instruct.evaluate assets/models/story-base ADAPTER ../shared/data

Word problems of two and three steps in turn: names, objects, structures and numbers of the held-out lists,
each asked for step by step and directly; greedy decoding, right when the number after "answer is" is right.
The same with what training has, to tell learning from carrying over. Problems with large numbers, with a
calculator and step by step without. The other skills on rows of held-out texts. Prints JSON. ``-`` as ADAPTER
measures the base alone.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from assets.recipes.instruct.arithmetic import DIRECTLY, STEP_BY_STEP
from assets.recipes.instruct.instructions import other_rows
from assets.recipes.instruct.rows import Row
from assets.recipes.instruct.tool_rows import CALCULATOR
from pipelines.common.intervals import mean_interval
from pipelines.common.metrics import exact_match, token_f1
from pipelines.common.proportions import paired, proportion
from pipelines.prompting.tasks.problems import LARGE, SMALL, Author, Problem, Range, Sum
from pipelines.prompting.tools import words

PROBLEMS, SEED = 500, 2026
LARGE_PROBLEMS, CALLS = 200, 6  # with large numbers, and how often a problem may ask the calculator
OTHERS = 200  # rows of each other skill, at most
_ANSWER = re.compile(r"answer is (\d+)")
_ACTION = re.compile(r"Action: (\w+)\[(.*?)\]")
_SUM = re.compile(r"(\d+) ([-+x/]) (\d+)")
_TURN = "<|end|><|assistant|>"
Answers = Callable[[list[str], int], list[str]]


class Answerer:
    """A model that answers prompts in the house chat template, a batch at a time."""

    def __init__(self, base: str, adapter: str):
        self._tokenizer = AutoTokenizer.from_pretrained(base, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        if adapter != "-":
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
        self._model = model.eval()

    def __call__(self, prompts: list[str], max_new_tokens: int, batch: int = 64) -> list[str]:
        """Greedy answers, in the order of the prompts."""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        answers = [""] * len(prompts)
        for first in range(0, len(order), batch):
            chosen = order[first : first + batch]
            for place, answer in zip(
                chosen, self._batch([prompts[i] for i in chosen], max_new_tokens), strict=True
            ):
                answers[place] = answer
        return answers

    @torch.inference_mode()
    def _batch(self, prompts: list[str], max_new_tokens: int) -> list[str]:
        rendered = [f"<|user|>{prompt}{_TURN}" for prompt in prompts]
        inputs = self._tokenizer(rendered, return_tensors="pt", padding=True)
        end = self._tokenizer.convert_tokens_to_ids("<|end|>")
        made = self._model.generate(
            input_ids=inputs.input_ids,
            attention_mask=inputs.attention_mask,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        new = made[:, inputs.input_ids.shape[1] :]
        return [text.strip() for text in self._tokenizer.batch_decode(new, skip_special_tokens=True)]


def problems(
    held_out: bool, count: int = PROBLEMS, seed: int = SEED, numbers: Range = SMALL
) -> list[Problem]:
    """Two and three steps in turn."""
    author = Author(seed, held_out, numbers)
    return [author.problem(2 + i % 2) for i in range(count)]


def is_right(problem: Problem, answer: str) -> bool:
    found = _ANSWER.findall(answer)
    return bool(found) and int(found[-1]) == problem.answer


def arithmetic(answers: Answers, held_out: bool, count: int = PROBLEMS) -> dict[str, Any]:
    asked = problems(held_out, count)
    right: dict[str, list[bool]] = {}
    for name, instruction, tokens in (("step by step", STEP_BY_STEP[0], 80), ("direct", DIRECTLY[0], 16)):
        given = answers([f"{p.text} {instruction}" for p in asked], tokens)
        right[name] = [is_right(p, a) for p, a in zip(asked, given, strict=True)]
    told: dict[str, Any] = {name: asdict(proportion(sum(found), count)) for name, found in right.items()}
    for steps in (2, 3):
        told[f"{steps} steps"] = {
            n: asdict(proportion(sum(f[steps - 2 :: 2]), len(f[steps - 2 :: 2]))) for n, f in right.items()
        }
    return told | {"step by step less direct": asdict(paired(right["direct"], right["step by step"]))}


def with_calculator(answers: Answers, count: int = LARGE_PROBLEMS) -> dict[str, Any]:
    """Large numbers: the same problems with a calculator, and step by step without."""
    asked = problems(True, count, numbers=LARGE)
    given = answers([f"{p.text} {STEP_BY_STEP[0]}" for p in asked], 80)
    alone = [is_right(p, a) for p, a in zip(asked, given, strict=True)]
    finished = solved(answers, [words.asked(p.text, {"calculator": CALCULATOR[0]}) for p in asked])
    right = [found == str(p.answer) for p, found in zip(asked, finished, strict=True)]
    told = {"with a calculator": right, "step by step": alone}
    shares = {name: asdict(proportion(sum(found), count)) for name, found in told.items()}
    return shares | {"difference": asdict(paired(alone, right))}


def solved(answers: Answers, prompts: list[str]) -> list[str]:
    """What each conversation gives to *finish*; empty where it never does. A sum that the calculator cannot
    read ends it."""
    said, found = dict(enumerate(prompts)), [""] * len(prompts)
    for _ in range(CALLS):
        if not said:
            break
        for place, step in zip([*said], answers([*said.values()], 60), strict=True):
            action = _ACTION.search(step)
            result = _calculated(action[2]) if action and action[1] == "calculator" else None
            if result is not None:
                said[place] += f"{_TURN}{step}<|end|><|user|>{words.observed(str(result))}"
                continue
            del said[place]
            if action and action[1] == words.FINISH:
                found[place] = action[2].strip()
    return found


def _calculated(text: str) -> int | None:
    found = _SUM.fullmatch(text.strip())
    if not found or (found[2] == "/" and not int(found[3])):
        return None
    return Sum(int(found[1]), found[2], int(found[3])).result


def others(answers: Answers, rows: list[Row]) -> dict[str, Any]:
    """Exact match and F1 in words for what has one answer; for stories, the share of the given words told."""
    told: dict[str, Any] = {}
    for skill in sorted({row.skill for row in rows}):
        some = [row for row in rows if row.skill == skill][:OTHERS]
        long = skill in ("continue", "tell about", "tell with words")
        given = answers([row.turns[0] for row in some], 200 if long else 60)
        if skill == "tell with words":
            shares = [_words_told(r.turns[0], a) for r, a in zip(some, given, strict=True)]
            told[skill] = {"words told": asdict(mean_interval(shares))}
        elif not long:
            pairs = [([row.turns[1]], answer) for row, answer in zip(some, given, strict=True)]
            hits = sum(exact_match(*pair) for pair in pairs)
            told[skill] = {
                "exact match": asdict(proportion(int(hits), len(pairs))),
                "F1": asdict(mean_interval([token_f1(*pair) for pair in pairs])),
            }
    return told


def _words_told(prompt: str, story: str) -> float:
    """Of the three words in the prompt, the share that the story has.

    >>> _words_told("Use the words sun, moon and tree in a short story.", "The sun saw a tree.")
    0.6666666666666666
    """
    wanted = re.search(r"words (\w+), (\w+) and (\w+)", prompt)
    return sum(word in story.lower() for word in wanted.groups()) / 3 if wanted else 0.0


def main() -> None:
    base, adapter, data = sys.argv[1:4]
    answers = Answerer(base, adapter)
    rows = other_rows(Path(data), True, Counter())
    told = {
        "held out": arithmetic(answers, True),
        "as in training": arithmetic(answers, False, 200),
        "large numbers": with_calculator(answers),
        "other skills": others(answers, rows),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
