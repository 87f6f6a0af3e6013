"""What the measures of a head are called, what they mean, and what a high value suggests. No Gradio."""

from dataclasses import dataclass

from pipelines.attention.kinds import LEAST, REPEATED, TIMES


@dataclass(frozen=True)
class Measure:
    """``unit``: ``share`` of a query's weight, ``nats`` or ``tokens``."""

    title: str
    unit: str
    means: str
    suggests: str


MEASURES = {
    "entropy": Measure(
        "Entropy",
        "nats",
        "How widely a query spreads its weight: 0 where one token gets all of it, ln(n) where n tokens get "
        "alike.",
        "High: the head blends many tokens, near to an average of them. Low: it picks few.",
    ),
    "distance": Measure(
        "Distance",
        "tokens",
        "How far the keys are from their query, by weight.",
        "High: the head looks far, or rests on the beginning of the text. Low: it looks around itself.",
    ),
    "first": Measure(
        "First token",
        "share",
        "Weight on the first token of the sequence.",
        "High: a sink, where a head rests its weight when it finds nothing; such a head often does little "
        "on this text.",
    ),
    "itself": Measure(
        "Itself",
        "share",
        "Weight of a query on its own place.",
        "High: the head works on the token by itself, as another map of it.",
    ),
    "previous": Measure(
        "Previous",
        "share",
        "Weight on the token just before.",
        "High: a previous-token head. It carries a token one place on, which induction heads build upon.",
    ),
    "duplicate": Measure(
        "Duplicate",
        "share",
        "Weight on earlier tokens that are the same as the query's, over the queries that have one.",
        "High: a duplicate-token head, which notices that something was there before.",
    ),
    "induction": Measure(
        "Induction",
        "share",
        "Weight on tokens that came after an earlier token like the query's, over the queries that have one.",
        "High: an induction head, which finds how the text went on last time and helps to repeat it.",
    ),
}
KINDS = {
    "previous-token": "Previous-token heads",
    "induction": "Induction heads",
    "duplicate-token": "Duplicate-token heads",
    "first-token sink": "First-token sinks",
    "own-token": "Own-token heads",
}
PARTS = {
    "self": "Self-attention",
    "encoder": "Encoder",
    "decoder": "Decoder",
    "cross": "Cross-attention: decoder to encoder",
}
RULE = (
    f"Written layer.head. A head is named where the measure is at least {100 * LEAST:.0f} % and at least "
    f"{TIMES:g} times what even attention would give on this text; duplicates and induction only "
    f"where {REPEATED} or more tokens came before. One text shows what a head does there, not what it is "
    "for: these are likely kinds, not proofs."
)


def repeated(count: int) -> str:
    """How much the measures of repetition rest on."""
    if not count:
        return "No token of this text comes twice: nothing can be said about duplicates and induction."
    few = " That is few." if count < 10 else ""
    tokens = "1 token" if count == 1 else f"{count:,} tokens"
    return f"{tokens} of this text came before: duplicates and induction are means over these.{few}"
