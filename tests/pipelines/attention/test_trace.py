"""A captured pass against the library's own slow attention, in every family that we name."""

import threading

import numpy as np
import pytest
import torch

from pipelines.attention.answers import MEASURES
from pipelines.attention.looking import trace
from pipelines.attention.requests import Subject
from pipelines.core.errors import GlassworksError, SpecError
from tests.support.steps import finish
from tests.support.tiny_models import CONTEXT, FAMILIES, WHOLE, build, tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna. Anna found a cat."
NAMED = {"self": "attentions", "encoder": "encoder_attentions", "decoder": "decoder_attentions"}
SEEN = tuple(name for name in FAMILIES if name != "mamba")


def traced(family, **subject):
    loaded = tiny(family)
    return loaded, finish(trace(loaded, Subject(family, TEXT, **subject)))


@torch.no_grad()
def reference(family, loaded, found):
    inputs = found.read.inputs(loaded)
    return build(family, "eager")(**inputs, output_attentions=True)


@pytest.mark.parametrize("family", SEEN)
def test_the_weights_are_those_of_the_library(family):
    loaded, found = traced(family)
    wanted = reference(family, loaded, found)
    for part in found.captured.parts:
        layers = getattr(wanted, NAMED.get(part.name, "cross_attentions"))
        assert part.layers == len(layers) and part.heads == layers[0].shape[1]
        for layer, weights in enumerate(layers):
            for head in range(part.heads):
                ours = found.weights(part.name, layer, head)
                assert ours.shape == weights.shape[2:]
                assert torch.allclose(ours, weights[0, head], atol=1e-5)


@pytest.mark.parametrize("family", SEEN)
def test_the_pass_itself_is_that_of_the_library(family):
    loaded, found = traced(family)
    wanted = reference(family, loaded, found)
    last = wanted.last_hidden_state if family == "encoder" else wanted.logits
    if family == "encoder":
        assert found.logits is None and found.head is None
        assert torch.allclose(found.hidden["self"][-1], last[0], atol=1e-5)
        return
    assert torch.allclose(found.logits, last[0, -1], atol=1e-5)
    assert found.head is not None, "the way from the stream to the logits is known"
    if loaded.kind != "masked-lm":
        ids = torch.as_tensor(found.read.last.ids).long()
        told = -last[0, :-1].log_softmax(-1).gather(1, ids[1:, None])[:, 0]
        assert np.allclose(found.captured.loss[1:], told, atol=1e-4) and np.isnan(found.captured.loss[0])
        beaten = (last[0, :-1] > last[0, :-1].gather(1, ids[1:, None])).sum(-1)
        assert found.captured.ranks[1:].tolist() == beaten.tolist()


@pytest.mark.parametrize("family", SEEN)
def test_looking_changes_no_logit(family):
    """Beside a pass of the model as the library makes it, without asking for any weights."""
    loaded, found = traced(family)
    with torch.no_grad():
        plain = build(family)(**found.read.inputs(loaded))
    if family != "encoder":
        assert torch.allclose(found.logits, plain.logits[0, -1], atol=1e-4)


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma3", "bert", "t5", "bloom"])
def test_thumbnails_and_measures_are_of_these_weights(family):
    _, found = traced(family)
    for part in found.captured.parts:
        for layer in range(part.layers):
            for head in range(part.heads):
                weights = found.weights(part.name, layer, head).numpy()
                cells = np.sqrt(weights).__mul__(255).round()
                assert part.cell == 1 and np.abs(part.thumbnails[layer, head] - cells).max() <= 1
                told = dict(zip(MEASURES, part.measures[layer, head], strict=True))
                wanted = by_hand(weights, part)
                assert told == pytest.approx(wanted, abs=1e-4, nan_ok=True)


def by_hand(weights, part):
    """The measures, one query and one key at a time."""
    queries, keys = part.queries.ids, part.keys.ids
    found = {name: [] for name in MEASURES}
    within = part.name != "cross"
    for i, row in enumerate(weights):
        found["entropy"].append(-sum(w * np.log(w) for w in row if w > 0))
        if not within or i:
            found["first"].append(row[0])
        if not within:
            continue
        found["distance"].append(sum(w * abs(i - j) for j, w in enumerate(row)))
        if i:
            found["itself"].append(row[i])
            found["previous"].append(row[i - 1])
        if same := [j for j in range(i) if keys[j] == queries[i]]:
            found["duplicate"].append(sum(row[j] for j in same))
        if after := [j for j in range(1, i + 1) if keys[j - 1] == queries[i]]:
            found["induction"].append(sum(row[j] for j in after))
    return {name: np.mean(values) if values else np.nan for name, values in found.items()}


