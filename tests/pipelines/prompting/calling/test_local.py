"""A batch says what each call says alone: by the library's own ``generate`` where it is greedy."""

import copy
import functools
from dataclasses import replace

import pytest
import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.memory import row_bytes
from pipelines.generation.together import packed
from pipelines.generation.together.packed import Mix
from pipelines.models.virtual import left_by, put_before
from pipelines.prompting.calling import local
from pipelines.prompting.calling.kept import key_of
from pipelines.prompting.calling.local import LocalCaller, mark_of
from pipelines.prompting.calling.rendering import renderer
from pipelines.prompting.calls import Call, Message, Text
from tests.support.chat_templates import CHATML
from tests.support.tiny_models import CONTEXT, tiny

TEXTS = (
    "Anna",
    "Anna found a red kite by the river. The dog barked. " * 2,
    "The little dog",
    "Once upon a time a cat",
    "a b c d e f g",
    "kite",
)


def call(text, **given):
    return Call((Message("user", text),), **{"max_new_tokens": 12, **given})


def written(replies):
    """Without the time, which is never the same."""
    return [(reply.texts, reply.prompt_tokens, reply.error) for reply in replies]


def alone(caller, calls):
    return [caller.answer([one])[0] for one in calls]


def mixed(count=12):
    """Greedy and drawn, of every length, some with several samples."""
    return [
        call(
            TEXTS[at % len(TEXTS)],
            temperature=(0.0, 0.9, 1.5)[at % 3],
            top_p=(1.0, 0.7)[at % 2],
            samples=1 + at % 4,
            max_new_tokens=3 + at % 9,
            seed=at,
            begun="So" if at % 5 == 0 else "",
        )
        for at in range(count)
    ]


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_a_batch_says_what_each_says_alone(family):
    loaded = tiny(family)
    assert packed.mix_of(loaded.model) is Mix.JOIN
    calls = mixed()
    wanted = alone(LocalCaller(loaded, rows=1), calls)
    for rows in (3, 32):
        replies = LocalCaller(loaded, rows=rows).answer(calls)
        assert written(replies) == written(wanted)
    assert [len(reply.texts) for reply in replies] == [one.samples for one in calls]


@pytest.mark.parametrize(
    ("family", "mix"),
    [("opt", Mix.JOIN), ("bloom", Mix.JOIN), ("mistral", Mix.TOGETHER), ("mamba", Mix.ALONE)],
)
def test_other_families_mix_as_far_as_they_bear_it(family, mix):
    loaded = tiny(family)
    assert packed.mix_of(loaded.model) is mix
    calls = mixed(5)
    batch = LocalCaller(loaded, rows=3).answer(calls)
    assert written(batch) == written(alone(LocalCaller(loaded, rows=1), calls))


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_greedy_is_what_the_library_writes(family):
    loaded = tiny(family)
    caller = LocalCaller(loaded)
    for text, reply in zip(TEXTS, caller.answer([call(text) for text in TEXTS]), strict=True):
        inputs = loaded.tokenizer(text, return_tensors="pt", return_token_type_ids=False)
        wanted = loaded.model.generate(**inputs, max_new_tokens=12, do_sample=False, pad_token_id=2)[0]
        wanted = wanted[inputs["input_ids"].shape[1] :]
        assert reply.text == loaded.tokenizer.decode(wanted, skip_special_tokens=True)
        assert (reply.texts[0].tokens, reply.prompt_tokens) == (len(wanted), inputs["input_ids"].shape[1])
        assert reply.seconds > 0 and reply.texts[0].finish == ("end" if wanted[-1] == 1 else "length")


def test_an_answer_ends_before_its_first_marker_wherever_tokens_begin():
    """Every stretch of two characters of what is written serves as a marker once: many cross tokens."""
    caller = LocalCaller(tiny("llama"), rows=16)
    drawn = {"temperature": 1.2, "seed": 3, "max_new_tokens": 40}
    whole = caller.answer([call("Anna", **drawn)])[0].texts[0]
    stops = sorted({whole.text[at : at + 2] for at in range(len(whole.text) - 1)})
    assert len(stops) > 20
    calls = [call("Anna", stop=("never there", stop), **drawn) for stop in stops]
    for stop, reply in zip(stops, caller.answer(calls), strict=True):
        assert (reply.text, reply.texts[0].finish) == (whole.text[: whole.text.index(stop)], "stop")
        assert reply.texts[0].tokens <= whole.tokens
    both = caller.answer([call("Anna", stop=(whole.text[9:12], whole.text[4:6]), **drawn)])[0].text
    assert both == whole.text[: min(whole.text.index(whole.text[9:12]), whole.text.index(whole.text[4:6]))]
    fewer = caller.answer([call("Anna", stop=(whole.text[2:4],), **drawn)])[0].texts[0]
    assert fewer.tokens < whole.tokens  # it is not written on


