"""Interventions against an independent way to the same: weights of a copy zeroed, masks made by hand."""

import io
import threading

import numpy as np
import pytest
import torch

from pipelines.attention import running
from pipelines.attention.anatomy import anatomy_of
from pipelines.attention.edits import edits_of
from pipelines.attention.encode import read
from pipelines.attention.intervene import intervene
from pipelines.attention.interventions import Intervention
from pipelines.attention.looking import trace
from pipelines.attention.requests import InterveneRequest, Subject
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models import attention
from pipelines.runtime.codec import decode, encode
from pipelines.runtime.operations import INFERENCE
from tests.support.steps import finish
from tests.support.tiny_models import CONTEXT, FAMILIES, HEADS, WATCHED, WHOLE, WIDTH, build, tiny

TEXT = "Anna found a red kite by the river. The little dog"
CAUSAL = tuple(name for name in (*WATCHED, *WHOLE) if tiny(name).kind == "causal-lm")
ANSWERING = tuple(name for name in (*WATCHED, *WHOLE) if name != "encoder")
CHOSEN = tuple(name for name in ANSWERING if name in WATCHED)


def subject(family, **more):
    masked = FAMILIES[family][0].__name__ == "AutoModelForMaskedLM"
    return Subject(family, TEXT + " [MASK] barked" * masked, **more)


def first_part(loaded):
    return "encoder" if loaded.kind == "seq2seq-lm" else "self"


def asked(loaded, *interventions, **more):
    more = {"sample_tokens": 6, **more}
    return finish(intervene(loaded, InterveneRequest(subject(loaded.name), interventions, **more)))


def logits_of(loaded, *interventions):
    """[n, vocabulary] of one plain forward pass with the changes."""
    tokens = finish(read(loaded, subject(loaded.name)))
    edits = edits_of(loaded, anatomy_of(loaded.model, loaded.name), tokens, interventions)
    with torch.inference_mode(), edits.during():
        return loaded.model(**tokens.inputs(loaded), use_cache=False).logits[0]


def without(loaded, silence):
    """The same logits from a copy of the model whose weights ``silence(layer)`` has changed."""
    copy = build(loaded.name)
    silence(anatomy_of(copy, loaded.name).stacks[0].layers)
    tokens = finish(read(loaded, subject(loaded.name)))
    with torch.inference_mode():
        return copy(**tokens.inputs(loaded), use_cache=False).logits[0]


def columns(writer):
    """A view of the weights as [output, input]."""
    return writer.weight.T if type(writer).__name__ == "Conv1D" else writer.weight


@pytest.mark.parametrize("family", [name for name in ANSWERING if name != "albert"])
def test_a_head_off_is_its_columns_of_the_writer_at_zero(family):
    loaded = tiny(family)
    part = first_part(loaded)

    def silence(layers):
        width = WIDTH // HEADS
        columns(layers[1].writes[part])[:, 2 * width : 3 * width] = 0

    changed = logits_of(loaded, Intervention("head", part, 1, 2))
    assert torch.allclose(changed, without(loaded, silence), atol=1e-4)
    assert not torch.allclose(changed, logits_of(loaded), atol=1e-3)


@pytest.mark.parametrize("family", [name for name in ANSWERING if name not in ("albert", "gpt_oss")])
@pytest.mark.parametrize("kind", ["attention", "mlp"])
def test_a_sub_layer_off_writes_nothing_not_even_its_bias(family, kind):
    loaded = tiny(family)
    part = first_part(loaded)

    def silence(layers):
        writer = layers[0].writes[part if kind == "attention" else "mlp"]
        writer.weight.zero_()
        if writer.bias is not None:
            writer.bias.zero_()

    changed = logits_of(loaded, Intervention(kind, part, 0))
    assert torch.allclose(changed, without(loaded, silence), atol=1e-4)
    assert not torch.allclose(changed, logits_of(loaded), atol=1e-3)


def test_a_bias_is_silent_too():
    loaded = tiny("gpt2")
    loaded.model.transformer.h[0].mlp.c_proj.bias += 3
    clean = tiny("gpt2")
    off = Intervention("mlp", layer=0)
    assert torch.equal(logits_of(loaded, off), logits_of(clean, off))


