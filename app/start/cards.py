"""What a stranger may try at once, and the way from raw text to a useful model. Knows nothing of Gradio.

Each leads into a tab by the link that restores its inputs, so that it can also be opened beside this page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode


@dataclass(frozen=True)
class Card:
    """``inputs`` are of the tab's link; ``shared`` is what to know of it where many people share the app."""

    tab: str
    title: str
    words: str
    inputs: tuple[tuple[str, str], ...] = ()
    shared: str = ""

    @property
    def link(self) -> str:
        """
        >>> Card("rag", "Ask", "", (("question", "Why?"),)).link
        './?tab=rag&question=Why%3F'
        """
        return "./?" + urlencode([("tab", self.tab), *self.inputs])


FREE = (
    Card(
        "decoding", "Six ways to go on",
        "One beginning, continued by greedy, beam search and four kinds of sampling side by side.",
        (("prompt", "Tom opened the box. Inside he found"),),
    ),
    Card(
        "tokenizer", "A text in pieces",
        "What a tokenizer makes of your words, and what the same sentence costs in other languages.",
        (("text", "The tokenizer cuts unbelievable words into pieces: naïve, 東京, 1234567."),),
    ),
    Card(
        "attention", "Who “she” is",
        "Every head of every layer while the model reads: where it looks, and what it would say so far.",
        (("model", "house/story-base"), ("text", "Anna gave the red ball to Ben because she was")),
    ),
    Card(
        "fill-mask", "Read from both sides",
        "A model fills a gap with all that stands around it, and says how sure it is.",
        (("text", "The little <|mask|> barked at the cat."),),
    ),
    Card(
        "prompt-lab", "Does asking differently help?",
        "Nine ways of putting the same questions, counted: direct, by example, step by step, with tools.",
    ),
    Card(
        "rag", "Ask documents",
        "An answer with the passages it rests on. Lessons on language models are here; bring your own.",
        (("question", "Why are attention scores divided by the square root of the dimension?"),),
    ),
    Card(
        "preferences", "Vote on two answers",
        "Which is better? You do not see who wrote them. Such votes are what a model can be tuned on.",
    ),
    Card(
        "evaluate", "How good are they?",
        "The models that come with the app on the same questions, with standard errors.",
    ),
)  # fmt: skip

WALK = (
    Card(
        "corpus", "Gather",
        "Count your text, look for copies and noise, clean it.",
        shared="Cleaning is the owner's.",
    ),
    Card(
        "tokenizer", "Cut",
        "Train a tokenizer on it and compare it with others.",
        (("part", "train"),),
    ),
    Card(
        "pretrain", "Learn",
        "From noise to words to sentences: a first model takes 76 s on two cores.",
        shared="Training is the owner's.",
    ),
    Card(
        "fine-tune", "Teach",
        "Teach it to follow instructions with rows of your own, by LoRA.",
        shared="Training is the owner's.",
    ),
    Card(
        "preferences", "Prefer",
        "Collect votes, train on them with DPO, and vote again blind.",
        shared="Voting is for all, training is the owner's.",
    ),
    Card(
        "evaluate", "Measure",
        "Benchmarks with intervals, before beside after.",
        shared="A run of yours has some minutes at a time.",
    ),
    Card(
        "rag", "Use",
        "Let it answer from your documents, and see what it rests on.",
    ),
)  # fmt: skip


def free_html() -> str:
    cards = (
        f'<li><a class="gw-start-card" href="{escape(one.link)}"{_select(one)}><b>{escape(one.title)}</b>'
        f"<span>{escape(one.words)}</span></a></li>"
        for one in FREE
    )
    return _section("Try it: no account, nothing to prepare", "gw-start-cards", "ul", cards)


def walk_html(shared: bool) -> str:
    """``shared``: others use this app too, so that a step may be the owner's alone."""
    steps = (
        f'<li><a href="{escape(one.link)}"{_select(one)}>{escape(one.title)}</a>'
        f"<span>{escape(one.words)}</span>{_shared(one) if shared else ''}</li>"
        for one in WALK
    )
    title = "From raw text to a tuned, measured, useful model: seven steps"
    return _section(title, "gw-start-walk", "ol", steps)


def _select(card: Card) -> str:
    """A tab without inputs is chosen in the page that is open already."""
    return "" if card.inputs else f' data-select-tab="{escape(card.tab)}"'


def _shared(card: Card) -> str:
    return f"<small>{escape(card.shared)}</small>" if card.shared else ""


def _section(title: str, name: str, tag: str, items: Iterable[str]) -> str:
    listed = f'<{tag} class="{name}">{"".join(items)}</{tag}>'
    return f'<section class="gw-start-section"><h3>{title}</h3>{listed}</section>'
