"""What a visitor does to branch trees: each edit is checked, made and kept. Knows nothing of Gradio.

The page sends an object whose ``do`` names the edit; the methods say what else each takes.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.decoding.asking import ask
from app.decoding.branch_file import as_dict, from_dict, from_text
from app.decoding.branch_tree import MAX_NAME, ROOT, BranchTree, Token, put, renamed, without
from app.decoding.compared import Compared
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import ConflictError, SpecError
from pipelines.generation.comparing import DecodeRequest, Outcome
from pipelines.generation.reading_requests import Read, ReadRequest
from pipelines.generation.strategy import Strategy
from pipelines.generation.trees import MAX_TITLE

_PAST = 30  # changes that can be taken back
_LEAST = -1e6  # instead of -inf
_NO_TREE = "Open a tree first, or begin one from a run."
_NO_RUN = "There is no finished run to take texts from: press Generate first."


@dataclass(frozen=True)
class Opened:
    """A tree on one page. ``past`` are the trees before each change, the newest last."""

    owner: str
    id: str
    title: str
    version: int
    tree: BranchTree
    past: tuple[BranchTree, ...] = ()


@dataclass(frozen=True)
class Edited:
    """``selected`` is the node that the page shows next, None for none."""

    opened: Opened | None
    selected: int | None = None


@dataclass(frozen=True)
class Grown:
    """Tokens that were written after a node of a tree, to be put in."""

    tree: str
    node: int
    strategy: Strategy
    tokens: tuple[Token, ...]
    reason: str


class Edits:
    """:meth:`do` raises a GlassworksError, and nothing is then changed."""

    def __init__(self, services: Services):
        self._services, self._trees = services, services.trees
        self._made: dict[str, Callable[..., Edited]] = {
            "new": self._new, "add": self._add, "bring": self._bring,
            "open": self._open, "retitle": self._retitle, "discard": self._discard,
            "name": self._name, "drop": self._drop, "undo": self._undo,
            "take": self._take, "type": self._type,
        }  # fmt: skip

    def do(self, visitor: Visitor, opened: Opened | None, run: Compared | None, asked: Any) -> Edited:
        asked = asked if isinstance(asked, dict) else {}
        edit = asked.get("do")
        if not isinstance(edit, str) or edit not in self._made:
            raise SpecError("do", edit, "one of " + ", ".join(self._made))
        return self._made[edit](visitor, own(visitor, opened), run, asked)

    def land(self, visitor: Visitor, opened: Opened | None, grown: Grown | None) -> Edited:
        """Put what was written into the tree that it was written for."""
        opened = own(visitor, opened)
        if grown is None or not grown.tokens or opened is None or opened.id != grown.tree:
            return Edited(opened)
        before = "".join(token.text for token in opened.tree.tokens(grown.node)[-1:])
        name = f"{grown.strategy.kind.title} after {_quoted(before)}" if before else grown.strategy.kind.title
        tree, leaf = put(opened.tree, grown.node, grown.tokens, name, grown.strategy, grown.reason)
        return Edited(self._kept(opened, tree), leaf)

    # --- trees

    def _new(self, visitor: Visitor, _: Opened | None, run: Compared | None, asked: dict[str, Any]) -> Edited:
        """``columns``: those whose texts it begins with; all where there is none."""
        run = _finished(run)
        request = run.request
        tree = BranchTree(request.model, request.prompt, request.seed, request.same_noise)
        tree = _with_texts(tree, run, _columns(run, asked))
        title = " ".join(request.prompt.split())[: MAX_TITLE // 2] or "Without a prompt"
        return self._added(visitor, title, tree)

    def _add(
        self, visitor: Visitor, opened: Opened | None, run: Compared | None, asked: dict[str, Any]
    ) -> Edited:
        """Texts of a run (``columns``) into the tree that is open."""
        opened, run = _open_one(opened), _finished(run)
        same = (opened.tree.model, opened.tree.prompt) == (run.request.model, run.request.prompt)
        if not same:
            raise ConflictError(
                "This run has another model or prompt than the tree: begin a new one from it."
            )
        return Edited(self._kept(opened, _with_texts(opened.tree, run, _columns(run, asked))))

    def _bring(
        self, visitor: Visitor, _: Opened | None, __: Compared | None, asked: dict[str, Any]
    ) -> Edited:
        """``text`` of a file that was taken away before."""
        title, tree = from_text(asked.get("text"))
        return self._added(visitor, title[:MAX_TITLE].strip() or "A tree from a file", tree)

    def _open(self, visitor: Visitor, _: Any, __: Any, asked: dict[str, Any]) -> Edited:
        return Edited(self.opened(visitor, asked.get("tree")))

    def opened(self, visitor: Visitor, tree_id: Any) -> Opened:
        """As it is kept. Raises NotFoundError, also for a tree of someone else."""
        kept = self._trees.get(visitor.id, tree_id)
        return Opened(visitor.id, kept.id, kept.title, kept.version, from_dict(kept.tree))

    def _retitle(self, visitor: Visitor, opened: Opened | None, _: Any, asked: dict[str, Any]) -> Edited:
        opened = _open_one(opened)
        self._trees.rename(visitor.id, opened.id, asked.get("title"))
        return Edited(replace(opened, title=self._trees.get(visitor.id, opened.id).title))

    def _discard(self, visitor: Visitor, opened: Opened | None, _: Any, __: Any) -> Edited:
        self._trees.delete(visitor.id, _open_one(opened).id)
        return Edited(None)

    # --- branches

    def _name(self, _: Visitor, opened: Opened | None, __: Any, asked: dict[str, Any]) -> Edited:
        opened = _open_one(opened)
        return Edited(self._kept(opened, renamed(opened.tree, asked.get("branch"), asked.get("name"))))

    def _drop(self, _: Visitor, opened: Opened | None, __: Any, asked: dict[str, Any]) -> Edited:
        opened = _open_one(opened)
        return Edited(self._kept(opened, without(opened.tree, asked.get("branch"))))

    def _undo(self, _: Visitor, opened: Opened | None, __: Any, ___: Any) -> Edited:
        opened = _open_one(opened)
        if not opened.past:
            raise ConflictError("There is nothing to take back since this tree was opened.")
        version = self._trees.save(opened.owner, opened.id, opened.version, as_dict(opened.past[-1]))
        return Edited(replace(opened, version=version, tree=opened.past[-1], past=opened.past[:-1]))

    def _take(self, visitor: Visitor, opened: Opened | None, _: Any, asked: dict[str, Any]) -> Edited:
        """The token with the id ``token`` after ``node``."""
        return self._by_hand(visitor, _open_one(opened), asked, ids=(asked.get("token"),))

    def _type(self, visitor: Visitor, opened: Opened | None, _: Any, asked: dict[str, Any]) -> Edited:
        """``text`` of one's own after ``node``."""
        if not asked.get("text"):
            raise SpecError("text", asked.get("text"), "at least one character")
        return self._by_hand(visitor, _open_one(opened), asked, text=asked["text"])

    def _by_hand(self, visitor: Visitor, opened: Opened, asked: dict[str, Any], **what: Any) -> Edited:
        tree, node = opened.tree, asked.get("node")
        if tree.is_over(node):
            raise ConflictError("This text is over here; choose an earlier token to go on from.")
        found = ask(self._services, visitor, ReadRequest(tree.model, tree.prompt, tree.ids(node), **what))
        tokens = tokens_of(found)
        if (there := tree.at((*tree.ids(node), *(one.id for one in tokens)))) is not None:
            return Edited(opened, there)
        shown = "".join(found.texts)
        tree, leaf = put(tree, node, tokens, _quoted(shown) if shown else f"Token {tokens[0].id}", None)
        return Edited(self._kept(opened, tree), leaf)

    # --- keeping

    def _added(self, visitor: Visitor, title: str, tree: BranchTree) -> Edited:
        kept = self._trees.add(visitor.id, title, tree.model, as_dict(tree))
        return Edited(Opened(visitor.id, kept.id, kept.title, kept.version, tree))

    def _kept(self, opened: Opened, tree: BranchTree) -> Opened:
        version = self._trees.save(opened.owner, opened.id, opened.version, as_dict(tree))
        return replace(opened, version=version, tree=tree, past=(*opened.past, opened.tree)[-_PAST:])


