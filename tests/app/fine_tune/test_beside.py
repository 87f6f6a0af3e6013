"""Base and tuned side by side: the same prompt, noise and seed for both, and where their texts part."""

import json
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import gradio as gr
import numpy as np
import pytest

from app.decoding.linked import linked
from app.decoding.moment import Moment
from app.fine_tune import beside
from app.fine_tune.beside import Asked, Sides, decoding_link, parting, perplexities, requests_of
from app.fine_tune.beside_part import BesidePart
from app.fine_tune.beside_view import beside_html, status_html
from app.identity import Visitor
from pipelines.core.errors import SpecError
from pipelines.generation.compare import compared
from pipelines.jobs.states import JobState
from tests.support.compared_runs import PROMPT, loaded

OWNER = Visitor("owner", True, "owner")
HOSTILE = "<img src=x onerror=alert(1)>"
BASE, TUNED = "gpt2", "llama"  # two tiny models with one tokenizer


class Runtime:
    """Tiny models of random weights."""

    def __init__(self):
        self.asked = []

    def stream(self, request):
        self.asked.append(request)
        models = {name: loaded(name.rpartition("/")[2]) for name in request.models}
        yield from (event for event in compared(models, request) if event)


class Tokenizers:
    """A template that writes <u>…<a>; ``doubled``: the tokenizer puts a start token before every text."""

    doubled = False

    def stream(self, request):
        if hasattr(request, "messages"):
            text = f"<s><u>{request.messages[0]['content']}<a>"
            yield SimpleNamespace(text=text, ids=np.array([1, 5]), offsets=np.array([[0, 3], [3, 6]]))
        else:
            yield SimpleNamespace(ids=np.array([1, 1] if self.doubled else [1, 5]))


@pytest.fixture
def page(services, monkeypatch):
    """The services with tiny models, for both of which everybody may ask."""
    monkeypatch.setattr("app.decoding.asking.entry_of", lambda *_: None)
    monkeypatch.setattr("app.decoding.asking.check_model", lambda *_: None)
    monkeypatch.setattr("app.tokenizer.asking.check_model", lambda *_: None)
    entry = SimpleNamespace(capabilities={"causal-lm"}, vocab_size=400)
    models = SimpleNamespace(get=lambda name: entry)
    return SimpleNamespace(
        **vars(services) | {"runtime": Runtime(), "tokenizers": Tokenizers(), "models": models}
    )


def asked(**more):
    return Asked(
        **{"base": BASE, "tuned": TUNED, "prompt": PROMPT, "new_tokens": 12, "temperature": 1.0, **more}
    )


def test_both_are_asked_the_same_and_judge_each_other(page):
    base, tuned = requests_of(page, OWNER, asked(seed=7))
    assert (base.model, base.judge, tuned.model, tuned.judge) == (BASE, TUNED, TUNED, BASE)
    same = ("prompt", "strategies", "max_new_tokens", "seed", "same_noise")
    assert all(getattr(base, name) == getattr(tuned, name) for name in same) and base.same_noise
    assert requests_of(page, OWNER, asked(temperature=0.0))[0].strategies[0].name == "greedy"
    assert requests_of(page, OWNER, asked(judged=False))[1].judge == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [({"temperature": -1.0}, "temperature accepts"), ({"temperature": None}, "temperature accepts"),
     ({"seed": 1.5}, "seed accepts"), ({"new_tokens": 0}, "max_new_tokens accepts"),
     ({"prompt": " ", "chat": True}, "prompt accepts")],
)  # fmt: skip
def test_wrong_values_are_named(page, given, words):
    with pytest.raises(SpecError, match=words):
        requests_of(page, OWNER, asked(**given))


def test_a_conversation_is_written_out_by_the_run_s_template_for_both(page):
    base, tuned = requests_of(page, OWNER, asked(prompt="Hi", chat=True))
    assert base.prompt == tuned.prompt == "<s><u>Hi<a>"
    page.tokenizers.doubled = True
    assert requests_of(page, OWNER, asked(prompt="Hi", chat=True))[0].prompt == "<u>Hi<a>"
    assert "no chat template of its own" in beside.notes_of(page, asked(chat=True))[0]
    assert beside.notes_of(page, asked()) == ()


def test_the_same_model_beside_itself_writes_the_same_text(page):
    *_, last = beside.sides(page, OWNER, requests_of(page, OWNER, asked(tuned=BASE, judged=False)), ())
    assert last.state == "done" and parting(last) is None and len(beside.ids_of(last.base)) > 3
    assert "the same to the last token" in beside_html(last)


