"""Sets of strategies that one click puts into the editor, and failures that one click reproduces."""

import json
from dataclasses import dataclass
from typing import Any

Choice = tuple[str, dict[str, Any]]  # a strategy's name and its settings, as `strategy` takes them


@dataclass(frozen=True)
class Preset:
    title: str
    words: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Failure:
    """``words`` say what to look at. The prompts were found by trying on ``house/story-base``; a test makes
    sure that each still shows what it is there for."""

    title: str
    words: str
    prompt: str
    choices: tuple[Choice, ...]
    max_new_tokens: int
    seed: int = 0


PRESETS: dict[str, Preset] = {
    "alone": Preset("One setting alone", "Sampling from the model as it is.", (("sample", {}),)),
    "classics": Preset(
        "The classics",
        "The strategies of every course.",
        (
            ("greedy", {}),
            ("beam", {}),
            ("temperature", {"temperature": 0.7}),
            ("temperature", {"temperature": 1.3}),
            ("top_k", {}),
            ("top_p", {}),
        ),
    ),
    "truncations": Preset(
        "Truncations",
        "Seven ways of cutting the tail off a distribution.",
        tuple((name, {}) for name in ("top_k", "top_p", "min_p", "typical", "epsilon", "eta", "top_h")),
    ),
    "repetition": Preset(
        "Against repetition",
        "Greedy, and five ways of keeping it from saying things again.",
        (
            ("greedy", {}),
            ("penalties", {"repetition_penalty": 1.3}),
            ("penalties", {"repetition_penalty": 1, "frequency_penalty": 0.8}),
            ("penalties", {"repetition_penalty": 1, "presence_penalty": 1.2}),
            ("penalties", {"repetition_penalty": 1, "no_repeat_ngram_size": 3}),
            ("contrastive_search", {}),
        ),
    ),
    "faster": Preset(
        "Faster, same text",
        "Greedy, and drafts that are checked: the same text with fewer forwards.",
        (
            ("greedy", {}),
            ("prompt_lookup", {"num_draft_tokens": 3}),
            ("prompt_lookup", {"num_draft_tokens": 8}),
            ("assisted", {}),
        ),
    ),
}

FIRST = "classics"

EXAMPLES = (
    "Once upon a time, there was a little girl named Lily who",
    "The old clock stopped at noon, and",
    "Tom opened the box. Inside he found",
)

FAILURES: dict[str, Failure] = {
    "loops": Failure(
        "Greedy loops",
        "Greedy runs in a circle and cannot leave it: its repetition is the highest, its surprisal curve one "
        "wave over and over. A penalty, an n-gram ban or a draw breaks the circle; read what it costs.",
        "Dear Sir or Madam, I am writing to",
        (
            ("greedy", {}),
            ("penalties", {"repetition_penalty": 1.3}),
            ("penalties", {"repetition_penalty": 1, "no_repeat_ngram_size": 3}),
            ("top_p", {}),
        ),
        96,
    ),
    "bland": Failure(
        "Beam blandness",
        "Compare the surprisal curves: the widest beam finds the likeliest text, and nothing in it "
        "surprises; the sampled ones rise and fall as people's texts do (Holtzman et al., 2020).",
        "Once upon a time, there was a little girl named Lily who",
        (
            ("greedy", {}),
            ("beam", {"num_beams": 4}),
            ("beam", {"num_beams": 12}),
            ("top_p", {}),
            ("sample", {}),
        ),
        64,
    ),
    "drift": Failure(
        "High-temperature drift",
        "The same noise at every temperature: see where the texts part, and how a single unlikely token "
        "takes the rest with it. Colour by rank.",
        "Tom opened the box. Inside he found",
        tuple(("temperature", {"temperature": one}) for one in (0.5, 0.8, 1.0, 1.3, 1.8)),
        64,
    ),
    "flat_and_peaked": Failure(
        "Top-k against top-p",
        "Colour by entropy. On a flat step top-k = 5 cuts much that would do; on a peaked one top-k = 100 "
        "lets in what does not fit. Top-p follows the step: open a dark and a pale token below and count.",
        "The little dog was very happy. He ran to his friend and said",
        (
            ("top_k", {"top_k": 5}),
            ("top_k", {"top_k": 100}),
            ("top_p", {"top_p": 0.5}),
            ("top_p", {"top_p": 0.95}),
            ("sample", {}),
        ),
        64,
    ),
}


def as_json(choices: tuple[Choice, ...]) -> str:
    """As the editor, the endpoint and a link write them."""
    listed = [{"name": name, "parameters": parameters} for name, parameters in choices]
    return json.dumps(listed, separators=(",", ":"))