def test_the_model_s_own_end_and_a_marker_that_is_a_special_token():
    loaded = tiny("llama")
    tokenizer = loaded.tokenizer
    plan = tokenizer("Anna found").input_ids
    model = scripted(loaded.model, [*plan, 1])
    caller = LocalCaller(replace(loaded, model=model), rows=2)
    special = tokenizer.convert_ids_to_tokens(1)
    ended, stopped = caller.answer([call("a"), call("a", stop=(special,))])
    assert ended.texts == (Text("Anna found", len(plan) + 1, "end"),)
    assert stopped.texts == (Text("Anna found", len(plan) + 1, "stop"),)


def test_half_a_character_is_never_cut_into_the_text():
    loaded = tiny("llama")
    ids = loaded.tokenizer("né🦀é|", add_special_tokens=False).input_ids
    assert len(ids) > 6
    caller = LocalCaller(replace(loaded, model=scripted(loaded.model, [*ids, 1])))
    whole, cut, short = caller.answer(
        [
            call("a"),
            call("a", stop=("é|",)),
            call("a", max_new_tokens=len(ids) - 4, stop=("\ufffd",)),
        ]
    )
    assert (whole.text, cut.text) == ("né🦀é|", "né🦀")
    assert short.texts[0].finish == "stop" and "\ufffd" not in short.text


def test_a_draw_depends_on_its_own_seed_alone():
    caller = LocalCaller(tiny("gpt2"), rows=8)
    (four,) = caller.answer([call("Anna", temperature=1.0, samples=4, seed=9)])
    assert len({text.text for text in four.texts}) == 4
    (two,) = caller.answer([call("Anna", temperature=1.0, samples=2, seed=9)])
    assert two.texts == four.texts[:2]
    others = [call("kite", temperature=1.0, samples=3, seed=n) for n in range(3)]
    mixed_in = caller.answer([*others, call("Anna", temperature=1.0, samples=4, seed=9)])[3]
    assert mixed_in.texts == four.texts
    assert caller.answer([call("Anna", temperature=1.0, samples=4, seed=8)])[0].texts != four.texts
    (greedy,) = caller.answer([call("Anna", samples=3)])
    assert len(greedy.texts) == 3 and len(set(greedy.texts)) == 1


def test_virtual_tokens_stand_before_the_padding():
    words = [17, 94, 201, 8, 33]
    for family in ("llama", "gpt2"):
        model, base = tiny(family), tiny(family)
        put_before(model.model, left_by(model.model, model.model.get_input_embeddings()(torch.tensor(words))))
        calls = [call(text, max_new_tokens=4 + at) for at, text in enumerate(TEXTS * 2)]
        plain = renderer(base)
        after = LocalCaller(
            base, lambda messages, begun, plain=plain: [*words, *plain(messages, begun)], rows=3
        )
        batch = [reply.texts for reply in LocalCaller(model, rows=3).answer(calls)]
        assert batch == [reply.texts for reply in after.answer(calls)]


def test_a_text_may_fill_the_context_and_no_prompt_exceeds_it():
    for family in ("llama", "gpt2"):
        caller = LocalCaller(tiny(family), rows=3)
        long = "a b c d " * 30
        fits = next(n for n in range(len(long), 0, -1) if caller.count(call(long[:n])) == CONTEXT - 3)
        calls = [
            call(long[:fits], max_new_tokens=50),
            call("kite", max_new_tokens=30),
            call(long * 2),
            call("x"),
        ]
        replies = caller.answer(calls)
        assert written(replies) == written(alone(caller, calls))
        assert replies[0].texts[0].tokens == 4 or replies[0].texts[0].finish == "end"
        assert "the context of" in replies[2].error and not replies[2].texts
        assert not replies[3].error


def test_prompts_are_read_in_parts_and_each_once(monkeypatch):
    loaded = tiny("llama")
    calls = [call(text, samples=3, temperature=1.0) for text in TEXTS]
    wanted = written(LocalCaller(loaded).answer(calls))
    monkeypatch.setattr(packed, "_TOKENS", {"cpu": 24})
    read, real = [], packed.Packed.__init__

    def noting(self, model, mix, prompts, context=None):
        read.extend(prompts)
        real(self, model, mix, prompts, context)

    monkeypatch.setattr(packed.Packed, "__init__", noting)
    checks = []
    assert written(LocalCaller(loaded).answer(calls, lambda: checks.append(0))) == wanted
    assert len(read) == len(set(map(tuple, read))) == len(TEXTS)
    assert len(checks) > 12 + 4


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_what_all_prompts_begin_with_is_read_once(family, monkeypatch):
    """With virtual tokens before it, and others that begin otherwise joining later."""
    loaded = tiny(family)
    put_before(
        loaded.model, left_by(loaded.model, loaded.model.get_input_embeddings()(torch.tensor([17, 94])))
    )
    calls = [call(f"{TEXTS[1]} {text}", max_new_tokens=6 + at, seed=at) for at, text in enumerate(TEXTS[2:])]
    calls += [replace(one, temperature=1.0, samples=2) for one in calls] + [call(text) for text in TEXTS[2:]]
    wanted = written(alone(LocalCaller(loaded, rows=1), calls))
    read, real = [], packed.Packed._forward
    noting = lambda self, ids, mask: (read.append(ids.numel()), real(self, ids, mask))[1]  # noqa: E731
    monkeypatch.setattr(packed.Packed, "_forward", noting)
    for rows in (4, 64):
        assert written(LocalCaller(loaded, rows=rows).answer(calls)) == wanted
    read.clear()
    many = LocalCaller(loaded)
    many.answer([replace(one, max_new_tokens=1) for one in calls[:4]])
    ids = [many.told(one)["read"] for one in calls[:4]]
    assert sum(read) < len(ids[0]) + 4 * 16 < sum(map(len, ids))


