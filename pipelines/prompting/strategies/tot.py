"""Tree of thoughts (Yao et al. 2023, "Tree of Thoughts: Deliberate Problem Solving with Large Language
Models"), searched breadth first.

Layer for layer: from every kept thought some next ones are drawn; the model judges what there is, each way
alone (value) or all side by side (vote); the best are kept. When the layers are over, or every kept way has
come to its end, the best way is written to its end and is the answer.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Call, Program, Reply
from pipelines.prompting.strategies.asking import (
    STEPWISE,
    Asker,
    Asking,
    Most,
    joined,
    own_temperature,
    words,
    worked_examples,
)
from pipelines.prompting.strategies.thoughts import Node, Tree, chosen, valued

MARKS = {"sentence": (". ", ".\n"), "line": ("\n",)}
_VALUE = "Can these steps lead to the right answer? Say sure, likely or impossible."
_VOTE = "Which choice is the most promising? End with “The best choice is” and its number."


@dataclass(frozen=True)
class Settings:
    instruction: str = words(STEPWISE, "Instruction", "Asks for the steps.")
    thought: str = knob(
        "sentence", label="A thought is", choices=tuple(MARKS), help="Where a thought ends: each is one step."
    )
    breadth: int = knob(
        3, label="Breadth", low=1, high=10, step=1, help="So many next thoughts are drawn from each kept one."
    )
    depth: int = knob(3, label="Depth", low=1, high=8, step=1, help="So many layers of thoughts.")
    beam: int = knob(2, label="Kept", low=1, high=10, step=1, help="So many thoughts of a layer go on.")
    evaluation: str = knob(
        "value", label="Judged by", choices=("value", "vote"),
        help="value: each way alone is called sure, likely or impossible; vote: all are put side by side.",
    )  # fmt: skip
    evaluations: int = knob(
        3,
        label="Judgements",
        low=1,
        high=16,
        step=1,
        help="So many are drawn for each way, or for each vote.",
    )
    temperature: float = own_temperature()
    value: str = words(
        _VALUE, "Value", "Asks for a judgement; the words sure, likely and impossible are read."
    )
    vote: str = words(_VOTE, "Vote", "Asks for a choice; its number is read.")
    rationales: bool = worked_examples()

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        """A lone candidate is not judged."""
        calls = samples = rounds = kept = 1  # the answer, from the root
        for _ in range(self.depth):
            candidates = kept * self.breadth
            judging = 0 if candidates == 1 else candidates if self.evaluation == "value" else 1
            calls += kept + judging
            samples += candidates + judging * self.evaluations
            rounds += 2 if judging else 1
            kept = min(self.beam, candidates)
        return Most(calls, samples, rounds)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "tot"), asking.settings
    tree = Tree(MARKS[settings.thought])
    messages = asking.build(settings.instruction, settings.rationales, None)
    kept = [tree.root]
    for _ in range(settings.depth):
        going_on = [node for node in kept if not node.done]
        if not going_on:
            break
        grown = yield from _grown(ask, tree, going_on, messages, settings)
        candidates = [*(node for node in kept if node.done), *grown]
        if not candidates:
            break
        if len(candidates) > 1:
            judge = _by_value if settings.evaluation == "value" else _by_vote
            yield from judge(ask, asking, tree, candidates)
        kept = tree.keep(candidates, settings.beam)
    best = kept[0]
    response = tree.written(best)
    if not best.done:
        (reply,) = yield (ask(messages, begun=response),)
        response = joined(response, reply.text)
        ask.read(asking.extract(response))
    return ask.outcome(response, nodes=tree.told(), best=best.id, evaluation=settings.evaluation)


_Part = Generator[tuple[Call, ...], tuple[Reply, ...], list[Node]]


def _grown(ask: Asker, tree: Tree, parents: Sequence[Node], messages: tuple, settings: Settings) -> _Part:
    drawn = {"samples": settings.breadth, "temperature": settings.temperature, "stop": tree.marks}
    replies = yield tuple(ask(messages, "thought", begun=tree.written(parent), **drawn) for parent in parents)
    grown = [tree.grow(parent, reply.texts) for parent, reply in zip(parents, replies, strict=True)]
    ask.read(*([node.text for node in nodes] for nodes in grown))
    return [node for nodes in grown for node in nodes]


def _by_value(ask: Asker, asking: Asking, tree: Tree, candidates: Sequence[Node]) -> _Part:
    """What has come to its end and was judged before keeps its value."""
    fresh, settings = [node for node in candidates if node.value is None], asking.settings
    if not fresh:
        return []
    replies = yield tuple(
        ask(_judging(asking, f"Steps: {tree.written(node)}\n{settings.value}"), "value", **_drawn(settings))
        for node in fresh
    )
    for node, reply in zip(fresh, replies, strict=True):
        node.value = valued([text.text for text in reply.texts])
        ask.read(node.value)
    return fresh


def _by_vote(ask: Asker, asking: Asking, tree: Tree, candidates: Sequence[Node]) -> _Part:
    """The value of a node is how many votes it got in its layer."""
    listed = (f"Choice {i}: {tree.written(node)}" for i, node in enumerate(candidates, 1))
    asked = "\n".join((*(line.rstrip() for line in listed), asking.settings.vote))
    (reply,) = yield (ask(_judging(asking, asked), "vote", **_drawn(asking.settings)),)
    votes = [chosen(text.text, len(candidates)) for text in reply.texts]
    for i, node in enumerate(candidates, 1):
        node.value = float(votes.count(i))
    ask.read(votes)
    return list(candidates)


def _judging(asking: Asking, instruction: str) -> tuple:
    return asking.build(instruction, False, None, shots=0)


def _drawn(settings: Settings) -> dict:
    return {"samples": settings.evaluations, "temperature": settings.temperature}
