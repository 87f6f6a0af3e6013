"""A script's loops say what the lab's strategies say, for each of them, with a function for a model: the
script is made for a server that nobody asks."""

import ast
import hashlib
import json
from types import SimpleNamespace

import pytest

from pipelines.core.errors import ConflictError, SpecError
from pipelines.generation.together.stops import cut_at
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.models.endpoints import Endpoint
from pipelines.prompting.calling.caller import settings_of, unchecked, unheard
from pipelines.prompting.calls import Reply, Text
from pipelines.prompting.lab.job import run
from pipelines.prompting.lab.script.whole import model_name, script_of
from pipelines.prompting.lab.summary import results_in
from pipelines.prompting.specs import PromptLabSpec

SERVER = Endpoint("a", "http://127.0.0.1:9/v1", "m", key_env="LAB_KEY")
HOSTILE = 'He said "it\'s {question}" \\n """ \'\'\' {0} }}{{ \u202e ⟦…⟧\n# not code\nexit()'
TABLE = "planet;moons\nMars;2\nSaturn;146"
_SAID = (
    "7 + 5 = 12. The answer is 12.",
    "First 12 x 7. It is right.",
    "Something is wrong: 7. The answer is 9.",
    "Thought: sum\nAction: calculator[12,000 x 7.5]",
    "Thought: look\nAction: lookup[Mars; moon]",
    "Action: python[print(1)]",
    "Action: finish[84]",
    "Action: oven[hot]",
    "Action: calculator[7 apples]",
    "Action: lookup[Moon; moons]",
    "1. How many apples?\n2. How many pears?",
    "sure",
    "likely. The best choice is 2.",
    "impossible",
    "no idea",
)


def said(messages, begun, sample) -> str:
    """One of a few texts, by what is asked and the number of the draw alone."""
    told = json.dumps([*((one["role"], one["content"]) for one in messages), begun, sample])
    return _SAID[int(hashlib.sha256(told.encode()).hexdigest(), 16) % len(_SAID)]


def text_of(messages, begun, stop, sample) -> tuple[str, str]:
    whole = said(messages, begun, sample)
    at = cut_at(whole, stop)
    return (whole[:at], "stop") if at >= 0 else (whole, "end")


class Sayer:
    name, exact = "endpoint:a", True

    def answer(self, calls, check=unchecked, done=unheard):
        replies = []
        for number, call in enumerate(calls):
            messages = [{"role": one.role, "content": one.content} for one in call.messages]
            texts = (text_of(messages, call.begun, call.stop, sample) for sample in range(call.samples))
            replies.append(Reply(tuple(Text(text, 1, end) for text, end in texts), 1, 0.0))
            done(number, replies[-1])
        return tuple(replies)

    def count(self, call):
        return 1

    def told(self, call):
        read = [[one.role, one.content] for one in call.messages]
        return {"read": read, "begun": call.begun, "n": call.purpose, **settings_of(call)}


def results(tmp_path, monkeypatch, settings, **fields):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    spec = PromptLabSpec.from_dict({"task": "arithmetic", "n": 8, "models": ["endpoint:a"], **fields})
    job = JobDir(tmp_path / "job")
    job.create("prompt_lab", "0123456789ab", spec.to_dict())
    with JobContext(job, "0123456789ab") as context:
        assert run(spec, context, open=lambda *_: Sayer()) is JobState.SUCCEEDED
    return results_in(job.path, spec)


def by_item(found) -> dict:
    return {one.item: one for one in found}


def loaded(code: str) -> dict:
    """The script's names, with the same function for the server."""
    once = [node.name for node in ast.parse(code).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    once += [
        target.id
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign)
        for target in ast.walk(node)
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store) and target.id.isupper()
    ]
    assert len(set(once)) == len(once), "a name of two parts"
    names = {"__name__": "script"}
    exec(compile(code, "script.py", "exec"), names)

    def answers(messages, begun="", stop=(), samples=1, temperature=names["TEMPERATURE"]):
        stop = (*stop, *names["STOP"])
        return [names["Text"](*text_of(messages, begun, stop, sample)) for sample in range(samples)]

    names["answers"] = answers
    return names


@pytest.fixture(autouse=True)
def no_arguments(monkeypatch):
    monkeypatch.setattr("sys.argv", ["script.py"])


EVERY = [
    "direct",
    {"name": "cot", "settings": {"place": "answer", "conclude": "Therefore, the answer is"}},
    "few_shot_cot",
    {"name": "self_consistency", "settings": {"samples": 5, "rationales": True}},
    "scratchpad",
    "self_refine",
    "least_to_most",
    {"name": "tot", "settings": {"evaluation": "value"}},
    {"name": "tot", "settings": {"evaluation": "vote", "thought": "line"}, "title": "by vote"},
    "react",
]


