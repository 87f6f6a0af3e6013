"""Votes that cannot all be right: of one prompt, a before b here and b before a there, or a longer circle.
Standard library only.
"""

from collections.abc import Iterable, Iterator, Sequence

from pipelines.preferences.measures.finding import Finding, of_number
from pipelines.preferences.measures.majority import DECIDED, settled
from pipelines.preferences.records import Choice, Message, Pair, Vote

Edge = tuple[str, str]  # winner, loser


def contradictions(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Finding:
    """The pairs whose majorities are part of a circle; the two answers of one pair cannot be one alone."""
    by_prompt: dict[tuple[Message, ...], list[tuple[str, Edge]]] = {}
    decided = [(pair, choice) for pair, choice in settled(pairs, votes) if choice in DECIDED]
    for pair, choice in decided:
        edge = (pair.text_a, pair.text_b) if choice == Choice.A else (pair.text_b, pair.text_a)
        by_prompt.setdefault(pair.prompt, []).append((pair.id, edge))
    found = [pair for told in by_prompt.values() for pair in _in_circles(told)]
    rule = "look where any pair contradicts others: of one prompt, each text would be better than the next"
    return of_number("contradictions", "Contradictions", found, len(decided), bool(found), rule)


def _in_circles(told: list[tuple[str, Edge]]) -> Iterator[str]:
    """Those whose winner and loser lie in one circle. A text against itself says nothing."""
    part = circles([edge for _, edge in told])
    return (pair for pair, (won, lost) in told if won != lost and part[won] == part[lost])


def circles(edges: Iterable[Edge]) -> dict[str, int]:
    """Node → the number of its strongly connected component, by Kosaraju's two passes.

    >>> found = circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    >>> found["a"] == found["b"] == found["c"] != found["d"]
    True
    """
    ahead: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for start, end in edges:
        for graph, one, other in ((ahead, start, end), (back, end, start)):
            graph.setdefault(one, []).append(other)
            graph.setdefault(other, [])
    seen: set[str] = set()
    order = [node for start in ahead for node in _finished(start, ahead, seen)]
    seen.clear()
    parts = (_finished(start, back, seen) for start in reversed(order))
    return {node: number for number, part in enumerate(parts) for node in part}


def _finished(start: str, graph: dict[str, list[str]], seen: set[str]) -> list[str]:
    """What can be reached and was not seen, in the order in which depth-first search leaves it."""
    if start in seen:
        return []
    seen.add(start)
    left, stack = [], [(start, iter(graph[start]))]
    while stack:
        node, onward = stack[-1]
        fresh = next((one for one in onward if one not in seen), None)
        if fresh is None:
            left.append(node)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(graph[fresh])))
    return left
