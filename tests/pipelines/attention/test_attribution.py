"""Attribution: each method against its definition written out, and what is measured against a plain run."""

import itertools

import networkx
import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from pipelines.attention import explained as explaining
from pipelines.attention import flow as flows
from pipelines.attention import removed as removing
from pipelines.attention.agreement import spearman
from pipelines.attention.attribution import attribute
from pipelines.attention.edits import edits_of
from pipelines.attention.graph import Edge, Graph
from pipelines.attention.interventions import Intervention
from pipelines.attention.looking import trace
from pipelines.attention.requests import AttributeRequest, Subject
from pipelines.attention.rollout import rollout
from pipelines.core.errors import GlassworksError, SpecError
from tests.support.steps import finish
from tests.support.tiny_models import FAMILIES, HEADS, LAYERS, WATCHED, WHOLE, build, tiny

TEXT = "Anna found a red kite by the river"
ANSWERING = tuple(name for name in WATCHED if name != "encoder")


def subject(family, **more):
    masked = FAMILIES[family][0].__name__ == "AutoModelForMaskedLM"
    target = {"target": "The dog"} if FAMILIES[family][0].__name__ == "AutoModelForSeq2SeqLM" else {}
    return Subject(family, TEXT + " [MASK] barked" * masked, **{**target, **more})


def attributed(family, asked=None, **more):
    loaded, asked = tiny(family), asked or subject(family)
    found = finish(trace(loaded, asked))
    return loaded, found, finish(attribute(loaded, found, AttributeRequest(asked, **more)))


def upto(found, position):
    """Inputs of a plain pass that ends at the position, where the model does not see both ways."""
    inputs = dict(found.read.inputs(tiny(found.subject.model)))
    along = "decoder_input_ids" if "decoder_input_ids" in inputs else "input_ids"
    if FAMILIES[found.subject.model][0].__name__ != "AutoModelForMaskedLM":
        inputs[along] = inputs[along][:, : position + 1]
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    return inputs


@pytest.mark.parametrize("family", ANSWERING)
def test_the_prediction_is_the_models_own(family):
    _, found, told = attributed(family)
    with torch.no_grad():
        logits = build(family)(**upto(found, told.position)).logits[0, told.position]
    assert told.token_id == int(logits.argmax())
    assert told.log_prob == pytest.approx(float(logits.log_softmax(-1).max()), abs=1e-4)
    count = len(next(iter(found.read.sequences.values())).ids)
    assert len(told.removed) == len(told.rollout) == len(told.flow) == len(told.gradient) == count
    assert told.rollout.sum() == pytest.approx(1, abs=1e-5) and (told.rollout >= 0).all()
    assert told.flow.sum() == pytest.approx(1, abs=1e-5) and (told.flow >= 0).all()
    for name, value in told.agreement.items():
        assert value == pytest.approx(spearmanr(getattr(told, name), told.removed).statistic, abs=1e-6)
    assert set(told.agreement) == {"rollout", "flow", "gradient"}


@pytest.mark.parametrize("family", ANSWERING)
def test_removed_is_a_token_that_no_query_sees(family, monkeypatch):
    """Against one pass a token with the key blocked in every layer, as interventions block it."""
    monkeypatch.setattr(removing, "_TOKENS", 40)
    loaded, found, told = attributed(family)
    parts = ("encoder", "cross") if loaded.kind == "seq2seq-lm" else ("self",)

    def log_prob(*changes):
        with torch.inference_mode(), edits_of(loaded, found.anatomy, found.read, changes).during():
            logits = loaded.model(**upto(found, told.position), use_cache=False).logits
        return float(logits[0, told.position].log_softmax(-1)[told.token_id])

    for token in range(len(told.removed)):
        hidden = [Intervention("block", part, key=token) for part in parts]
        assert told.removed[token] == pytest.approx(log_prob() - log_prob(*hidden), abs=1e-3)
    assert np.abs(told.removed).max() > 1e-2


@pytest.mark.parametrize("family", ANSWERING)
def test_gradient_times_input_is_a_small_change_of_the_vectors(family):
    """Where a vector is scaled by 1 ± ε, the log-probability moves by ε · gradient · input."""
    _, found, told = attributed(family)
    model, size = (build(family).double(), 1e-4) if family != "gpt_oss" else (build(family), 1e-3)
    inputs = upto(found, told.position)
    with torch.no_grad():
        vectors = model.get_input_embeddings()(inputs.pop("input_ids"))

        def log_prob(token, by):
            scaled = vectors.clone()
            scaled[0, token] *= by
            logits = model(inputs_embeds=scaled, **inputs, use_cache=False).logits
            return float(logits[0, told.position].double().log_softmax(-1)[told.token_id])

        for token in (0, 2, len(told.gradient) - 1):
            slope = (log_prob(token, 1 + size) - log_prob(token, 1 - size)) / (2 * size)
            assert told.gradient[token] == pytest.approx(slope, abs=2e-2, rel=2e-2)


