"""A branch tree as JSON, as it is kept and as it is taken away, and back. What comes in is checked part by
part, and an error names the part: ``nodes[3].parent accepts …``.
"""

import json
import math
from contextlib import suppress
from typing import Any

from app.decoding.branch_tree import (
    BY_HAND,
    MAX_BRANCHES,
    MAX_NAME,
    MAX_NODES,
    ROOT,
    Branch,
    BranchTree,
    Node,
    Token,
    measured,
)
from pipelines.core.errors import SpecError
from pipelines.generation.comparing import MAX_COLUMNS
from pipelines.generation.requests import MAX_PROMPT_CHARS
from pipelines.generation.strategy import Strategy, strategy

KIND = "glassworks decoding tree"
FORMAT = 1
MAX_FILE_CHARS = 2_000_000
_MAX_STRATEGIES = 10 * MAX_COLUMNS
_MAX_ID = 2**31 - 1
_NODE = ["number", "parent", "id", "text", "log_prob", "rank", "entropy"]
_REASONS = ("", "eos", "length", "context", "constraint")


def as_dict(tree: BranchTree) -> dict[str, Any]:
    """Plain JSON values. A node is a row of ``columns``."""
    rows = [[number, node.parent, *_told(node.token)] for number, node in tree.nodes.items()]
    return {
        "kind": KIND,
        "format": FORMAT,
        "model": tree.model,
        "prompt": tree.prompt,
        "seed": tree.seed,
        "same_noise": tree.same_noise,
        "strategies": [{"name": one.name, "parameters": one.effective()} for one in tree.strategies],
        "columns": _NODE,
        "nodes": rows,
        "branches": [vars(one) for one in tree.branches],
    }


def from_text(text: Any) -> tuple[str, BranchTree]:
    """Title (empty where the file has none) and tree of a file that someone brings. Raises SpecError."""
    if not isinstance(text, str) or len(text) > MAX_FILE_CHARS:
        raise SpecError("file", f"{len(text):,} characters" if isinstance(text, str) else text,
                        f"at most {MAX_FILE_CHARS:,} characters")  # fmt: skip
    values = None
    with suppress(ValueError, RecursionError):
        values = json.loads(text)
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise SpecError("file", text[:60], f'JSON as Save .json writes it, with "kind": "{KIND}"')
    title = values.get("title", "")
    return (title if isinstance(title, str) else ""), from_dict(values)


def from_dict(values: dict[str, Any]) -> BranchTree:
    """Raises SpecError naming the part that is wrong."""
    if values.get("format") != FORMAT:
        raise SpecError("format", values.get("format"), f"{FORMAT}")
    strategies = _strategies(values.get("strategies"))
    nodes = _nodes(values.get("nodes"))
    same_noise = values.get("same_noise")
    if not isinstance(same_noise, bool):
        raise SpecError("same_noise", same_noise, "true or false")
    return BranchTree(
        model=_text("model", values.get("model"), 500, least=1),
        prompt=_text("prompt", values.get("prompt"), MAX_PROMPT_CHARS),
        seed=_whole("seed", values.get("seed"), 0, _MAX_ID),
        same_noise=same_noise,
        strategies=strategies,
        nodes=nodes,
        branches=_branches(values.get("branches"), nodes, len(strategies)),
    )


def as_text(title: str, tree: BranchTree) -> str:
    """All branches for a reader: name, how it was written, measures, the prompt and the text."""
    parts = [f"{title}\n{tree.model}, seed {tree.seed}"]
    for branch in tree.branches:
        found = measured(tree.tokens(branch.leaf))
        how = "by hand" if branch.strategy == BY_HAND else _how(tree.strategies[branch.strategy])
        told = (
            f"{found.tokens} tokens, log-probability {found.log_prob:.2f}, perplexity {found.perplexity:.2f}"
        )
        parts.append(f"## {branch.name}\n({how}; {told})\n\n{tree.prompt}{tree.text(branch.leaf)}")
    return "\n\n".join(parts) + "\n"


