"""The story of the Start tab: the kept one is the model's own, a word chosen in it changes what follows and
nothing else does, and what the page is told only grows.
"""

import json
from itertools import pairwise
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from app.decoding.moment import follow
from app.identity import Visitor
from app.start.story import CANDIDATES, MODEL, TEMPERATURE, TOKENS, StoryLog, kept_story, story_request
from app.tabs import start
from pipelines.core.errors import SpecError, WorkerDiedError
from pipelines.core.settings import REPOSITORY
from pipelines.generation.comparing import Decoded, DecodeStarted, DecodeStep, Stages, Wrote
from pipelines.models.loader import load_model
from pipelines.runtime.operations import INFERENCE
from tests.support.answering import Loaded

FOLDER = REPOSITORY / "assets" / "models" / "story-base"
ASKED = {"prompt": "Once upon a time", "seed": 3, "after": [], "mark": "m1"}
BAD = [
    None,
    [],
    {},
    {**ASKED, "prompt": None},
    {**ASKED, "prompt": "a" * 301},
    {**ASKED, "seed": -1},
    {**ASKED, "seed": 1.5},
    {**ASKED, "seed": True},
    {**ASKED, "after": "12"},
    {**ASKED, "after": [-1]},
    {**ASKED, "after": ["5"]},
    {**ASKED, "after": [5] * TOKENS},
    {**ASKED, "mark": 7},
    {**ASKED, "mark": "m" * 65},
]


def read(log: str) -> tuple[dict, list[list], list[dict]]:
    """Its head, its tokens, and what else it tells, in order."""
    head, *rest = map(json.loads, log.split("\n"))
    tokens = [one for one in rest if isinstance(one, list)]
    return head, tokens, [one for one in rest if isinstance(one, dict)]


@pytest.fixture(scope="module")
def house():
    return load_model(MODEL, FOLDER, torch.device("cpu"))


def written(house, asked: dict) -> str:
    """The log that the inference worker's own handler leads to."""
    request, mark = story_request(asked)
    events = INFERENCE.load_handlers()[type(request)](request, Loaded(lambda _: house))
    log = StoryLog(request, mark)
    return [log.after(one) for one in follow(request, (one for one in events if one is not None))][-1]


def test_the_kept_story_is_what_the_model_says():
    """Every probability in it, by the library alone: of the tokens and of what could have stood there, the
    likeliest and the one that does."""
    head, tokens, told = read(kept_story())
    assert head["model"] == MODEL and head["temperature"] == TEMPERATURE and head["mark"] == "kept"
    assert [one[0] for one in tokens] == list(range(len(tokens))) and told[-1]["state"] == "done"
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    given = tokenizer(head["prompt"])["input_ids"]
    with torch.inference_mode():
        chances = model(torch.tensor([given + [one[1] for one in tokens]])).logits[0].softmax(-1)
    for at, (_, id_, _, share, candidates) in enumerate(tokens, len(given) - 1):
        assert share == pytest.approx(chances[at, id_].item(), abs=2e-4)
        stands = [one[0] for one in candidates]
        assert [one[2] for one in candidates] == pytest.approx(chances[at, stands].tolist(), abs=2e-4)
        assert id_ in stands and {*chances[at].topk(CANDIDATES - 1).indices.tolist()} <= {*stands}


def test_the_same_word_goes_on_the_same_and_another_does_not(house):
    """The luck of every place stays: only the chosen word makes the difference."""
    _, tokens, _ = read(written(house, ASKED))
    ids, place = [one[1] for one in tokens], 6
    head, again, _ = read(written(house, {**ASKED, "after": ids[:place]}))
    assert head["kept"] == place and [one[:2] for one in again] == [one[:2] for one in tokens[place:]]
    other = next(one[0] for one in tokens[place][4] if one[0] != ids[place])
    _, elsewhere, _ = read(written(house, {**ASKED, "after": [*ids[:place], other]}))
    assert [one[1] for one in elsewhere] != ids[place + 1 :]
    assert elsewhere[0][0] == place + 1 and len(elsewhere) == TOKENS - place - 1


