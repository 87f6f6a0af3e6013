"""The tab's callbacks as the browser would call them, without a browser."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.prompt_lab.before_view import MESSAGES, TOKENS
from app.prompt_lab.presets import PRESETS
from app.prompt_lab.tab import PromptLab
from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from pipelines.prompting.lab.looking import look, size
from pipelines.prompting.lab.requests import LookRequest
from pipelines.prompting.specs import OWN, PromptLabSpec
from tests.support import workshop

asked_by = workshop.asked_by
HOSTILE = "<img src=x onerror=alert(1)>"
OWN_ITEMS = f"ask,reply\nWhat is 2 + 2? {HOSTILE},4\nWhat is 3 + 3?,6\n"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """Built once: its callbacks change nothing of it."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = workshop.jobs_of(settings)
    services.models = SimpleNamespace(
        entries=lambda *a: [_entry("house/one"), _entry("house/two")],
        endpoints=lambda: [SimpleNamespace(name="near")],
        endpoint=lambda name: SimpleNamespace(context=512),
        get=_entry,
    )
    services.tokenizers = SimpleNamespace(call=_answered)
    services.rag = SimpleNamespace(collections=_collections, collection=_collection)
    with gr.Blocks(), gr.Tabs(), gr.Tab("Prompt lab"):
        made = PromptLab(services)
        made.wire()
    made.services = services
    return made


def _entry(name):
    return SimpleNamespace(
        name=name, title=name, parameters=1000, capabilities={"causal-lm"}, context_length=512
    )


def _collections(visitor):
    """One of the app, and one of the visitor's own."""
    made = {"lessons": "Glassworks lessons", f"notes-{visitor}"[:12]: "Notes"}
    return [SimpleNamespace(id=one, spec=SimpleNamespace(name=name)) for one, name in made.items()]


def _collection(name, visitor):
    found = next((one for one in _collections(visitor) if name in (one.id, one.spec.name)), None)
    if found is None:
        raise NotFoundError("There is no such collection.")
    return found


def _answered(request):
    """As the worker answers, for a server: no tokenizer is read."""
    return list((look if isinstance(request, LookRequest) else size)(request, None))


@pytest.fixture
def given(tab):
    """``given({component: value})`` → what the browser would send: the form as it stands first, changed."""
    inputs = [*tab.form.inputs, tab.poked, *tab.before.choices, tab.form.answers.sample]

    def values(changed=None):
        return {component: component.value for component in inputs} | (changed or {})

    return values


def updated(given, updates):
    """What the browser would send after these updates."""

    def value(update, held):
        if isinstance(update, dict):
            return update.get("value", held)
        if isinstance(update, gr.blocks.Block):
            return update.constructor_args.get("value", held)
        return update

    return {c: value(updates[c], held) if c in updates else held for c, held in given.items()}


def near(tab):
    return {tab.form.models: ["endpoint:near"]}


def test_first_opening_shows_a_run_that_makes_sense(tab, given, asked_by):
    told = tab._told(given(), asked_by())
    assert told[tab.error] == "" and "350 answers" in told[tab.size]
    assert "word problems" in told[tab.before.items].lower()
    spec = tab.form.spec(given())
    assert [one.name for one in spec.strategies] == ["direct", "cot", "self_consistency"]
    assert dict(spec.strategies[2].settings) == {"samples": 5}
    assert spec.n == 50 and spec.models == ("house/one",)
    assert dict(spec.strategies[0].settings) == {}  # the run chooses the words that suit the task


@pytest.mark.parametrize("name", list(PRESETS))
def test_an_example_fills_the_form_with_just_that_run(tab, given, name):
    before = given()
    after = updated(before, tab._preset(name)(before))
    assert after[tab.poked] != before[tab.poked]
    wanted = PromptLabSpec.from_dict(PRESETS[name].fields | {"models": ("house/one",)})
    assert tab.form.spec(after).to_dict() == wanted.to_dict()


def test_a_link_restores_every_input(tab, given, asked_by):
    spec = PromptLabSpec.from_dict(
        {
            "task": OWN,
            "items": OWN_ITEMS,
            "columns": ["question=ask", "answer=reply"],
            "n": 2,
            "models": ["house/two", "endpoint:near"],
            "strategies": [{"name": "react", "settings": {"steps": 3}}, "cot"],
            "prompts": [{"system": "Be brief."}, {"shots": 1, "choice": "first"}],
            "decodings": [{"temperature": 0.7, "stop": ["\n\n"]}],
            "answers": {"kind": "label", "labels": ["4", "6"], "pattern": r"(\d)"},
            "tools": {"tools": ["lookup"], "table": "a,b\n1,2"},
            "price_prompt": 1.5,
        }
    )
    updates = tab._linked(asked_by(tab="prompt-lab", spec=json.dumps(spec.to_dict()), job="576h78vk9tw2"))
    assert updates[tab.panel.job_id] == "576h78vk9tw2"
    restored = tab.form.spec(updated(given(), updates)).to_dict()
    wanted = spec.to_dict()
    restored["strategies"].sort(key=lambda one: one["name"])
    wanted["strategies"].sort(key=lambda one: one["name"])
    assert restored == wanted