def _how(one: Strategy) -> str:
    return " ".join([one.name, *(f"{name}={value!r}" for name, value in one.effective().items())])


def _told(token: Token) -> list[Any]:
    return [token.id, token.text, round(token.log_prob, 5), token.rank, round(token.entropy, 4)]


def _strategies(given: Any) -> tuple[Strategy, ...]:
    found = []
    for place, one in enumerate(_listed("strategies", given, _MAX_STRATEGIES)):
        where = f"strategies[{place}]"
        if not isinstance(one, dict) or set(one) != {"name", "parameters"}:
            raise SpecError(where, one, "an object with name and parameters")
        try:
            found.append(strategy(one["name"], one["parameters"]))
        except SpecError as error:
            raise SpecError(f"{where}.{error.field}", error.value, error.accepted) from None
    return tuple(found)


def _nodes(given: Any) -> dict[int, Node]:
    found: dict[int, Node] = {}
    for place, row in enumerate(_listed("nodes", given, MAX_NODES)):
        where = f"nodes[{place}]"
        if not isinstance(row, list) or len(row) != len(_NODE):
            raise SpecError(where, row, "a list of " + ", ".join(_NODE))
        number, parent, id_, text, log_prob, rank, entropy = row
        if _whole(f"{where}.number", number, 1, _MAX_ID) in found:
            raise SpecError(f"{where}.number", number, "a number that no other node has")
        if _whole(f"{where}.parent", parent, 0, _MAX_ID) != ROOT and parent not in found:
            raise SpecError(f"{where}.parent", parent, "0 (the prompt) or the number of an earlier node")
        token = Token(
            _whole(f"{where}.id", id_, 0, _MAX_ID),
            _text(f"{where}.text", text, 1000),
            _number(f"{where}.log_prob", log_prob, -1e9, 1e-3),
            _whole(f"{where}.rank", rank, 1, _MAX_ID),
            _number(f"{where}.entropy", entropy, -1e-3, 100.0),
        )
        found[number] = Node(parent, token)
    return found


def _branches(given: Any, nodes: dict[int, Node], strategies: int) -> tuple[Branch, ...]:
    found: dict[int, Branch] = {}
    wanted = set(Branch.__dataclass_fields__)
    for place, one in enumerate(_listed("branches", given, MAX_BRANCHES)):
        where = f"branches[{place}]"
        if not isinstance(one, dict) or set(one) != wanted:
            raise SpecError(where, one, "an object with " + ", ".join(sorted(wanted)))
        if _whole(f"{where}.id", one["id"], 1, _MAX_ID) in found:
            raise SpecError(f"{where}.id", one["id"], "a number that no other branch has")
        for field in ("leaf", "since"):
            if _whole(f"{where}.{field}", one[field], 0, _MAX_ID) != ROOT and one[field] not in nodes:
                raise SpecError(f"{where}.{field}", one[field], "0 (the prompt) or the number of a node")
        _whole(f"{where}.strategy", one["strategy"], BY_HAND, strategies - 1)
        _text(f"{where}.name", one["name"], MAX_NAME, least=1)
        if one["reason"] not in _REASONS:
            raise SpecError(f"{where}.reason", one["reason"], "one of " + ", ".join(map(repr, _REASONS)))
        found[one["id"]] = Branch(**one)
    return tuple(found.values())


def _listed(where: str, given: Any, most: int) -> list[Any]:
    if not isinstance(given, list) or len(given) > most:
        shown = f"{len(given):,} of them" if isinstance(given, list) else given
        raise SpecError(where, shown, f"a list of at most {most:,}")
    return given


def _whole(where: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SpecError(where, value, f"a whole number from {low:,} to {high:,}")
    return value


def _number(where: str, value: Any, low: float, high: float) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not low <= value <= high:
        raise SpecError(where, value, f"a number from {low:g} to {high:g}")
    return float(value)


def _text(where: str, value: Any, most: int, least: int = 0) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise SpecError(where, value, f"text of {least:,} to {most:,} characters")
    return value
