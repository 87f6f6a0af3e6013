"""Prompts of the literature taken apart into their worked examples: those of Wei et al. 2022 for GSM8K, as
the evaluation harness has them in YAML, and those of BIG-Bench Hard, as text or one a line.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.own.texts import as_text
from pipelines.prompting.tasks.public.bbh import parted
from pipelines.prompting.tasks.public.files import read_bounded

ACCEPTED = (
    "worked examples: 'Q: … A: … The answer is …' as text or JSON lines, or the harness's YAML with samples"
)
_MAX_BYTES = 2_000_000
_HEAD = re.compile(r"\A.*?canary GUID[^\n]*\n-+\n", re.DOTALL)  # what keeps the file out of training data
_LEAD = re.compile(r"\ALet's think step by step\.\s*")
_CONCLUSION = re.compile(r"(?i)\bthe answer is\s*:?\s*([^\n]+?)\s*\Z")


@dataclass(frozen=True)
class Worked:
    """``about`` is what the prompt says before its examples; each item has a rationale that ends with the
    answer."""

    task: str
    about: str
    items: tuple[Item, ...]


def worked_from_file(path: Path) -> dict[str, Worked]:
    """Task → its examples; a file of one prompt is the task that it is named after. Raises
    :class:`GlassworksError`."""
    text = read_bounded(path, _MAX_BYTES).decode("utf-8", "replace")
    name = path.name.removesuffix(".gz").removesuffix(".xz")
    if name.endswith((".yaml", ".yml")):
        return _by_task(_of_yaml(text, Path(name).stem))
    if name.endswith(".jsonl"):
        return _by_task(*(_of_row(line, i) for i, line in enumerate(text.split("\n"), 1) if line.strip()))
    return _by_task(worked_of(text, Path(name).stem))


def worked_of(prompt: str, task: str) -> Worked:
    """The examples of one prompt: ``Q:`` and ``A:`` begin lines, examples stand between empty lines. Raises
    :class:`SpecError` where there are none."""
    about, *examples = re.split(r"(?:\A|\n\n+)Q: ?", _HEAD.sub("", prompt).replace("\r\n", "\n").strip())
    items = tuple(_item(example, task, i) for i, example in enumerate(examples, 1))
    if not items:
        raise SpecError("prompt", prompt[:60], ACCEPTED)
    return Worked(task, about.strip(), items)


def _item(example: str, task: str, number: int) -> Item:
    asked, marker, solved = example.partition("\nA:")
    rationale = _LEAD.sub("", solved.strip())
    ended = _CONCLUSION.search(rationale)
    if not marker or not ended:
        raise SpecError(f"example {number} of {task}", example[-60:], ACCEPTED)
    question, choices, answer = parted(asked.strip(), ended[1].removesuffix("."))
    return Item(f"{task}-example-{number}", question, answer, choices, concluded(rationale, answer))


def _of_row(line: str, number: int) -> Worked:
    try:
        row = json.loads(line)
        task, prompt = row["task"], row["prompt"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SpecError(f"line {number}", line[:60], 'a JSON object {"task": "…", "prompt": "…"}') from None
    return worked_of(as_text(prompt), as_text(task))


def _of_yaml(text: str, task: str) -> Worked:
    """``fewshot_config.samples`` of a task of the evaluation harness."""
    import yaml

    try:
        config: Any = yaml.safe_load(text)
        samples = config["fewshot_config"]["samples"]
        pairs = [(sample["question"], sample["target"]) for sample in samples]
    except (yaml.YAMLError, TypeError, KeyError):
        raise SpecError("file", text[:60], ACCEPTED) from None
    told = "\n\n".join(f"Q: {_flat(question)}\nA: {_flat(target)}" for question, target in pairs)
    return worked_of(told, str(config.get("task", task)))


def _flat(text: Any) -> str:
    return re.sub(r"\n\n+", "\n", as_text(text))


def _by_task(*found: Worked) -> dict[str, Worked]:
    if not found:
        raise GlassworksError(f"The file is empty; accepted are {ACCEPTED}.")
    return {worked.task: worked for worked in found}