def test_two_models_part_and_each_text_is_read_by_both(page):
    told = []
    for last in beside.sides(page, OWNER, requests_of(page, OWNER, asked()), ("A note.",)):
        told.append([len(beside.ids_of(one)) for one in last.both])
    at = parting(last)
    assert at is not None and beside.ids_of(last.base)[:at] == beside.ids_of(last.tuned)[:at]
    assert all(np.isfinite(perplexities(one)).all() for one in last.both)
    assert any(0 < both[0] < told[-1][0] and both[1] for both in told), "they grow beside each other"
    shown = beside_html(last)
    assert shown.count("here the texts part") == 2 and "A note." in shown and "under the base" in shown
    assert "Both done" in status_html(last)
    halted = beside.stopped(Sides(replace(last.base, state="writing"), last.tuned))
    assert (halted.base.state, halted.tuned.state, halted.state) == ("stopped", "done", "stopped")


def test_own_perplexity_leaves_out_the_token_that_ends_the_text():
    def moment(reason):
        outcome = SimpleNamespace(
            log_probs=np.array([-1.0, -1.0, -9.0]),
            reason=reason,
            measures=SimpleNamespace(judge_perplexity=2.0),
        )
        return SimpleNamespace(decoded=SimpleNamespace(outcomes=(outcome,)))

    assert perplexities(moment("eos")) == (pytest.approx(np.e), 2.0)
    assert perplexities(moment("length"))[0] > 30


def test_the_link_opens_the_same_side_in_decoding(page):
    _, tuned = requests_of(page, OWNER, asked(prompt="Say & <go>\n", temperature=0.5, seed=3))
    query = {name: values[0] for name, values in parse_qs(urlsplit(decoding_link(tuned)).query).items()}
    found = linked(query)
    assert (found["model"], found["judge"], found["seed"]) == (TUNED, BASE, 3)
    assert found["prompt"] == "Say & <go>\n" and found["same_noise"] is True
    (one,) = json.loads(found["strategies"])
    assert one == {"name": "temperature", "parameters": {"temperature": 0.5}}


def test_text_of_models_is_never_html(page):
    moment = Moment(requests_of(page, OWNER, asked(prompt=HOSTILE))[0])
    now = Sides(moment, moment, (HOSTILE,))
    moment.texts[0, 0] = SimpleNamespace(ids=[1], texts=[HOSTILE])
    assert "<img" not in beside_html(now)


@pytest.fixture
def part(page):
    with gr.Blocks():
        return BesidePart(page)


def run(page, owner="eve", **spec):
    """The id of a run that is done, with something in the place of its artefact."""
    given = {"base": "house/story-base", "dataset": "sample:story-prompts", "chat_template": "house", **spec}
    job = page.jobs.submit("sft", given, owner=owner)
    page.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.SUCCEEDED)
    (page.settings.runs / job.id / "artifact").mkdir()
    return job.id


def test_the_panel_compares_a_run_with_its_own_base_for_its_owner_alone(part, page, asked_by, monkeypatch):
    job = run(page)
    monkeypatch.setattr("app.fine_tune.beside_part._models", lambda status: (BASE, TUNED))
    values = (job, PROMPT, False, 3.0, 0.9, 6.0, True)
    *_, last = part.compared(*values, asked_by("eve"))
    assert "Both done" in last[0] and "gw-beside-text" in last[1] and last[3].interactive
    assert {one.seed for one in page.runtime.asked} == {3} and len(page.runtime.asked) == 2
    (refused,) = part.compared(*values, asked_by("mallory"))
    assert "There is no job" in refused[0] and refused[1] == gr.skip()
    (wrong,) = part.compared(job, PROMPT, False, 0, 1, 10**6, True, asked_by("eve"))
    assert "max_new_tokens accepts" in wrong[0]
    (none,) = part.compared("", PROMPT, False, 0, 1, 8, True, asked_by("eve"))
    assert "There is no job" in none[0]


def test_a_run_without_a_model_that_writes_has_nothing_to_compare(part, page, asked_by):
    job = page.jobs.submit(
        "sft", {"base": "house/story-base", "dataset": "sample:story-prompts"}, owner="eve"
    )
    (told,) = part.compared(job.id, "Hi", False, 0, 1, 8, True, asked_by("eve"))
    assert "nothing to compare" in told[0]
    status = SimpleNamespace(job=SimpleNamespace(spec={"task": "classify"}, id="x"), artifact="run/x")
    assert not part.shown(status)[part.column].visible
