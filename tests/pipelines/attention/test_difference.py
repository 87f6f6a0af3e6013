"""Two models side by side: nothing where they are the same, and what was changed where they are not."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pipelines.attention.difference import difference
from pipelines.attention.handlers import difference as handle
from pipelines.attention.lens import lens
from pipelines.attention.looking import trace
from pipelines.attention.requests import DifferenceRequest, LensRequest, Subject
from pipelines.core.errors import GlassworksError
from pipelines.models import attention
from pipelines.models.loader import LoadedModel
from pipelines.runtime.messages import Waiting
from tests.support.steps import finish
from tests.support.tiny_models import CONTEXT, HEADS, LAYERS, tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna."
TARGET = "The cat found a red kite."


def traced(loaded, text=TEXT, name="", **asked):
    target = TARGET if loaded.kind == "seq2seq-lm" else ""
    return finish(trace(loaded, Subject(name or loaded.name, text, **{"target": target, **asked})))


def without(family, layer, head):
    """The model with a head's queries gone, so that it looks at all it may see alike."""
    loaded = tiny(family)
    attention = loaded.model.model.layers[layer].self_attn
    width = attention.head_dim
    attention.q_proj.weight[head * width : (head + 1) * width] = 0
    return loaded


@pytest.mark.parametrize("family", ["gpt2", "llama", "gpt_oss", "bert", "t5", "mpt", "encoder"])
def test_a_model_does_not_differ_from_itself(family):
    one, other = traced(tiny(family)), traced(tiny(family))
    told = finish(difference(one, other))
    assert len(told.change) == len(told.distance) == len(told.one.parts)
    for part, change, distance in zip(told.one.parts, told.change, told.distance, strict=True):
        assert change.shape == part.thumbnails.shape and change.dtype == np.int8 and not change.any()
        assert distance.shape == (LAYERS, HEADS) and not distance.any()


@pytest.mark.parametrize("task", ["SequenceClassification", "TokenClassification", "QuestionAnswering"])
def test_an_encoder_stands_beside_its_tuned_self(task):
    """The head is another, what lies beneath it is laid side by side."""
    import transformers

    bare = tiny("encoder")
    model = getattr(transformers, f"AutoModelFor{task}").from_config(bare.model.config)
    model.base_model.load_state_dict(bare.model.state_dict(), strict=False)
    model.base_model.encoder.layer[1].attention.self.query.weight.data.add_(0.2)
    attention.prepare(model.eval())
    kind = {"Sequence": "sequence-", "Token": "token-"}.get(task.removesuffix("Classification"), "")
    kind += "classification" if kind else "question-answering"
    tuned = LoadedModel("tuned", model, bare.tokenizer, CONTEXT, 0, kind)
    one, other = traced(bare), traced(tuned)
    assert other.captured.kind == "encoder" and np.isnan(other.captured.loss).all()
    (moved,) = finish(difference(one, other)).distance
    assert not moved[0].any() and moved[1].all()
    with pytest.raises(GlassworksError, match="tuned turns text into vectors or labels"):
        finish(lens(tuned, other, LensRequest(other.subject)))


def test_a_changed_head_is_found_and_measured():
    one, other = traced(tiny("llama")), traced(without("llama", 1, 2))
    told = finish(difference(one, other))
    (moved,) = told.distance
    assert np.argwhere(moved > 0).tolist() == [[1, 2]]
    before, after = one.weights("self", 1, 2), other.weights("self", 1, 2)
    even = torch.tril(torch.ones_like(after)) / torch.arange(1, len(after) + 1)[:, None]
    assert torch.allclose(after, even, atol=1e-6)
    assert moved[1, 2] == pytest.approx(float((after - before).abs().sum(-1).mean()) / 2, rel=1e-5)
    (change,) = told.change
    assert told.one.parts[0].cell == 1
    assert np.abs(change[1, 2] / 127 - (after - before).numpy()).max() < 0.01
    assert not change[0].any()


def test_mass_that_a_sink_takes_counts_as_moved():
    other = tiny("gpt_oss")
    for layer in other.model.model.layers:
        layer.self_attn.sinks += 50  # no weight is left for any token
    one = traced(tiny("gpt_oss"))
    (moved,) = finish(difference(one, traced(other))).distance
    kept = one.weights("self", 0, 0).sum(-1).mean()  # of the first layer, whose input is the same
    assert moved[0, 0] == pytest.approx(float(kept), rel=1e-4)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: tiny("t5"), "the first has self attention, the other encoder, decoder, cross"),
        (lambda: tiny("gpt2", n_layer=3), "the first has 2 layers, the other 3"),
        (lambda: tiny("gpt2", n_head=2), "the first has 4 heads, the other 2"),
    ],
)
def test_what_is_no_pair_is_refused_with_what_differs(other, message):
    one, beside = traced(tiny("gpt2")), traced(other())
    with pytest.raises(GlassworksError, match=message):
        finish(difference(one, beside))


def test_a_masked_model_may_stand_beside_a_causal_one():
    told = finish(difference(traced(tiny("gpt2")), traced(tiny("bert"))))
    assert told.distance[0].all() and told.other.kind == "masked-lm"


def test_other_tokens_are_refused_with_the_first_that_differs():
    one = traced(tiny("gpt2"), "The cat found a kite.")
    for text, message in (
        ("The cat hid a kite.", "number 2 is ' found' in the first, ' "),
        ("The cat found", "number 3 is ' a' in the first, its end in the other"),
    ):
        with pytest.raises(GlassworksError, match=message):
            finish(difference(one, traced(tiny("gpt2"), text)))


def test_what_each_writes_itself_is_not_compared():
    changed = without("llama", 0, 0)
    changed.model.lm_head.weight *= -1
    one, other = traced(tiny("llama"), new_tokens=4), traced(changed, new_tokens=4)
    with pytest.raises(GlassworksError, match="each writes a text of its own"):
        finish(difference(one, other))


def test_the_worker_holds_both_and_answers_once():
    held, models = [], {"one": tiny("llama"), "two": without("llama", 0, 1)}

    class Use:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            return SimpleNamespace(ready=self.ready)

        def ready(self):
            held.append(self.name)
            yield Waiting()
            return models[self.name]

        def __exit__(self, *_):
            held.remove(self.name)

    found = []
    for event in handle(DifferenceRequest(Subject("one", TEXT), "two"), SimpleNamespace(use=Use)):
        if event is not None and not isinstance(event, Waiting):
            found.append(event)
            assert held == ["one", "two"]
    (told,) = found
    assert np.argwhere(told.distance[0][0]).tolist() == [[1]] and not held