def test_layers_that_share_their_weights_are_told_apart():
    loaded = tiny("albert")
    every = {
        (kind, layer): logits_of(loaded, Intervention(kind, layer=layer, head=-1 if kind == "mlp" else 1))
        for kind in ("mlp", "head")
        for layer in (0, 1)
    }
    for kind in ("mlp", "head"):
        assert not torch.allclose(every[kind, 0], every[kind, 1], atol=1e-3)
    layer = loaded.model.albert.encoder.albert_layer_groups[0].albert_layers[0]
    tokens = finish(read(loaded, subject("albert")))
    passed = []

    def only_second(_module, _given, out):
        passed.append(None)
        return out * 0 if len(passed) == 2 else None

    handle = layer.ffn_output.register_forward_hook(only_second)
    with torch.inference_mode():
        wanted = loaded.model(**tokens.inputs(loaded)).logits[0]
    handle.remove()
    assert torch.allclose(every["mlp", 1], wanted, atol=1e-5)


@pytest.mark.parametrize("family", WHOLE)
def test_heads_are_slices_of_what_the_writer_gets(family, monkeypatch):
    """Where the attention cannot be chosen: one head's weights made zero in the softmax itself."""
    loaded = tiny(family)
    changed = logits_of(loaded, *(Intervention("head", layer=layer, head=2) for layer in (0, 1)))
    assert not torch.allclose(changed, logits_of(loaded), atol=1e-3)
    slow = build(family, attn_implementation="eager") if family == "falcon" else build(family)
    plain = torch.nn.functional.softmax

    def softmax(given, *args, **named):
        weights = plain(given, *args, **named)
        if weights.ndim == 4:
            assert weights.shape[1] == HEADS
            weights = weights.clone()
            weights[:, 2] = 0
        return weights

    monkeypatch.setattr(torch.nn.functional, "softmax", softmax)
    tokens = finish(read(loaded, subject(family)))
    with torch.no_grad():
        wanted = slow(**tokens.inputs(loaded), use_cache=False).logits[0]
    assert torch.allclose(changed, wanted, atol=1e-4)


