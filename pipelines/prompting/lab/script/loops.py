"""Of the script: each strategy as a function from an item to its response."""

from collections.abc import Callable
from typing import Any

from pipelines.prompting.lab.script.acting import tools
from pipelines.prompting.lab.script.parts import Part, part, value
from pipelines.prompting.lab.script.taken import taken
from pipelines.prompting.strategies import asking as asking_words
from pipelines.prompting.strategies import least_to_most, self_refine, thoughts
from pipelines.prompting.strategies.asking import NEXT_EXAMPLE
from pipelines.prompting.strategies.scratchpad import CLOSE, OPEN
from pipelines.prompting.strategies.tot import MARKS
from pipelines.prompting.tools.toolbox import ToolSpec

_ONE = '''\
def solve(item):
    """{said}"""
    return ask(item["messages"]{stop})
'''
_COT = '''\
def solve(item):
    """The steps, then the answer (Kojima et al. 2022)."""
    begun = {begun}
    return joined(begun, ask(item["messages"], begun))
'''
_COT_TWICE = '''\
def solve(item):
    """The steps, then a second request that brings the answer out of them (Kojima et al. 2022)."""
    begun = {begun}
    steps = joined(begun, ask(item["messages"], begun))
    begun = steps.strip() + "\\n" + {conclude}
    return joined(begun, ask(item["messages"], begun))
'''
_VOTED = '''\
def solve(item):
    """Several chains of thought are drawn, and most of them decide (Wang et al. 2022)."""
    drawn = answers(item["messages"], stop={stop}, samples={samples}, temperature={temperature})
    found = [normal(text, item) for text, _ in drawn]
    votes = Counter(answer for answer in found if answer).most_common()
    winner = votes[0][0] if votes else ""
    return drawn[found.index(winner)].text
'''
_SCRATCH = '''\
def solve(item):
    """The work between two markers, then the answer (Nye et al. 2021)."""
    work = ask(item["messages"], {open} + "\\n", stop=({close},)).strip()
    begun = {open} + "\\n" + work + "\\n" + {close} + "\\n" + {answer}
    return joined({answer}, ask(item["messages"], begun, stop=("\\n", {open})))
'''
_REFINE = '''\
def solve(item):
    """A draft, a critique of it, a better version, until no fault is found (Madaan et al. 2023)."""
    talk = item["messages"]
    version = ask(talk)
    for _ in range({rounds}):
        talk = [*talk, assistant(version), user(CRITIQUE)]
        critique = ask(talk)
        if approves(critique, RIGHT):
            break
        talk = [*talk, assistant(critique), user(REWRITE)]
        version = ask(talk)
    return version
'''
_SIMPLER = '''\
def filled(messages, text):
    """The text in the slot of an item's later messages."""
    return [{{**one, "content": one["content"].replace(SLOT, text)}} for one in messages]


def solve(item):
    """Simpler questions first, each with the answers before it in sight (Zhou et al. 2022)."""
    split, steps = ask(item["messages"]), []
    for simpler in questions_in(split, item["question"])[:{questions}]:
        asked = told(item["question"], steps, simpler)
        reply = ask(filled(item["simpler"], asked), stop=({next},))
        steps.append({{"question": simpler, "answer": reply.strip()}})
    known = told(item["question"], steps)
    return ask(filled(item["whole"], known), stop=({next},))
'''
_REACT = '''\
def solve(item):
    """The model thinks, calls a tool, hears the result, and so on until it finishes (Yao et al. 2023)."""
    talk, seen, repeated = item["messages"], {{}}, False
    for _ in range({steps}):
        reply = ask(talk, stop=("\\n" + OBSERVATION.rstrip(":"),))
        step = parse(reply)
        done = (step.tool, step.given) if isinstance(step, Action) else ("", reply.strip())
        tool, given = done
        if done in seen and repeated:
            return ""  # it goes round in circles
        if done in seen:
            repeated = True
            told = f"You did just this before, and the result was: {{seen[done]}}\\nDo something else."
        elif tool == FINISH and given.strip():
            answer = given.strip()
            return answer if "answer is" in answer.lower() else f"The answer is {{answer.rstrip('.')}}."
        else:
            told = seen[done] = observed(step, tool, given)
        told = told if len(told) <= {most} else told[: {most} - 2] + " …"
        talk = [*talk, assistant(reply), user(f"{{OBSERVATION}} {{told}}")]
    return ""
'''
_TREE = '''\
def filled(messages, text):
    """The text in the slot of an item's later messages."""
    return [{{**one, "content": one["content"].replace(SLOT, text)}} for one in messages]


def solve(item):
    """Next steps are drawn and judged, and the best go on (Yao et al. 2023)."""
    tree = Tree(MARKS)
    kept = [tree.root]
    for _ in range({depth}):
        going_on = [node for node in kept if not node.done]
        grown = []
        for node in going_on:
            drawn = answers(item["messages"], tree.written(node), MARKS, {breadth}, DRAWN)
            grown += tree.grow(node, drawn)
        candidates = [*(node for node in kept if node.done), *grown]
        if not going_on or not candidates:
            break
        if len(candidates) > 1:
            judge(item, tree, candidates)
        kept = tree.keep(candidates, {beam})
    written = tree.written(kept[0])
    return written if kept[0].done else joined(written, ask(item["messages"], written))
'''
_BY_VALUE = '''\
def judge(item, tree, candidates):
    """Each way alone: sure, likely or impossible."""
    for node in candidates:
        if node.value is None:
            asked = filled(item["judge"], f"Steps: {{tree.written(node)}}\\n" + VALUE)
            drawn = answers(asked, samples={evaluations}, temperature=DRAWN)
            node.value = valued([text for text, _ in drawn])
'''
_BY_VOTE = '''\
def judge(item, tree, candidates):
    """All side by side: the value of a way is how many votes it got."""
    listed = [f"Choice {{i}}: {{tree.written(node)}}".rstrip() for i, node in enumerate(candidates, 1)]
    asked = filled(item["judge"], "\\n".join((*listed, VOTE)))
    drawn = answers(asked, samples={evaluations}, temperature=DRAWN)
    votes = [chosen(text, len(candidates)) for text, _ in drawn]
    for i, node in enumerate(candidates, 1):
        node.value = float(votes.count(i))
'''