@pytest.mark.parametrize("text", ["{", "[]", '{"task": "no such"}', '{"items": 5}', "x" * 30_000])
def test_a_link_that_does_not_fit_changes_nothing(tab, asked_by, text):
    assert tab._linked(asked_by(tab="prompt-lab", spec=text)) == {}
    assert tab._linked(asked_by(tab="corpus", spec="{}")) == {}


def test_items_of_one_s_own_are_brought_and_their_columns_said(tab, given, asked_by):
    task = tab.form.task
    added = tab._added({task.text: OWN_ITEMS, task.file: None, tab.poked: ""})
    brought = updated(given(near(tab)), added)
    assert brought[task.task] == OWN
    assert "question column" in tab._told(brought, asked_by())[tab.error]
    named = brought | {task.roles["question"]: "ask", task.roles["answer"]: "reply"}
    told = tab._told(named, asked_by())
    assert told[tab.error] == "" and "<img" not in told[tab.before.items]
    assert "What is 3 + 3?" in told[tab.before.items]
    looked = tab._looked(named, asked_by())
    assert "What is 2 + 2?" in looked and "<img" not in looked


@pytest.mark.parametrize(("text", "said"), [("", "nothing"), ("[{broken", "JSON"), ("a,b\n1", "cells")])
def test_items_that_cannot_be_read_are_refused_beside_them(tab, text, said):
    task = tab.form.task
    refused = tab._added({task.text: text, task.file: None, tab.poked: ""})
    assert said in refused[task.error] and task.items not in refused


def test_own_items_that_are_not_there_yet_are_asked_for(tab, given, asked_by):
    assert "bring them" in tab._told(given({tab.form.task.task: OWN}), asked_by())[tab.error]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("models", [], "at least one model"),
        ("ticks", [], "at least one strategy"),
        ("template", "{question} {colour}", "{colour}"),
        ("template", "{question", "template"),
        ("pattern", "(", "pattern accepts"),
        ("n", None, "n accepts"),
        ("shots", 33, "shots accepts"),
    ],
)
def test_what_does_not_fit_stands_beside_the_form_and_starts_nothing(
    tab, given, asked_by, field, value, said
):
    form = tab.form
    places = {"models": form.models, "ticks": form.strategies.ticks, "pattern": form.answers.pattern}
    places |= {name: form.prompts.fields.components[name] for name in ("template", "shots")}
    places |= {"n": form.task.count.components["n"]}
    wrong = given({places[field]: value})
    assert said in tab._told(wrong, asked_by())[tab.error]
    started = tab._start(wrong, asked_by())
    assert said in started[tab.error] and tab.panel.job_id not in started
    assert tab.services.jobs.list() == []


def test_several_prompts_are_kept_while_another_is_in_the_form(tab, given, asked_by):
    prompts = tab.form.prompts
    system = prompts.fields.components["system"]
    first = given({system: "One."})
    second = updated(first, prompts._added(first))
    assert "Prompt 2 is the same as prompt 1" in tab._told(second, asked_by())[tab.error]
    second[system] = "Two."
    assert [one.system for one in tab.form.spec(second).prompts] == ["One.", "Two."]
    back = updated(second, prompts._picked(second | {prompts.pick: 0}))
    assert back[system] == "One."
    assert [one.system for one in tab.form.spec(back).prompts] == ["One.", "Two."]
    left = updated(back, prompts._removed(back | {prompts.pick: 0}))
    assert [one.system for one in tab.form.spec(left).prompts] == ["Two."]


def test_the_words_of_a_direct_question_follow_the_kind_of_answer(tab, given, asked_by):
    instruction = tab.form.strategies.fields["direct"].components["instruction"]
    words = tab._told(given({tab.form.task.task: "coin_flip"}), asked_by())
    assert words[instruction] == "Give only the answer."
    own = given({tab.form.task.task: "coin_flip", instruction: "Shout it."})
    assert instruction not in tab._told(own, asked_by())
    assert dict(tab.form.spec(own).strategies[0].settings) == {"instruction": "Shout it."}


def test_a_prompt_is_looked_at_and_the_grid_is_counted(tab, given, asked_by):
    asked = given(near(tab)) | {tab.before.cell: 1, tab.before.item: 3, tab.before.way: MESSAGES}
    looked = tab._looked(asked, asked_by())
    assert "step by step" in looked and "Wanted" in looked and "context 512" in looked
    assert "no tokens to show" in tab._looked(asked | {tab.before.way: TOKENS}, asked_by())
    *_, sized = tab._sized(asked, asked_by())
    assert "Chain of thought" in sized and "together" in sized and "≈" in sized
    far = tab._looked(asked | {tab.before.item: 9_999}, asked_by())
    assert "gw-error" in far