def test_a_long_text_is_pooled_and_sliced_alike():
    loaded = tiny("gpt2", n_positions=600)
    loaded = type(loaded)(**{**vars(loaded), "context_length": 600})
    found = finish(trace(loaded, Subject("gpt2", TEXT * 15)))
    (part,) = found.captured.parts
    n = len(part.queries.ids)
    assert n > 256 and part.cell == -(-n // 64) and part.thumbnails.shape[2:] == (-(-n // part.cell),) * 2
    weights = found.weights("self", 1, 2)
    for row in (0, 7, part.thumbnails.shape[2] - 1):
        block = weights[row * part.cell : (row + 1) * part.cell]
        cells = [float(block[:, c : c + part.cell].max()) for c in range(0, n, part.cell)]
        assert np.abs(part.thumbnails[1, 2, row] - np.sqrt(cells) * 255).max() <= 1
    assert torch.allclose(found.weights("self", 1, 2, slice(300, 310)), weights[300:310], atol=1e-6)
    assert dict(zip(MEASURES, part.measures[1, 2], strict=True)) == pytest.approx(
        by_hand(weights.numpy(), part), abs=1e-3
    )


@pytest.mark.parametrize(
    ("family", "positions"),
    [
        ("gpt2", "learned"), ("llama", "rope"), ("t5", "relative"), ("bloom", "alibi"), ("bert", "learned"),
        ("mpt", "alibi"), ("modernbert", "rope"),
    ],
)  # fmt: skip
def test_how_a_model_knows_order(family, positions):
    assert traced(family)[1].captured.positions == positions


@pytest.mark.parametrize(
    ("family", "windows"), [("gemma3", [5, 0]), ("gemma2", [5, 0]), ("mistral", [5, 5]), ("llama", [0, 0])]
)
def test_sliding_windows_and_groups_are_told(family, windows):
    (part,) = traced(family)[1].captured.parts
    assert part.windows.tolist() == windows and (part.heads, part.kv_heads) == (4, 2) and part.causal


def test_what_the_model_writes_belongs_to_the_text():
    loaded, found = traced("llama", new_tokens=5)
    tokens = found.read.last
    assert tokens.generated == 5 and (tokens.starts[-5:] == -1).all()
    with torch.no_grad():
        made = loaded.model.generate(
            torch.as_tensor(tokens.ids[:-5]).long()[None],
            do_sample=False,
            max_new_tokens=5,
            eos_token_id=None,
        )
    assert made[0].tolist() == tokens.ids.tolist()


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_a_decoder_reads_the_target_or_writes_its_own(family):
    _, found = traced(family, target="The dog.")
    assert found.read.sequences["decoder"].texts[1:] == ("The", " dog", ".") or "dog" in "".join(
        found.read.sequences["decoder"].texts
    )
    _, alone = traced(family)
    assert alone.read.sequences["decoder"].generated > 0
    assert {part.name for part in alone.captured.parts} == {"encoder", "decoder", "cross"}
    assert np.isnan(alone.captured.parts[2].measures[..., MEASURES.index("previous")]).all()


def test_the_stream_is_what_the_layers_leave():
    loaded, found = traced("gpt2")
    with torch.no_grad():
        wanted = build("gpt2", "eager")(**found.read.inputs(loaded), output_hidden_states=True).hidden_states
    (stream,) = found.captured.streams
    for ours, theirs in zip(found.hidden["self"][:-1], wanted[:-1], strict=True):
        assert torch.allclose(ours, theirs[0], atol=1e-5)
    assert stream.residual[0] == pytest.approx(float(wanted[0][0].norm(dim=-1).mean()), rel=1e-5)
    assert len(stream.residual) == 3 and len(stream.attention) == len(stream.mlp) == 2


def test_a_model_without_attention_says_so():
    with pytest.raises(GlassworksError, match=r"no attention that can be looked at.*mamba"):
        traced("mamba")


@pytest.mark.parametrize("family", WHOLE)
def test_whole_matrices_have_an_end(family, monkeypatch):
    monkeypatch.setattr("pipelines.attention.looking.WHOLE_TOKENS", 8)
    with pytest.raises(SpecError, match="at most 8 tokens"):
        traced(family)


def test_too_long_a_text_names_the_limit():
    loaded = tiny("gpt2")
    with pytest.raises(SpecError, match=f"at most {CONTEXT} tokens"):
        finish(trace(loaded, Subject("gpt2", TEXT * 20)))
    with pytest.raises(SpecError, match="are to be written"):
        finish(trace(loaded, Subject("gpt2", TEXT * 3, new_tokens=120)))


@pytest.mark.parametrize("place", [("self", 9, 0), ("self", 0, 9), ("cross", 0, 0)])
def test_a_head_that_does_not_exist_is_refused(place):
    _, found = traced("gpt2")
    with pytest.raises(SpecError):
        found.weights(*place)


def test_a_pass_beside_others_changes_no_number():
    """Plain passes through the same model while one is being captured: neither sees the other."""
    loaded = tiny("llama")
    ids = torch.randint(5, 300, (1, 60))
    with torch.inference_mode():
        alone = loaded.model(input_ids=ids).logits
    texts = [TEXT, TEXT[::-1]]
    wanted = [finish(trace(loaded, Subject("llama", text))).captured.parts[0].thumbnails for text in texts]
    over, changed = threading.Event(), []

    def others():
        while not over.is_set():
            with torch.inference_mode():
                changed.append(not torch.equal(loaded.model(input_ids=ids).logits, alone))

    thread = threading.Thread(target=others)
    thread.start()
    try:
        for _ in range(5):
            both = [trace(loaded, Subject("llama", text)) for text in texts]
            results = finish_in_turn(both)
            for result, thumbnails in zip(results, wanted, strict=True):
                assert np.array_equal(result.captured.parts[0].thumbnails, thumbnails)
    finally:
        over.set()
        thread.join()
    assert changed and not any(changed)


def finish_in_turn(generators):
    """Several generators, a step each in turn."""
    results = {}
    while len(results) < len(generators):
        for number, generator in enumerate(generators):
            if number not in results:
                try:
                    next(generator)
                except StopIteration as stop:
                    results[number] = stop.value
    return [results[number] for number in range(len(generators))]
