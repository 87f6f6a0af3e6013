"""What the page is told before a run is what the run asks."""

import pytest
import torch

from pipelines.core.errors import ConflictError, SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.prompting.calling.rendering import renderer
from pipelines.prompting.lab.grid import grid_of
from pipelines.prompting.lab.looking import look, size
from pipelines.prompting.lab.pace import Pace, Work
from pipelines.prompting.lab.requests import LookRequest, SizeRequest
from pipelines.prompting.specs import PromptLabSpec

TOKENIZER = str(REPOSITORY / "assets" / "models" / "story-base")
FIELDS = {
    "task": "arithmetic",
    "n": 5,
    "models": ["house/story-base"],
    "strategies": ["cot", "react", {"name": "self_consistency", "settings": {"samples": 3}}],
    "prompts": [{"shots": 2}, {"system": "Be brief."}],
    "decodings": [{"max_new_tokens": 40}, {"max_new_tokens": 50, "temperature": 0.5}],
}


@pytest.fixture(autouse=True)
def home(settings, monkeypatch):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))


def looked(**asked):
    (found,) = look(LookRequest(FIELDS, tokenizer=TOKENIZER, **asked), None)
    return found


def sized(**more):
    *steps, found = size(
        SizeRequest(FIELDS, {"house/story-base": TOKENIZER}, {"house/story-base": 512}, **more), None
    )
    assert all(step is None for step in steps)
    return found


def test_the_prompt_is_the_call_that_will_be_made():
    grid = grid_of(PromptLabSpec.from_dict(FIELDS))
    cells, items = list(grid.spec.cells()), grid.questions.asked.items
    for number in (0, 1, 7):
        found = looked(cell=number, item=2, context=512)
        (call,) = grid.first_calls(cells[number], items[2])
        assert [m["text"] for m in found.messages] == [m.content for m in call.messages]
        assert found.wanted == items[2].answer and found.items == 5 and found.kind == "number"
        assert (
            found.prompt_tokens == len(found.pieces) and "".join(p.text for p in found.pieces) == found.text
        )
        assert found.left == 512 - found.prompt_tokens - found.max_new_tokens
    assert looked(cell=7).messages[0] == {"role": "system", "text": "Be brief."}


@pytest.mark.parametrize("model", ["story-base", "story-instruct"])
@pytest.mark.parametrize("strategy", ["cot", "scratchpad", "tot"])
def test_how_an_answer_begins_is_shown_as_it_is_sent(model, strategy, settings):
    """story-base has no chat template: a space parts what is asked from how the answer begins."""
    fields = FIELDS | {"models": [f"house/{model}"], "strategies": [strategy]}
    grid = grid_of(PromptLabSpec.from_dict(fields))
    call = grid.first_calls(next(iter(grid.spec.cells())), grid.questions.asked.items[0])[0]
    folder = REPOSITORY / "assets" / "models" / model
    (found,) = look(LookRequest(fields, tokenizer=str(folder)), None)
    loaded = load_model(
        f"house/{model}", folder, torch.device("cpu"), Catalogue(settings).place(f"house/{model}").base
    )
    assert [piece.id for piece in found.pieces] == renderer(loaded)(call.messages, call.begun)
    assert found.text.endswith(call.begun)


def test_too_long_is_told_and_a_server_has_its_own_tokens():
    found = looked(cell=0, context=60)
    assert found.left < 0 and "more than the context holds" in found.findings[0]
    (served,) = look(LookRequest(FIELDS), None)
    assert served.pieces == () and served.prompt_tokens > 10 and "estimate" in served.findings[0]


def test_the_sum_is_that_of_the_prompts():
    found = sized()
    assert len(found.cells) == 12 and found.items == 5 and all(cell.exact for cell in found.cells)
    one = [looked(cell=0, item=item).prompt_tokens for item in range(5)]
    assert found.cells[0].prompt_tokens == sum(one) and found.cells[0].most_calls == 5
    votes = next(cell for cell in found.cells if cell.title.startswith("Self-consistency"))
    assert votes.most_written == 3 * 40 * 5 and votes.most_calls == 5
    react = next(cell for cell in found.cells if cell.title.startswith("ReAct"))
    assert react.most_calls == 30 and not react.too_long


def test_time_is_known_of_a_model_that_has_run_and_told_by_size_of_others(settings):
    pace, work = Pace(settings), Work(1000, 500)
    assert pace.seconds("endpoint:x", 0, work) is None
    assert pace.seconds("house/story-base", 10_000_000, work) > 0
    pace.remember("house/a", 10, Work(4000, 1000), 4.0)
    assert pace.seconds("house/a", 10, work) == pytest.approx(1.5)
    assert pace.seconds("house/b", 20, work) == pytest.approx(3.0)
    pace.remember("house/c", 20, Work(10, 1), 4.0)
    assert pace.seconds("house/c", 20, work) == pytest.approx(3.0), "too short a run says nothing"
    found = sized(parameters={"house/story-base": 5})
    assert all(cell.seconds > 0 for cell in found.cells)


def test_what_cannot_be_looked_at_is_said():
    with pytest.raises(SpecError, match="item accepts a whole number from 0 to 4"):
        looked(item=9)
    with pytest.raises(SpecError, match="cell accepts a whole number from 0 to 11"):
        looked(cell=12)
    with pytest.raises(ConflictError, match="gsm8k comes from the Hub"):
        next(look(LookRequest({**FIELDS, "task": "gsm8k"}), None))