def test_a_public_set_is_not_fetched_to_look_at_it(tab, given, asked_by):
    asked = given({**near(tab), tab.form.task.task: "gsm8k"})
    told = tab._told(asked, asked_by())
    assert told[tab.error] == "" and "MIT" in told[tab.before.items]
    assert "from the Hub" in tab._looked(asked, asked_by())
    *_, sized = tab._sized(asked, asked_by())
    assert "from the Hub" in sized


def test_a_file_of_this_machine_is_the_owner_s(tab, given, asked_by):
    asked = given({**near(tab), tab.form.task.task: "gsm8k", tab.form.task.path: "/etc/passwd"})
    for refused in (tab._looked(asked, asked_by("eve")), tab._start(asked, asked_by("eve"))[tab.error]):
        assert "Only the owner" in refused or "owner" in refused


def test_a_pattern_is_tried_on_a_response(tab, given):
    answers = tab.form.answers
    tried = tab._tried(
        given({answers.pattern: r"= (\d+)", answers.sample: f"1 = 2. {HOSTILE} The answer is 9."})
    )
    assert "<code>2</code>" in tried and "<code>9</code>" in tried and "<img" not in tried
    assert "pattern accepts" in tab._tried(given({answers.pattern: "("}))


def test_a_table_is_read_back(tab):
    tools = tab.form.tools
    assert "2 rows" in tools.table_html("planet,moons\nMars,2\nJupiter,95")
    assert "gw-error" in tools.table_html("a,b\n1") and tools.table_html("") == ""


def test_notes_say_what_brings_little(tab, given, asked_by):
    ticks, tools = tab.form.strategies.ticks, tab.form.tools.tools
    told = tab._told(given({ticks: ["few_shot_cot", "react"], tools: []}), asked_by())
    assert "lives on examples" in told[tab.size] and "no tool to call" in told[tab.size]


def test_start_puts_the_grid_into_the_queue_of_its_visitor(tab, given, asked_by):
    started = tab._start(given(near(tab)), asked_by())
    job = tab.services.jobs.get(started[tab.panel.job_id])
    assert job.kind == "prompt_lab" and job.spec["models"] == ["endpoint:near"]
    refused = tab._start(given({tab.form.models: ["path:/etc"]}), asked_by("eve"))
    assert "owner" in refused[tab.error]


def test_one_strategy_stands_there_twice(tab, given, asked_by):
    form = tab.form
    asked = given(
        {form.strategies.variants["self_consistency"]: "samples = 3\nsamples = 4, temperature = 0.5"}
    )
    spec = form.spec(asked | {form.strategies.ticks: ["self_consistency"]})
    assert [dict(one.settings).get("samples") for one in spec.strategies][1:] == [3, 4]
    back = form.spec(updated(given(), form.strategies.shown(spec.to_dict()["strategies"], True)))
    assert [dict(one.settings).get("samples") for one in back.strategies][1:] == [3, 4]
    wrong = given({form.strategies.variants["self_consistency"]: "draws = 3"})
    assert "draws" in tab._told(wrong | {form.strategies.ticks: ["self_consistency"]}, asked_by())[tab.error]


def test_a_link_for_too_much_says_so(tab, given, asked_by):
    """The mark in the place of the spec is what the button's script looks for."""
    task = tab.form.task
    rows = "question,answer\n" + "\n".join(f"{'how many ' * 20}{n}?,{n}" for n in range(200))
    added = tab._added({task.text: rows, task.file: None, tab.poked: ""})
    brought = updated(given({task.task: OWN}), added)
    assert tab._told(brought, asked_by())[tab.link_text] == "!"


def test_react_searches_a_collection_that_the_visitor_may_read(tab, given, asked_by):
    form, tools = tab.form, tab.form.tools
    searching = {
        form.models: ["endpoint:near"],
        form.strategies.ticks: ["react"],
        tools.tools: ["search"],
    }
    spec = form.spec(given(searching))
    assert spec.tools.collection == "lessons" and spec.tools.tools == ("search",)
    assert "- search: finds passages" in tab._looked(given(searching), asked_by())
    refused = tab._start(given({**searching, tools.collection: "another's"}), asked_by())
    assert "no such collection" in refused[tab.error]
    named = tab._start(given({**searching, tools.collection: "Glassworks lessons"}), asked_by())
    assert "its id, lessons" in named[tab.error]
    assert tab.panel.job_id in tab._start(given(searching), asked_by())
    assert form.spec(given()).tools.collection == ""  # without a search none is named
