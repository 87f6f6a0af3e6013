"""Branch trees as the JSON that the page draws. Knows no Gradio and no model.

``assets/js/decoding_branches.js`` draws it as text, never as HTML.
"""

import json
import math
import time
from collections.abc import Sequence
from html import escape
from typing import Any

from app.decoding.branch_edits import Opened, strategy_title
from app.decoding.branch_tree import BranchTree, measured
from app.decoding.compared import Compared
from app.decoding.moment import Growing, Moment
from app.status_line import status_line
from pipelines.generation.reading_requests import Read
from pipelines.generation.trees import Listed

_DIGITS = 4


def page_json(
    trees: Sequence[Listed],
    opened: Opened | None,
    run: Compared | None,
    selected: int | None = None,
    fault: str = "",
) -> str:
    """All that the page shows; by ``turn`` it sees that an answer came, also where nothing else is new."""
    told = {
        "turn": time.monotonic_ns(),
        "trees": [vars(one) for one in trees],
        "opened": None if opened is None else _opened(opened),
        "run": None if run is None else _run(run, opened),
        "selected": selected,
        "fault": fault,
    }
    return _dumped(told)


def candidates_json(read: Read) -> str:
    """The likeliest tokens of a step, and its entropy in nats."""
    rows = zip(read.likeliest.tolist(), read.names, read.probs.tolist(), strict=True)
    shown = [[id_, text, float(f"{prob:.{_DIGITS}g}")] for id_, text, prob in rows]
    return _dumped({"candidates": shown, "entropy": round(read.entropy, 3)})


def growing_html(moment: Moment, title: str) -> str:
    """While a branch is being written: the status line with a button to stop, and the text so far."""
    text = "".join(next(iter(moment.texts.values()), Growing()).texts)
    words = {"loading": f"Reading {moment.note} …", "waiting": "Reading the text before …"}
    head = words.get(moment.state, f"Going on: {title}")
    numbers = [f"{moment.tokens} tokens"] if moment.tokens else []
    line = status_line("waiting" if moment.state in words else "writing", head, numbers)
    stop = '<button type="button" class="gw-tree-stop" data-stop>Stop</button>'
    return f'<div class="gw-tree-growing">{line}{stop}<p>{escape(text)}</p></div>'


def _opened(opened: Opened) -> dict[str, Any]:
    tree = opened.tree
    return {
        "id": opened.id,
        "title": opened.title,
        "model": tree.model,
        "prompt": tree.prompt,
        "seed": tree.seed,
        "same_noise": tree.same_noise,
        "undo": len(opened.past),
        "strategies": [strategy_title(one) for one in tree.strategies],
        "nodes": [
            [number, node.parent, node.token.id, node.token.text, round(node.token.log_prob, _DIGITS),
             node.token.rank, round(node.token.entropy, 3)]
            for number, node in tree.nodes.items()
        ],
        "branches": [_branch(tree, one) for one in tree.branches],
    }  # fmt: skip


def _branch(tree: BranchTree, one: Any) -> dict[str, Any]:
    found = measured(tree.tokens(one.leaf))
    perplexity = None if math.isnan(found.perplexity) else round(found.perplexity, 2)
    return {
        **vars(one),
        "tokens": found.tokens,
        "log_prob": round(found.log_prob, 2),
        "perplexity": perplexity,
    }


def _run(run: Compared, opened: Opened | None) -> dict[str, Any]:
    """``fits``: whether its texts can stand in the open tree."""
    request = run.request
    fits = opened is not None and (opened.tree.model, opened.tree.prompt) == (request.model, request.prompt)
    return {"columns": [strategy_title(one) for one in request.strategies], "fits": fits}


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