def test_a_beginning_may_be_left_out(house):
    _, tokens, told = read(written(house, {**ASKED, "prompt": ""}))
    assert len(tokens) > 10 and told[-1]["state"] == "done"


def test_an_id_that_the_vocabulary_does_not_have_is_refused(house):
    with pytest.raises(SpecError):
        written(house, {**ASKED, "after": [10**6]})


@pytest.mark.parametrize("asked", BAD)
def test_what_does_not_fit_is_refused(asked):
    with pytest.raises(SpecError):
        story_request(asked)


# --- the tab's handler

STAGES = Stages(
    ("raw", "temperature"), np.array([4, 9], np.int32), (" <b>", " \ud800"), np.array([[0.25, 0.75]] * 2),
    np.array([2, 2], np.int32), np.array([0.5, 0.5]), np.array([0.0, 0.0]),
)  # fmt: skip


class Runtime:
    """Writes three tokens; ``fails`` before the end."""

    fails: Exception | None = None

    def stream(self, request):
        yield DecodeStarted(np.array([1], np.int32), ("Hi",), 1)
        for _ in range(3):
            wrote = Wrote(0, 0, (9,), (" \ud800",), (float(np.log(0.75)),), (1,), (0.5,), stages=(STAGES,))
            yield DecodeStep((wrote,))
        if self.fails:
            raise self.fails
        yield Decoded((), np.array([np.nan]), 0.1, ("",))


@pytest.fixture
def services():
    identity = SimpleNamespace(visitor=lambda _: Visitor("visitor-1", False, "visitor"))
    return SimpleNamespace(runtime=Runtime(), identity=identity)


def test_the_log_only_grows_and_carries_what_json_cannot(services):
    *steps, last = start._written(services, None, {**ASKED, "after": [5]})
    logs = [log for log, _ in steps]
    assert last == (gr.skip(), gr.skip())  # Gradio sends the last answer twice
    assert all(after.startswith(before) for before, after in pairwise(logs))
    head, tokens, told = read(logs[-1])
    about = {"model": MODEL, "prompt": ASKED["prompt"], "seed": 3, "temperature": TEMPERATURE}
    assert head == {"mark": "m1", **about, "kept": 1}
    assert tokens == [[at, 9, " ?", 0.75, [[9, " ?", 0.75], [4, " <b>", 0.25]]] for at in (1, 2, 3)]
    assert [one["state"] for one in told] == ["waiting", "done"]


def test_another_story_stops_the_one_that_is_being_written(services):
    """And no story stops itself, however late the word comes that it was asked for."""
    steps = start._written(services, None, ASKED)
    _, running = next(steps)
    start._stop_another(running, SimpleNamespace(value=ASKED))
    start._stop_another(None, SimpleNamespace(value=ASKED))
    assert len(list(steps)) > 1
    steps = start._written(services, None, ASKED)
    _, running = next(steps)
    start._stop_another(running, SimpleNamespace(value={**ASKED, "mark": "m2"}))
    ended = [log for log, _ in steps]
    assert not [
        told for log in ended if isinstance(log, str) for told in read(log)[2] if told["state"] == "done"
    ]
    start._stop_another(running, SimpleNamespace(value="<b>"))


def test_a_fault_is_the_last_line(services):
    services.runtime.fails = WorkerDiedError("The worker ended; please try again.")
    *_, (log, _) = start._written(services, None, ASKED)
    _, tokens, told = read(log)
    assert told[-1] == {"state": "failed", "words": "The worker ended; please try again."} and len(tokens) < 3


def test_what_was_not_written_for_visitors_is_not_shown(services):
    services.runtime.fails = RuntimeError("/secret/path")
    *_, (log, _) = start._written(services, None, ASKED)
    assert "secret" not in log and read(log)[2][-1]["state"] == "failed"


def test_a_wrong_request_reaches_no_model(services):
    services.runtime = None
    with pytest.raises(gr.Error, match="after"):
        list(start._written(services, None, {**ASKED, "after": [-1]}))