@pytest.mark.parametrize("placement", ["turns", "message"])
def test_every_strategy_says_what_the_lab_said(tmp_path, monkeypatch, settings, placement):
    prompts = [{"shots": 2, "placement": placement, "system": "Be brief."}]
    tools = {"tools": ["calculator", "lookup", "python"], "table": TABLE}
    decodings = [{"stop": ["pears"], "temperature": 0.3}]
    found = results(
        tmp_path, monkeypatch, settings, strategies=EVERY, prompts=prompts, tools=tools, decodings=decodings
    )
    for number, cell in enumerate(found.cells):
        assert model_name(found, number) == "endpoint:a"
        code = script_of(found, number, SERVER)
        names = loaded(code)
        assert [item["id"] for item in names["ITEMS"]] == [item.id for item in found.items]
        records, grades = by_item(found.records[number]), by_item(cell.items)
        for item in names["ITEMS"]:
            record, graded = records[item["id"]], grades[item["id"]]
            if "Python is left out" in code and "python[" in str(record.trace):
                continue
            response = names["solve"](item)
            assert response == record.response, (cell.name, item["id"])
            marks = {rule: (mark.answer, mark.right) for rule, mark in graded.marks.items()}
            assert names["marks"](response, item) == marks


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        ("boolean", [{"question": f"Is {n} even?", "answer": "yes" if n % 2 else "no"} for n in range(6)]),
        ("date", [{"question": f"Which {n}?", "answer": f"2021-05-0{n}"} for n in range(1, 7)]),
        (
            "letter",
            [{"question": "Which?", "choices": ["12", "9", str(n)], "answer": "A"} for n in range(20, 26)],
        ),
        ("label", [{"question": f"How {n}?", "answer": ("sure", "likely")[n % 2]} for n in range(6)]),
        ("text", [{"question": f"Who {n}?", "answer": f"the answer of {n} men"} for n in range(6)]),
    ],
)
def test_answers_of_every_kind_are_read_as_the_lab_reads_them(tmp_path, monkeypatch, settings, kind, items):
    fields = {"task": "own", "items": json.dumps(items), "n": 6, "strategies": ["direct"]}
    found = results(
        tmp_path, monkeypatch, settings, **fields, answers={"pattern": r"is (\w+)", "pick": "last"}
    )
    assert found.reading.kind == kind
    names = loaded(script_of(found, 0, SERVER))
    for item, own in zip(names["ITEMS"], found.items, strict=True):
        for text in (*_SAID, "Answer: May 1, 2021", "Yes.", "(B)", "likely", "The answer of 3 men."):
            read = found.reading.read(text, own.choices)
            wanted = {rule: getattr(read, rule) for rule in found.reading.rules}
            given = names["marks"](text, item)
            assert {rule: answer for rule, (answer, _) in given.items()} == wanted
            assert all(
                right == found.reading.same(answer, own.answer, own.choices)
                for answer, right in given.values()
            )
            assert names["normal"](text, item) == found.reading.answer(text, own.choices)


def test_wilson_is_the_labs(tmp_path, monkeypatch, settings):
    from pipelines.common.proportions import proportion

    names = loaded(script_of(results(tmp_path, monkeypatch, settings, strategies=["direct"]), 0, SERVER))
    for right, count in ((0, 5), (3, 8), (8, 8)):
        wanted = proportion(right, count)
        assert names["wilson"](right, count) == pytest.approx((wanted.low, wanted.high))


def test_hostile_text_stays_data(tmp_path, monkeypatch, settings):
    items = [{"question": f"{HOSTILE} {n}", "answer": HOSTILE + str(n)} for n in range(3)]
    texts = {"critique": HOSTILE, "rewrite": HOSTILE, "right": HOSTILE, "instruction": HOSTILE}
    fields = {
        "task": "own", "items": json.dumps(items), "n": 3, "name": HOSTILE[:60],
        "prompts": [{"system": HOSTILE}], "decodings": [{"stop": [HOSTILE[:70]]}],
        "strategies": [
            {"name": "self_refine", "settings": texts, "title": HOSTILE[:60]},
            {"name": "tot", "settings": {"value": HOSTILE}},
            {"name": "least_to_most", "settings": {"split": HOSTILE, "instruction": HOSTILE}},
        ],
    }  # fmt: skip
    found = results(tmp_path, monkeypatch, settings, **fields)
    for number, records in enumerate(found.records):
        names = loaded(script_of(found, number, Endpoint("a", "http://x/v1", HOSTILE)))
        assert sorted(item["question"] for item in names["ITEMS"]) == [
            one["question"].strip() for one in items
        ]
        said = {item["id"]: names["solve"](item) for item in names["ITEMS"]}
        assert said == {record.item: record.response for record in records}


def test_what_no_script_can_hold_is_refused(tmp_path, monkeypatch, settings):
    found = results(tmp_path, monkeypatch, settings, strategies=["direct"])
    for number in (-1, 1, True, "0", None):
        with pytest.raises(SpecError, match="cell"):
            script_of(found, number, SERVER)
    with pytest.raises(SpecError, match="surrogate"):
        script_of(found, 0, Endpoint("a", "http://x/v1", "m\ud800"))
    empty = SimpleNamespace(**{**vars(found), "records": ((),)})
    with pytest.raises(ConflictError, match="asked nothing"):
        script_of(empty, 0, SERVER)