def own(visitor: Visitor, opened: Any) -> Opened | None:
    """What is open, if it is this visitor's."""
    return opened if isinstance(opened, Opened) and opened.owner == visitor.id else None


def going_on(opened: Opened | None, asked: Any) -> DecodeRequest:
    """A request that goes on from ``node`` with the tree's strategy number ``strategy`` for ``count`` tokens.
    The noise goes on where the run's would have."""
    tree = _open_one(opened).tree
    asked = asked if isinstance(asked, dict) else {}
    node, number = asked.get("node"), asked.get("strategy")
    if tree.is_over(node):
        raise ConflictError("This text is over here; choose an earlier token to go on from.")
    if not isinstance(number, int) or not 0 <= number < len(tree.strategies):
        raise SpecError("strategy", number, f"a number below {len(tree.strategies)}, one of the tree's")
    return DecodeRequest(
        model=tree.model,
        prompt=tree.prompt,
        strategies=(tree.strategies[number],),
        max_new_tokens=asked.get("count"),
        seed=tree.seed,
        same_noise=tree.same_noise,
        after=tree.ids(node),
    )


def place_of(tree: BranchTree, run: Compared, chosen: Any) -> int | None:
    """The node of a token of the board, None where the tree has it not."""
    if (tree.model, tree.prompt) != (run.request.model, run.request.prompt) or not isinstance(chosen, dict):
        return None
    for one in run.decoded.outcomes:
        if (one.column, one.sample) == (chosen.get("column"), chosen.get("sample")):
            position = chosen.get("position")
            fits = isinstance(position, int) and 0 <= position < len(one.ids)
            return tree.at((*run.request.after, *one.ids[: position + 1].tolist())) if fits else None
    return None