def attending_by_hand(loaded, allow):
    """Logits with the attention of every layer written out, ``allow(part, layer, head, q, k)`` added to the
    model's own mask."""
    anatomy = anatomy_of(loaded.model, loaded.name)
    passed = {}

    def attend(call):
        part = anatomy.part_of[id(call.module)]
        layer = passed[part] = passed.get(part, -1) + 1
        out = torch.zeros_like(call.query)
        scores = call.scores(slice(0, call.query.shape[2]))
        lowest = torch.finfo(scores.dtype).min
        for head in range(call.query.shape[1]):
            value = call.value[0, head // call.groups]
            for q in range(scores.shape[2]):
                seen = [
                    k
                    for k in range(scores.shape[3])
                    if scores[0, head, q, k] > lowest and allow(part, layer, head, q, k)
                ]
                if not seen:
                    continue
                told = scores[0, head, q, seen]
                if call.sinks is not None:
                    told = torch.cat([told, call.sinks[head : head + 1]])
                out[0, head, q] = told.softmax(-1)[: len(seen)] @ value[seen]
        return out

    tokens = finish(read(loaded, subject(loaded.name)))
    with torch.inference_mode(), attention.attending(attend):
        return loaded.model(**tokens.inputs(loaded), use_cache=False).logits[0]


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma2", "gpt_oss", "bert", "albert", "t5", "bart"])
def test_who_sees_whom_is_as_written_out_by_hand(family):
    loaded = tiny(family)
    part = first_part(loaded)
    changes = (
        Intervention("block", part, layer=1, head=2, query=5, key=3),
        Intervention("block", part, layer=0, key=0),
        Intervention("local", part, layer=1, head=1, key=2),
    )

    def allow(of, layer, head, q, k):
        if of != part:
            return True
        if layer == 0:
            return k != 0
        return not (head == 2 and (q, k) == (5, 3)) and not (head == 1 and abs(q - k) >= 2)

    assert torch.allclose(logits_of(loaded, *changes), attending_by_hand(loaded, allow), atol=1e-4)
    assert not torch.allclose(logits_of(loaded, *changes), logits_of(loaded), atol=1e-3)


@pytest.mark.parametrize("family", CHOSEN)
def test_a_query_that_sees_nobody_reads_zeros(family):
    """The first token of a causal model loses its only key; nothing becomes NaN, and its heads are silent."""
    loaded = tiny(family)
    part = first_part(loaded)
    found = asked(loaded, Intervention("block", part, query=0, key=0))
    assert np.isfinite(found.kl) and np.isfinite(found.after.probabilities).all()
    assert np.isfinite(found.after.loss[1:]).all() or loaded.kind == "masked-lm"
    count = len(finish(read(loaded, subject(family))).sequences[part].ids)
    every = [Intervention("block", part, key=key) for key in range(count)]
    none = logits_of(loaded, *every)
    heads = [Intervention("head", part, layer, head) for layer in (0, 1) for head in range(HEADS)]
    assert torch.allclose(none, logits_of(loaded, *heads), atol=1e-4)


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_a_cut_of_the_cross_attention(family):
    loaded = tiny(family)
    cut = tuple(Intervention("attention", "cross", layer) for layer in (0, 1))
    found = asked(loaded, *cut)
    other = finish(intervene(loaded, InterveneRequest(Subject(family, "A cat."), cut)))
    assert np.allclose(found.after.probabilities, other.after.probabilities, atol=1e-5), "no text is read"
    assert not np.allclose(found.before.probabilities, other.before.probabilities, atol=1e-4)
    one = Intervention("block", "cross", layer=0, head=1, query=0, key=2)
    assert asked(loaded, one).kl > 0


@pytest.mark.parametrize("family", CAUSAL)
def test_before_is_the_model_as_it_is(family, monkeypatch):
    """By parts over the cache, as long texts are taken in, against one plain pass and the library's text."""
    monkeypatch.setattr(running, "_BLOCK", 4)
    loaded = tiny(family)
    found = asked(loaded, Intervention("head", layer=0, head=0))
    ids = finish(read(loaded, subject(family))).inputs(loaded)["input_ids"]
    with torch.no_grad():
        logits = build(family)(input_ids=ids).logits[0]
        made = loaded.model.generate(ids, do_sample=False, max_new_tokens=6)
    loss = -logits[:-1].log_softmax(-1).gather(1, ids[0, 1:, None])[:, 0]
    assert np.allclose(found.before.loss[1:], loss, atol=1e-4) and np.isnan(found.before.loss[0])
    told = logits[-1].softmax(-1).topk(10)
    assert np.allclose(found.before.probabilities, told.values, atol=1e-5)
    assert found.before.ids.tolist() == told.indices.tolist()
    wanted = loaded.tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
    assert found.before.sample == wanted


@pytest.mark.parametrize("family", CAUSAL)
def test_changes_hold_while_the_model_writes(family, monkeypatch):
    """The text after the change, written over the cache, against whole passes without one for each token."""
    monkeypatch.setattr(running, "_BLOCK", 5)
    loaded = tiny(family)
    changes = [Intervention("head", layer=1, head=2), Intervention("mlp", layer=0)]
    if family in WATCHED:
        changes += [Intervention("block", layer=0, key=9), Intervention("local", layer=1, head=1, key=3)]
    found = asked(loaded, *changes, sample_tokens=8)
    tokens = finish(read(loaded, subject(family)))
    edits = edits_of(loaded, anatomy_of(loaded.model, family), tokens, tuple(changes))
    ids, made = tokens.inputs(loaded)["input_ids"], []
    for _ in range(8):
        with torch.inference_mode(), edits.during():
            logits = loaded.model(input_ids=ids, use_cache=False).logits[0]
        if not made:
            told = -logits[:-1].float().log_softmax(-1).gather(1, ids[0, 1:, None])[:, 0]
            assert np.allclose(found.after.loss[1:], told, atol=1e-4)
        made.append(int(logits[-1].argmax()))
        ids = torch.cat([ids, torch.tensor([[made[-1]]])], 1)
        if made[-1] in (1, loaded.model.generation_config.eos_token_id):
            break
    assert found.after.sample == loaded.tokenizer.decode(made, skip_special_tokens=True)


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_an_encoder_decoder_goes_on_after_what_it_was_given(family):
    loaded = tiny(family)
    change = Intervention("head", "encoder", 0, 1)
    request = InterveneRequest(subject(family, target="The cat"), (change,), sample_tokens=5)
    found = finish(intervene(loaded, request))
    traced = finish(trace(loaded, request.subject))
    assert found.before.ids[0] == int(traced.logits.argmax())
    assert np.allclose(found.before.loss[1:], traced.captured.loss[1:], atol=1e-4)
    own = finish(intervene(loaded, InterveneRequest(subject(family), (change,), sample_tokens=5)))
    written = finish(read(loaded, subject(family))).last
    assert own.before.ids[0] == written.ids[1], "what it wrote itself is written anew"
    assert np.isfinite(own.before.loss[1:]).all()


def test_a_masked_model_tells_its_first_mask():
    loaded = tiny("bert")
    found = asked(loaded, Intervention("mlp", layer=0))
    tokens = finish(read(loaded, subject("bert")))
    place = running.mask_places(loaded, tokens.last.ids)[0]
    with torch.inference_mode():
        told = loaded.model(**tokens.inputs(loaded)).logits[0, place].softmax(-1)
    assert found.before.ids[0] == int(told.argmax()) and found.before.sample == found.after.sample == ""
    assert np.isnan(found.before.loss).all()
    with pytest.raises(SpecError, match=r"a text with \[MASK\] in it"):
        finish(intervene(loaded, InterveneRequest(Subject("bert", "Anna"), (Intervention("mlp", layer=0),))))


def test_both_distributions_stand_beside_each_other():
    loaded = tiny("llama")
    found = asked(loaded, Intervention("mlp", layer=0), top_k=7)
    assert len(found.before.ids) == len(found.after.texts) == 7
    assert set(found.shared_ids) == {*found.before.ids, *found.after.ids}
    place = {int(one): at for at, one in enumerate(found.shared_ids)}
    for row, outcome in enumerate((found.before, found.after)):
        told = [found.shared[row, place[int(one)]] for one in outcome.ids]
        assert np.allclose(told, outcome.probabilities)
    before, after = logits_of(loaded)[-1], logits_of(loaded, Intervention("mlp", layer=0))[-1]
    wanted = torch.nn.functional.kl_div(
        after.log_softmax(-1), before.log_softmax(-1), log_target=True, reduction="sum"
    )
    assert found.kl == pytest.approx(float(wanted), abs=1e-4)


def test_what_changes_nothing_leaves_the_very_same_numbers():
    loaded = tiny("llama")
    found = asked(loaded, Intervention("block", query=3, key=9), temperature=1.5, seed=4)
    assert found.kl == 0 and found.before.sample == found.after.sample
    assert np.array_equal(found.before.loss, found.after.loss, equal_nan=True)


def test_the_noise_is_shared_and_follows_the_model():
    loaded = tiny("llama")
    change = Intervention("head", layer=1, head=0)
    samples = {asked(loaded, change, temperature=1.0, seed=seed).before.sample for seed in range(4)}
    assert len(samples) > 1
    assert asked(loaded, change, temperature=1.0, seed=2).before.sample in samples
    noise = running.Noise(0.7, 0)
    logits = torch.tensor([1.0, 2.0, 0.0])
    counts = np.bincount([noise.pick(logits) for _ in range(4000)], minlength=3) / 4000
    assert np.allclose(counts, (logits / 0.7).softmax(-1), atol=0.03)


def test_the_sample_ends_where_the_context_does():
    loaded = tiny("gpt2")
    long = Subject("gpt2", "a" * (CONTEXT - 3))
    n = len(finish(read(loaded, long)).last.ids)
    request = InterveneRequest(long, (Intervention("mlp", layer=0),), sample_tokens=50)
    assert n < CONTEXT and np.isfinite(finish(intervene(loaded, request)).kl)


@pytest.mark.parametrize(
    ("family", "change", "told"),
    [
        ("gpt2", Intervention("head", layer=99, head=0), "layer accepts 0 to 1 with gpt2; got 99"),
        ("gpt2", Intervention("head", layer=0, head=9), "head accepts 0 to 3 with gpt2"),
        ("gpt2", Intervention("mlp", layer=2), "layer accepts 0 to 1"),
        ("gpt2", Intervention("attention", "cross", 0), "part accepts self for attention with gpt2"),
        ("t5", Intervention("attention", "self", 0), "part accepts encoder or decoder or cross"),
        ("t5", Intervention("mlp", "cross", 0), "part accepts encoder or decoder for mlp"),
        ("t5", Intervention("local", "cross", key=2), "part accepts encoder or decoder for local"),
        ("gpt2", Intervention("block", query=500), "query accepts 0 to 11 with this text"),
        ("gpt2", Intervention("block", key=500), "key accepts 0 to 11 with this text"),
        ("gpt2", Intervention("local", head=4, key=2), "head accepts 0 to 3"),
    ],
)
def test_what_does_not_exist_is_refused_with_its_range(family, change, told):
    with pytest.raises(SpecError, match=told):
        asked(tiny(family), change)


@pytest.mark.parametrize("family", WHOLE)
@pytest.mark.parametrize("change", [Intervention("block", key=0), Intervention("local", key=2)])
def test_masks_of_a_family_that_attends_by_itself(family, change):
    with pytest.raises(GlassworksError, match="Who sees whom cannot be changed"):
        asked(tiny(family), change)


def test_models_that_cannot_answer_say_so():
    with pytest.raises(GlassworksError, match="turns text into vectors"):
        asked(tiny("encoder"), Intervention("mlp", layer=0))
    with pytest.raises(GlassworksError, match="no attention"):
        asked(tiny("mamba"), Intervention("mlp", layer=0))


VISITS = (
    (Intervention("head", layer=0, head=1), Intervention("block", key=0)),
    (Intervention("mlp", layer=1), Intervention("local", key=2)),
)


def same(one, other):
    told, wanted = ([x.before.sample, x.after.sample, x.kl] for x in (one, other))
    losses = np.array_equal(one.after.loss, other.after.loss, equal_nan=True)
    return losses and np.array_equal(one.shared, other.shared) and told == wanted


def requests():
    return [InterveneRequest(Subject("llama", TEXT), change, sample_tokens=8) for change in VISITS]


def test_two_visitors_in_turn_do_not_touch_each_other():
    loaded = tiny("llama")
    alone = [finish(intervene(loaded, request)) for request in requests()]
    assert not same(*alone)
    steps = dict(enumerate(intervene(loaded, request) for request in requests()))
    ids = torch.randint(5, 300, (1, 20))
    with torch.inference_mode():
        plain = loaded.model(input_ids=ids).logits
    results = {}
    while steps:
        for number, step in list(steps.items()):
            try:
                assert next(step) is None
            except StopIteration as stop:
                results[number] = stop.value
                del steps[number]
            with torch.inference_mode():
                assert torch.equal(loaded.model(input_ids=ids).logits, plain)
    assert all(same(results[number], alone[number]) for number in results)


def test_two_visitors_at_once_do_not_touch_each_other():
    loaded = tiny("llama")
    alone = [finish(intervene(loaded, request)) for request in requests()]
    wrong, ready = [], threading.Barrier(2)

    def visit(number):
        ready.wait()
        for _ in range(6):
            wrong.append(not same(finish(intervene(loaded, requests()[number])), alone[number]))

    threads = [threading.Thread(target=visit, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 12 and not any(wrong)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in loaded.model.modules())


def test_what_is_asked_and_answered_crosses_between_the_processes():
    types = INFERENCE.message_types()
    request = requests()[0]
    answer = asked(tiny("llama"), *request.interventions)
    for message in (request, answer):
        frame = io.BytesIO(b"".join(bytes(part) for part in encode(7, message, types)))
        number, back = decode(frame.readinto, types)
        assert number == 7 and type(back) is type(message)
        assert back == message if message is request else same(back, message)