def mean_heads(found, part, layer):
    return sum(found.weights(part, layer, head).double() for head in range(HEADS)).numpy() / HEADS


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma3", "bert", "albert"])
def test_rollout_is_the_product_of_the_layers(family):
    _, found, told = attributed(family)
    product = np.eye(len(found.read.last.ids))
    for layer in range(LAYERS):
        product = (mean_heads(found, "self", layer) + np.eye(len(product))) / 2 @ product
    assert np.allclose(told.rollout, product[told.position][: len(told.rollout)], atol=1e-5)


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_rollout_of_an_encoder_decoder_ends_at_the_encoders_tokens(family):
    _, found, told = attributed(family)
    n = len(found.read.sequences["encoder"].ids)
    below = np.eye(n)
    for layer in range(LAYERS):
        below = (mean_heads(found, "encoder", layer) + np.eye(n)) / 2 @ below
    t = len(found.read.last.ids)
    ours = np.zeros((t, n))
    for layer in range(LAYERS):
        ours = (ours + mean_heads(found, "decoder", layer) @ ours) / 2
        ours = (ours + mean_heads(found, "cross", layer) @ below) / 2
    assert np.allclose(told.rollout, ours[told.position] / ours[told.position].sum(), atol=1e-5)


def test_rollout_and_flow_by_hand():
    """The upper token stands by ½ on each of two ways; below, one way narrows to ¼."""
    graph = Graph(
        (2, 2, 1), (Edge(1, 0, np.array([[1, 0], [0.75, 0.25]])), Edge(2, 1, np.array([[0.5, 0.5]])))
    )
    assert np.allclose(rollout(graph, 0), [0.875, 0.125])
    assert np.allclose(finish(flows.flow(graph, 0)), [1 / 1.25, 0.25 / 1.25])


def test_flow_is_the_library_of_graphs_own():
    _, found, told = attributed("gpt2")
    pipes, n = networkx.DiGraph(), len(found.read.last.ids)
    for layer in range(LAYERS):
        weights = (mean_heads(found, "self", layer) + np.eye(n)) / 2
        for q, k in itertools.product(range(n), range(n)):
            if weights[q, k] > 0:
                pipes.add_edge((layer + 1, q), (layer, k), capacity=weights[q, k])
    wanted = [networkx.maximum_flow_value(pipes, (LAYERS, n - 1), (0, token)) for token in range(n)]
    assert np.allclose(told.flow, np.array(wanted) / sum(wanted), atol=1e-4)


def test_an_earlier_position_is_as_if_the_text_ended_there():
    _, found, told = attributed("llama", position=4)
    short = Subject("llama", "".join(found.read.last.texts[:5]))
    _, _, alone = attributed("llama", short)
    assert told.position == 4 and len(told.removed) == 5
    assert told.token_id == alone.token_id
    for name in ("removed", "rollout", "flow", "gradient"):
        assert np.allclose(getattr(told, name), getattr(alone, name), atol=1e-4), name


def test_another_token_can_be_explained():
    _, _, likeliest = attributed("llama")
    _, _, told = attributed("llama", token_id=7)
    assert told.token_id == 7 and told.log_prob < likeliest.log_prob
    assert not np.allclose(told.removed, likeliest.removed, atol=1e-3)


def test_flow_is_left_out_of_long_texts(monkeypatch):
    monkeypatch.setattr(flows, "MAX_TOKENS", 5)
    _, _, told = attributed("llama")
    assert len(told.flow) == 0 and set(told.agreement) == {"rollout", "gradient"}


def test_ranks_agree_with_the_library():
    numbers = np.random.default_rng(0)
    for _ in range(20):
        one, other = numbers.integers(0, 5, 12), numbers.integers(0, 5, 12)
        assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert np.isnan(spearman(np.ones(4), np.arange(4)))


def test_places_that_are_not_there_are_refused(monkeypatch):
    with pytest.raises(SpecError, match=r"position accepts -1 \(the last\) or 0 to \d+ with this text"):
        attributed("llama", position=99)
    with pytest.raises(SpecError, match="token_id accepts 0 to 399"):
        attributed("llama", token_id=400)
    with pytest.raises(SpecError, match="position accepts that of a mask"):
        attributed("bert", position=0)
    with pytest.raises(SpecError, match=r"a text with \[MASK\]"):
        attributed("bert", Subject("bert", "Anna"))
    monkeypatch.setattr(explaining, "MAX_TOKENS", 4)
    with pytest.raises(SpecError, match="at most 4 tokens"):
        attributed("llama")


@pytest.mark.parametrize("family", WHOLE)
def test_a_family_that_attends_by_itself_cannot_be_measured(family):
    with pytest.raises(GlassworksError, match=f"What a token is worth cannot be measured in {family}"):
        attributed(family)


def test_a_model_without_predictions_has_none_to_explain():
    with pytest.raises(GlassworksError, match="turns text into vectors"):
        attributed("encoder")


def test_what_an_encoder_decoder_wrote_itself_is_explained_before_its_end():
    loaded, found, told = attributed("bart", subject("bart", target=""))
    ids = found.read.last.ids
    assert told.position < len(ids) and int(ids[told.position]) != loaded.tokenizer.eos_token_id
