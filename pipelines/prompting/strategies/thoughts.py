"""The tree of a tree of thoughts, and what a model's judgement of its nodes comes to. Knows no call.

>>> tree = Tree(("\\n",))
>>> first, second = tree.grow(tree.root, [Text("7 + 5 = 12", 6, "stop"), Text("7 - 5 = 2", 6, "stop")])
>>> first.value, second.value = valued(["sure", "likely"]), valued(["impossible"])
>>> [tree.written(node) for node in tree.keep([first, second], 1)]
['7 + 5 = 12\\n']
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.prompting.calls import Text

WORTH = {"sure": 20.0, "likely": 1.0, "impossible": 0.001}  # as in the paper's own program
_WORTH = re.compile(rf"\b({'|'.join(WORTH)})\b", re.IGNORECASE)
_BEST = re.compile(r"best choice is\D{0,20}?(\d+)", re.IGNORECASE)


@dataclass
class Node:
    """One thought. ``drawn``: how many of the draws said just this; ``value``: None where nobody had to
    judge; ``kept``: it was in the beam; ``done``: the model ended its answer with it."""

    id: int
    parent: int | None
    depth: int
    text: str
    done: bool = False
    drawn: int = 1
    value: float | None = None
    kept: bool = False


@dataclass
class Tree:
    """``marks`` end a thought. The root is the question, before any thought."""

    marks: tuple[str, ...]
    nodes: list[Node] = field(default_factory=lambda: [Node(0, None, 0, "", kept=True)])

    @property
    def root(self) -> Node:
        return self.nodes[0]

    def grow(self, parent: Node, texts: Sequence[Text]) -> list[Node]:
        """The thoughts that go on from ``parent``, equal ones once. An answer that ends at once says that
        ``parent`` was its last thought; a thought without text is none."""
        children: dict[tuple[str, bool], Node] = {}
        for text in texts:
            said, done = text.text.strip(), text.finish == "end"
            if not said and (not done or parent is self.root):
                continue
            if (said, done) in children:
                children[said, done].drawn += 1
                continue
            children[said, done] = Node(len(self.nodes), parent.id, parent.depth + 1, said, done)
            self.nodes.append(children[said, done])
        return list(children.values())

    def keep(self, candidates: Sequence[Node], beam: int) -> list[Node]:
        """The ``beam`` best, of equals those that came first."""
        best = sorted(candidates, key=lambda node: -(node.value or 0.0))[:beam]
        for node in candidates:
            node.kept = node in best
        return best

    def written(self, node: Node) -> str:
        """The thoughts up to ``node`` as the beginning of an answer that goes on, unless it is done. The mark
        of a sentence loses its space: the model's next token brings it."""
        texts = [one.text for one in self._path(node) if one.text]
        mark = self.marks[0]
        return mark.join(texts) + (mark.rstrip(" ") if texts and not node.done else "")

    def told(self) -> list[dict[str, Any]]:
        return [asdict(node) for node in self.nodes]

    def _path(self, node: Node) -> list[Node]:
        """From the first thought to ``node``."""
        path = [node]
        while path[-1].parent is not None:
            path.append(self.nodes[path[-1].parent])
        return path[::-1]


def valued(judgements: Sequence[str]) -> float:
    """The mean worth of the last word that each says; one that says none is worth nothing.

    >>> valued(["It adds up: sure", "Impossible."]), valued(["I cannot tell."])
    (10.0005, 0.0)
    """
    worth = (WORTH[found[-1].lower()] if (found := _WORTH.findall(text)) else 0.0 for text in judgements)
    return sum(worth) / len(judgements) if judgements else 0.0


def chosen(text: str, choices: int) -> int | None:
    """The number, from 1, for which a vote speaks: as it was asked to say it, or the only one it names.

    >>> chosen("1 forgets the pears. The best choice is 2.", 3), chosen("Number 3", 3), chosen("1 or 2", 3)
    (2, 3, None)
    """
    named = _BEST.findall(text)[-1:] or sorted(set(re.findall(r"\d+", text)))
    number = int(named[0]) if len(named) == 1 and len(named[0]) < 9 else 0
    return number if 1 <= number <= choices else None