def test_texts_that_do_not_fit_in_memory_are_written_anew_with_fewer(monkeypatch):
    loaded = tiny("llama")
    calls = mixed(9)
    wanted = written(LocalCaller(loaded, rows=1).answer(calls))
    real, most = packed.Packed.step, []

    def short(self, tokens):
        if len(tokens) > 3:
            most.append(len(tokens))
            raise torch.OutOfMemoryError("no room")
        return real(self, tokens)

    monkeypatch.setattr(packed.Packed, "step", short)
    assert written(LocalCaller(loaded, rows=16).answer(calls)) == wanted and most
    monkeypatch.setattr(packed.Packed, "step", lambda *_: short(None, [0] * 4))
    with pytest.raises(GlassworksError, match="does not fit in the memory"):
        LocalCaller(loaded, rows=16).answer(calls)


def test_few_rows_where_memory_is_short(monkeypatch):
    loaded, seen = tiny("llama"), []
    real = packed.Packed.step
    monkeypatch.setattr(
        packed.Packed, "step", lambda self, tokens: (seen.append(len(tokens)), real(self, tokens))[1]
    )
    monkeypatch.setattr(local, "usable_bytes", lambda _: 2.5 * row_bytes(loaded, 20))
    LocalCaller(loaded).answer([call("a b", max_new_tokens=15) for _ in range(6)])
    assert max(seen) == 2


def test_who_leaves_early_has_been_told_of_what_was_done():
    class Left(Exception):
        pass

    heard, turns = {}, iter(range(1000))

    def check():
        if next(turns) == 8:
            raise Left

    calls = [call("kite", max_new_tokens=n) for n in (2, 3, 40)]
    caller = LocalCaller(tiny("llama"))
    with pytest.raises(Left):
        caller.answer(calls, check, heard.__setitem__)
    assert sorted(heard) == [0, 1]
    assert written(heard.values()) == written(caller.answer(calls[:2]))


def test_a_conversation_is_rendered_by_the_model_s_template():
    loaded = tiny("llama")
    asked = Call((Message("system", "Be brief."), Message("user", "Hi")), begun="So ", max_new_tokens=2)
    own = copy.deepcopy(loaded.tokenizer)
    own.chat_template = CHATML
    chat = LocalCaller(replace(loaded, tokenizer=own))
    text = (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nSo "
    )
    ids = own(text, add_special_tokens=False).input_ids
    assert renderer(chat._loaded)(asked.messages, asked.begun) == ids
    assert chat.count(asked) == len(ids) == chat.answer([asked])[0].prompt_tokens
    plain = LocalCaller(loaded)
    assert plain.count(asked) == len(own("Be brief.\n\nHi So ").input_ids)
    assert key_of(plain.told(asked)) != key_of(chat.told(asked))
    own.chat_template = "{{ raise_exception('never') }}"
    assert "refuses" in LocalCaller(replace(loaded, tokenizer=own)).answer([asked])[0].error


def test_a_model_of_the_same_name_with_other_weights_is_another():
    first, second = tiny("llama"), tiny("llama")
    assert mark_of(first) == mark_of(second)
    second.model.lm_head.weight.mul_(1.001)
    assert mark_of(first) != mark_of(second)


def test_a_model_that_continues_no_text_is_refused():
    with pytest.raises(GlassworksError, match="Choose a model that continues text"):
        LocalCaller(tiny("bert"))


def scripted(model, plan):
    """The model, but that it says the tokens of ``plan`` after a prompt of one token."""
    made = copy.deepcopy(model)
    made.__class__ = type("Scripted", (type(model),), {"forward": _saying(type(model).forward, plan)})
    return made


def _saying(forward, plan):
    @functools.wraps(forward)
    def said(self, input_ids=None, attention_mask=None, past_key_values=None, **given):
        given |= {"attention_mask": attention_mask, "past_key_values": past_key_values}
        out = forward(self, input_ids=input_ids, **given)
        at = min(past_key_values.get_seq_length() - 1, len(plan) - 1)
        out.logits = torch.zeros_like(out.logits).index_fill(-1, torch.tensor(plan[at]), 1.0)
        return out

    return said
