"""A tree of texts that begin with the same prompt. Pure: knows no model, no page and no database.

A node is a token after its parent's; texts that begin alike share their nodes. A branch is a name for the
text that ends at a node. Every change gives a new tree and leaves the old one as it is.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.generation.strategy import Strategy

ROOT = 0  # the prompt; tokens are numbered from 1
MAX_NODES = 4000
MAX_BRANCHES = 200
MAX_NAME = 80
BY_HAND = -1  # instead of the number of a strategy
OVER = ("eos", "constraint")  # reasons after which nothing follows


@dataclass(frozen=True)
class Token:
    """``text`` is a piece of the visible text, empty within a character of several tokens; the numbers are
    those of the raw distribution: natural logarithm, rank from 1, entropy of the step in nats."""

    id: int
    text: str
    log_prob: float
    rank: int
    entropy: float


@dataclass(frozen=True)
class Node:
    parent: int
    token: Token


@dataclass(frozen=True)
class Branch:
    """``strategy`` counts within the tree's, or is BY_HAND. ``since`` is the node from which on this branch's
    tokens are its own making; ``reason`` says why its text ended, empty where a hand ended it."""

    id: int
    name: str
    leaf: int
    strategy: int = BY_HAND
    since: int = ROOT
    reason: str = ""


@dataclass(frozen=True)
class Measured:
    """Of a stretch of tokens; ``perplexity`` is NaN where there are none."""

    tokens: int
    log_prob: float
    perplexity: float


@dataclass(frozen=True)
class BranchTree:
    """``nodes`` by number, parents before children; numbers are not used again while the tree is open."""

    model: str
    prompt: str
    seed: int = 0
    same_noise: bool = True
    strategies: tuple[Strategy, ...] = ()
    nodes: dict[int, Node] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()

    def path(self, number: int) -> list[int]:
        """The nodes from the prompt (left out) to this one. Raises NotFoundError."""
        found: list[int] = []
        while number != ROOT:
            if not isinstance(number, int) or number not in self.nodes:
                raise NotFoundError("There is no such token in this tree any more.")
            found.append(number)
            number = self.nodes[number].parent
        return found[::-1]

    def tokens(self, number: int) -> list[Token]:
        return [self.nodes[one].token for one in self.path(number)]

    def ids(self, number: int) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens(number))

    def text(self, number: int) -> str:
        """What follows the prompt."""
        return "".join(token.text for token in self.tokens(number))

    def branch(self, branch_id: int) -> Branch:
        """Raises NotFoundError."""
        for one in self.branches:
            if one.id == branch_id:
                return one
        raise NotFoundError("There is no such branch in this tree any more.")

    def at(self, ids: Iterable[int]) -> int | None:
        """The node that these ids lead to from the prompt; None where the tree has it not."""
        children, number = self.children(), ROOT
        for one in ids:
            if (number := children.get((number, one))) is None:  # type: ignore[assignment]
                return None
        return number

    def children(self) -> dict[tuple[int, int], int]:
        """(parent, token id) → number."""
        return {(node.parent, node.token.id): number for number, node in self.nodes.items()}

    def is_over(self, number: int) -> bool:
        """Whether a text ended here for good."""
        return any(one.leaf == number and one.reason in OVER for one in self.branches)


def put(
    tree: BranchTree, at: int, tokens: Sequence[Token], name: str, strategy: Strategy | None, reason: str = ""
) -> tuple[BranchTree, int]:
    """The tree with these tokens after node ``at``, and their last node. They become a branch of this name;
    one that was begun by hand and ends at ``at`` grows instead of that, and keeps its name.

    Raises ConflictError where nothing can follow, and for more than a tree holds.
    """
    tree.path(at)
    if tokens and tree.is_over(at):
        raise ConflictError("This text is over here; choose an earlier token to go on from.")
    nodes, leaf = _grown(tree, at, tokens)
    tree, number = _with_strategy(replace(tree, nodes=nodes), strategy)
    begun = next((one for one in tree.branches if one.leaf == at and one.strategy == BY_HAND), None)
    if begun and at != ROOT:
        grown = replace(begun, leaf=leaf, strategy=number, reason=reason)
        branches = tuple(grown if one is begun else one for one in tree.branches)
    else:
        made = Branch(_next(one.id for one in tree.branches), _named(name), leaf, number, at, reason)
        branches = (*tree.branches, made)
    if len(branches) > MAX_BRANCHES:
        raise ConflictError(f"A tree holds {MAX_BRANCHES} branches, and this one is full: delete some.")
    return replace(tree, branches=branches), leaf


def renamed(tree: BranchTree, branch_id: int, name: str) -> BranchTree:
    branch = tree.branch(branch_id)
    fresh = replace(branch, name=_named(name))
    return replace(tree, branches=tuple(fresh if one is branch else one for one in tree.branches))


def without(tree: BranchTree, branch_id: int) -> BranchTree:
    """The tree without this branch, and without the tokens that stand in no other one."""
    gone = tree.branch(branch_id)
    left = tuple(one for one in tree.branches if one is not gone)
    kept = {number for one in left for number in tree.path(one.leaf)}
    nodes = {number: node for number, node in tree.nodes.items() if number in kept}
    return replace(tree, nodes=nodes, branches=left)


def measured(tokens: Sequence[Token]) -> Measured:
    """
    >>> measured([Token(5, "a", math.log(0.5), 1, 1.0), Token(6, "b", math.log(0.125), 3, 2.0)]).perplexity
    4.0
    """
    total = math.fsum(token.log_prob for token in tokens)
    with_bound = math.exp(min(-total / len(tokens), 700.0)) if tokens else math.nan
    return Measured(len(tokens), total, with_bound)


def parted(tree: BranchTree, branch_ids: Sequence[int]) -> int:
    """The last node that the texts of all these branches go through; ROOT where they begin apart.

    >>> parted(BranchTree("m", "p", branches=(Branch(1, "a", ROOT),)), [1])
    0
    """
    paths = [tree.path(tree.branch(one).leaf) for one in branch_ids]
    last = ROOT
    for steps in zip(*paths, strict=False):
        if len(set(steps)) > 1:
            break
        last = steps[0]
    return last


def _grown(tree: BranchTree, at: int, tokens: Sequence[Token]) -> tuple[dict[int, Node], int]:
    nodes, children, number = dict(tree.nodes), tree.children(), at
    fresh = _numbers(tree)
    for token in tokens:
        there = children.get((number, token.id))
        if there is None:
            there = next(fresh)
            nodes[there] = Node(number, token)
        number = there
    if len(nodes) > MAX_NODES:
        raise ConflictError(
            f"With these texts the tree would have {len(nodes):,} tokens, and it holds {MAX_NODES:,}. Delete "
            "branches, or take fewer or shorter texts."
        )
    return nodes, number


def _numbers(tree: BranchTree) -> Iterator[int]:
    number = _next(tree.nodes)
    while True:
        yield number
        number += 1


def _next(used: Iterable[int]) -> int:
    return max(used, default=0) + 1


def _with_strategy(tree: BranchTree, strategy: Strategy | None) -> tuple[BranchTree, int]:
    if strategy is None:
        return tree, BY_HAND
    if strategy in tree.strategies:
        return tree, tree.strategies.index(strategy)
    return replace(tree, strategies=(*tree.strategies, strategy)), len(tree.strategies)


def _named(name: str) -> str:
    kept = " ".join(name.split()) if isinstance(name, str) else ""
    if not 0 < len(kept) <= MAX_NAME:
        raise SpecError("name", name, f"text of 1 to {MAX_NAME} characters")
    return kept
