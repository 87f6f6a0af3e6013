"""What tells specs apart, in words."""

from pipelines.prompting.differences import told_apart
from pipelines.prompting.prompt.spec import PromptSpec
from pipelines.prompting.strategies.asking import Decoding


def test_only_what_differs_is_said():
    prompts = [
        PromptSpec(shots=2),
        PromptSpec(shots=2, labels="flipped"),
        PromptSpec(shots=2, system="Be brief."),
    ]
    assert told_apart(prompts, "prompt") == [
        "no system, labels true",
        "no system, labels flipped",
        "system 'Be brief.', labels true",
    ]
    assert told_apart([Decoding(), Decoding(temperature=0.7)], "decoding") == [
        "temperature 0",
        "temperature 0.7",
    ]
    assert told_apart([Decoding()], "decoding") == [""]


def test_long_texts_with_one_beginning_are_numbered():
    alike = [PromptSpec(system="Think about the question for a long time. " + end) for end in ("Yes.", "No.")]
    assert told_apart(alike, "prompt") == ["prompt 1", "prompt 2"]
