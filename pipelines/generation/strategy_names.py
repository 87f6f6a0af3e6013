"""The names of strategies, and which settings count under each. Standard library only."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

# In the order in which they are applied, which is transformers' own.
PENALTIES = ("repetition_penalty", "frequency_penalty", "presence_penalty", "no_repeat_ngram_size")
WARPERS = (
    "temperature", "top_h", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff",
)  # fmt: skip
CONSTRAINED = ("constraint", "pattern")
CONSTRAINTS = ("none", "must_contain", "regex", "json_schema", "grammar")
OPTIONAL_DRAWING = "optional"

Method = Literal[
    "search", "beam", "contrastive_search", "dola", "contrastive_decoding", "prompt_lookup", "assisted"
]


@dataclass(frozen=True)
class Kind:
    """``method`` is how it is computed; ``own`` are the settings that make it what it is; ``drawing`` says
    whether chance decides: no, yes, or as ``do_sample`` says. ``words`` explain it in one sentence."""

    title: str
    method: Method
    own: tuple[str, ...]
    words: str
    drawing: bool | Literal["optional"] = False
    penalized: bool = True
    defaults: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def _drawn(title: str, own: tuple[str, ...], words: str, **defaults: Any) -> Kind:
    return Kind(title, "search", own, words, True, defaults=MappingProxyType(defaults))


def _other(title: str, method: Method, own: tuple[str, ...], words: str, **more: Any) -> Kind:
    return Kind(title, method, own, words, **more)


KINDS: dict[str, Kind] = {
    "greedy": _other("Greedy", "search", (), "The likeliest token, always."),
    "beam": _other(
        "Beam search", "beam",
        ("num_beams", "num_beam_groups", "diversity_penalty", "length_penalty", "early_stopping"),
        "Several texts are followed at once, and the likeliest whole one wins.",
    ),
    "sample": _drawn("Sampling", (), "A draw from the distribution, as the settings shape it."),
    "temperature": _drawn(
        "Temperature", ("temperature",), "A draw from a sharper or flatter distribution.", temperature=0.8
    ),
    "top_k": _drawn("Top-k", ("top_k",), "A draw from the k likeliest tokens.", top_k=40),
    "top_p": _drawn(
        "Top-p (nucleus)", ("top_p",), "A draw from the fewest tokens that hold this probability.", top_p=0.9
    ),
    "min_p": _drawn(
        "Min-p", ("min_p",), "A draw from tokens not too far below the likeliest one.", min_p=0.1
    ),
    "typical": _drawn(
        "Typical", ("typical_p",), "A draw from tokens about as surprising as can be expected.",
        typical_p=0.9,
    ),
    "epsilon": _drawn(
        "Epsilon", ("epsilon_cutoff",), "A draw from tokens above a fixed probability.", epsilon_cutoff=0.002
    ),
    "eta": _drawn(
        "Eta", ("eta_cutoff",), "A draw from tokens above a probability that follows the entropy.",
        eta_cutoff=0.002,
    ),
    "top_h": _drawn(
        "Top-h", ("top_h",), "A draw from the likeliest tokens up to a part of the entropy.", top_h=0.4
    ),
    "penalties": _other(
        "Penalties", "search", (), "The likeliest token, with what already stands there held back.",
        defaults=MappingProxyType({"repetition_penalty": 1.3}),
    ),
    "contrastive_search": _other(
        "Contrastive search", "contrastive_search", ("penalty_alpha", "num_candidates"),
        "Of the likeliest tokens the one that resembles what came before the least (Su et al., 2022).",
        penalized=False,
    ),
    "dola": _other(
        "DoLa", "dola", ("dola_layers", "plausibility"),
        "What the last layer says minus what an earlier one said already (Chuang et al., 2024).",
        drawing=OPTIONAL_DRAWING,
    ),
    "contrastive_decoding": _other(
        "Contrastive decoding", "contrastive_decoding", ("amateur", "plausibility", "amateur_temperature"),
        "What the model likes more than a smaller one does (Li et al., 2023).",
        drawing=OPTIONAL_DRAWING,
    ),
    "prompt_lookup": _other(
        "Prompt lookup", "prompt_lookup", ("num_draft_tokens", "max_matching_ngram_size"),
        "Tokens copied from earlier in the text are proposed, and checked in one forward (Saxena, 2023).",
        drawing=OPTIONAL_DRAWING,
    ),
    "assisted": _other(
        "Assisted (speculative)", "assisted", ("draft", "num_draft_tokens"),
        "A smaller model proposes tokens, and this one checks them in one forward (Leviathan et al., 2023).",
        drawing=OPTIONAL_DRAWING,
    ),
    "constrained": _other(
        "Constrained", "search", CONSTRAINED,
        "Only tokens after which the text can still become what it must be.",
        drawing=OPTIONAL_DRAWING,
        defaults=MappingProxyType({"constraint": "regex", "pattern": "[A-Z][a-z]+( [a-z]+){3,8}\\."}),
    ),
}  # fmt: skip


def settings_of(name: str, do_sample: bool) -> tuple[str, ...]:
    """The names of the settings that count, those of the strategy's own first."""
    kind = KINDS[name]
    found = [*kind.own]
    if kind.drawing == OPTIONAL_DRAWING:
        found.append("do_sample")
    if kind.drawing is True or (kind.drawing and do_sample):
        found += [one for one in WARPERS if one not in found]
    if kind.penalized:
        found += PENALTIES
    return tuple(found)