def tokens_of(told: Outcome | Read | Any) -> tuple[Token, ...]:
    """From whatever has ids, texts, log_probs, ranks and entropies along its tokens."""
    rows = zip(told.ids, told.texts, told.log_probs, told.ranks, told.entropies, strict=True)
    return tuple(
        Token(
            int(id_), text, max(float(log_prob), -1e6), int(rank), float(entropy) if _real(entropy) else 0.0
        )
        for id_, text, log_prob, rank, entropy in rows
    )


def strategy_title(one: Strategy) -> str:
    """``Top-k 40``"""
    value = getattr(one, one.kind.own[0]) if one.kind.own else ""
    told = "" if isinstance(value, str) else f" {value:g}"
    return f"{one.kind.title}{told}"


def _with_texts(tree: BranchTree, run: Compared, columns: Iterable[int]) -> BranchTree:
    wanted, request = set(columns), run.request
    several = {one.column for one in run.decoded.outcomes if one.sample > 0}
    for one in run.decoded.outcomes:
        if one.column in wanted:
            asked = request.strategies[one.column]
            name = strategy_title(asked) + (f" #{one.sample + 1}" if one.column in several else "")
            tree, _ = put(tree, ROOT, tokens_of(one), name[:MAX_NAME], asked, one.reason)
    return tree


def _columns(run: Compared, asked: dict[str, Any]) -> Sequence[int]:
    given, count = asked.get("columns"), len(run.request.strategies)
    if given is None:
        return range(count)
    if not isinstance(given, list) or not given or not all(one in range(count) for one in given):
        raise SpecError("columns", given, f"a list of numbers below {count}")
    return given


def _open_one(opened: Opened | None) -> Opened:
    if opened is None:
        raise ConflictError(_NO_TREE)
    return opened


def _finished(run: Any) -> Compared:
    if not isinstance(run, Compared) or run.request.after:
        raise ConflictError(_NO_RUN)
    return run


def _quoted(text: str) -> str:
    return f"“{' '.join(text.split())[: MAX_NAME - 40] or '␣'}”"


def _real(value: float) -> float:
    """0 for NaN: JSON knows none."""
    return value if math.isfinite(value) else 0.0
