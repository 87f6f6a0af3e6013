"""Prompts of the literature taken apart into examples."""

import json

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.tasks.worked import worked_from_file, worked_of

PROMPT = """Which way?

Q: Is it left?
Options:
- Yes
- No
A: Let's think step by step.
It turns.

It turns again. So the answer is Yes.

Q: Which one?
Options:
(A) red
(B) blue
A: Let's think step by step.
Not red. So the answer is (B).
"""


def test_a_prompt_is_its_description_and_its_examples():
    found = worked_of(PROMPT, "ways")
    first, second = found.items
    assert (found.task, found.about) == ("ways", "Which way?")
    assert first.question == "Is it left?\nOptions:\n- Yes\n- No" and first.answer == "Yes"
    assert first.rationale == "It turns.\n\nIt turns again. So the answer is Yes."
    assert (second.question, second.choices, second.answer) == ("Which one?", ("red", "blue"), "B")
    assert second.rationale == "Not red. So the answer is (B)."
    assert second.id == "ways-example-2"


def test_files_of_one_prompt_and_of_several(tmp_path):
    head = "DATA SHOULD NOT BE TRAINED ON. canary GUID 0-0\n-----\n"
    (tmp_path / "ways.txt").write_text(head + PROMPT.replace("\n", "\r\n"), newline="")
    assert worked_from_file(tmp_path / "ways.txt")["ways"] == worked_of(PROMPT, "ways")
    lines = [json.dumps({"task": task, "prompt": head + PROMPT}) for task in ("a", "b")]
    (tmp_path / "all.jsonl").write_text("\n".join(lines) + "\n")
    found = worked_from_file(tmp_path / "all.jsonl")
    assert list(found) == ["a", "b"] and found["b"] == worked_of(PROMPT, "b")


def test_the_yaml_of_the_harness(tmp_path):
    samples = "- question: 1 + 1?\n    target: One and one.\n\n      The answer is 2.\n"
    (tmp_path / "sums.yaml").write_text(f"task: sums\nfewshot_config:\n  samples:\n  {samples}")
    (item,) = worked_from_file(tmp_path / "sums.yaml")["sums"].items
    assert (item.question, item.answer) == ("1 + 1?", "2")
    assert item.rationale == "One and one.\nThe answer is 2."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", ""),
        ("a.txt", "No example."),
        ("a.txt", "Q: what?\nA: nothing is concluded."),
        ("a.txt", "Q: what? The answer is 5."),
        ("a.jsonl", ""),
        ("a.jsonl", "{}"),
        ("a.jsonl", '{"task": "a"}'),
        ("a.jsonl", "[1"),
        ("a.yaml", "a: ["),
        ("a.yaml", "just text"),
        ("a.yaml", "fewshot_config: {samples: [{question: q}]}"),
        ("a.yaml", "fewshot_config: {samples: []}"),
        ("a.yaml", "!!python/object/apply:os.system ['true']"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(GlassworksError, match="accept"):
        worked_from_file(tmp_path / name)


def test_the_example_that_lacks_its_answer_is_named():
    with pytest.raises(SpecError, match="example 2 of ways"):
        worked_of(PROMPT.replace("So the answer is (B).", ""), "ways")