def loop(name: str, settings: Any, tool_spec: ToolSpec, slot: str) -> tuple[Part, ...]:
    """``solve(item)`` and what it calls."""
    if name == "react":
        return (_part(_REACT, steps=settings.steps, most=settings.observation), *tools(tool_spec))
    return _LOOPS[name](settings, slot)


def draws(name: str, settings: Any, temperature: float) -> bool:
    """Whether anything is left to chance."""
    return temperature > 0 or name in ("self_consistency", "tot")


def _part(code: str, *imports: str, **given: Any) -> Part:
    return part(code.format(**given), *imports)


def _pair(texts: tuple[str, ...]) -> str:
    return f"({', '.join(map(value, texts))},)"


def _direct(settings: Any, slot: str) -> tuple[Part, ...]:
    return (_part(_ONE, said="The answer at once.", stop=""),)


def _few_shot(settings: Any, slot: str) -> tuple[Part, ...]:
    said = "Examples with their steps show how (Wei et al. 2022)."
    return (_part(_ONE, said=said, stop=f", stop=({value(NEXT_EXAMPLE)},)"),)


def _cot(settings: Any, slot: str) -> tuple[Part, ...]:
    begun = value(settings.instruction if settings.place == "answer" else "", 4)
    if not settings.conclude:
        return (_part(_COT, begun=begun), taken(asking_words, "joined"))
    return (
        _part(_COT_TWICE, begun=begun, conclude=value(settings.conclude, 4)),
        taken(asking_words, "joined"),
    )


def _voted(settings: Any, slot: str) -> tuple[Part, ...]:
    stop = f"({value(NEXT_EXAMPLE)},)" if settings.rationales else "()"
    given = {"stop": stop, "samples": settings.samples, "temperature": settings.temperature}
    return (_part(_VOTED, "from collections import Counter", **given),)


def _scratch(settings: Any, slot: str) -> tuple[Part, ...]:
    given = {"open": value(OPEN), "close": value(CLOSE), "answer": value(settings.answer, 4)}
    return (_part(_SCRATCH, **given), taken(asking_words, "joined"))


def _refine(settings: Any, slot: str) -> tuple[Part, ...]:
    texts = (("CRITIQUE", settings.critique), ("REWRITE", settings.rewrite), ("RIGHT", settings.right))
    said = part("\n".join(f"{name} = {value(text)}" for name, text in texts))
    return (said, _part(_REFINE, rounds=settings.rounds), taken(self_refine, "approves"))


def _least_to_most(settings: Any, slot: str) -> tuple[Part, ...]:
    solve = _part(_SIMPLER, questions=settings.questions, next=value(NEXT_EXAMPLE))
    return (part(f"SLOT = {value(slot)}"), solve, taken(least_to_most, "questions_in", "told"))


def _tree(settings: Any, slot: str) -> tuple[Part, ...]:
    by_value = settings.evaluation == "value"
    said = f"VALUE = {value(settings.value)}" if by_value else f"VOTE = {value(settings.vote)}"
    lines = (
        f"SLOT = {value(slot)}",
        said,
        f"MARKS = {_pair(MARKS[settings.thought])}  # a thought ends at these",
    )
    lines += (f"DRAWN = {settings.temperature!r}  # the temperature of draws",)
    sizes = {"depth": settings.depth, "breadth": settings.breadth, "beam": settings.beam}
    judge = _part(_BY_VALUE if by_value else _BY_VOTE, evaluations=settings.evaluations)
    names = ("Tree", "valued") if by_value else ("Tree", "chosen")
    own = (taken(thoughts, *names), taken(asking_words, "joined"))
    return (part("\n".join(lines)), _part(_TREE, **sizes), judge, *own)


_LOOPS: dict[str, Callable[[Any, str], tuple[Part, ...]]] = {
    "direct": _direct,
    "cot": _cot,
    "few_shot_cot": _few_shot,
    "self_consistency": _voted,
    "scratchpad": _scratch,
    "self_refine": _refine,
    "least_to_most": _least_to_most,
    "tot": _tree,
}
