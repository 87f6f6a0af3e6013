"""Specs, tokens, rows and estimates of trainings on preferences."""

from itertools import chain

import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.models.catalogue import Catalogue
from pipelines.training.preferring.encode import encode_pair
from pipelines.training.preferring.footprint import footprint
from pipelines.training.preferring.measuring import groups
from pipelines.training.preferring.rows import PAIRS, RATED, PairRows, RatedRows
from pipelines.training.rows.examples import Message, Pair
from pipelines.training.rows.sides import rated, sides
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.tuning.footprint import read_base

GIVEN = {"base": "house/story-instruct", "dataset": "upload:x"}


@pytest.fixture
def tokenizer(sft_base):
    return load_tokenizer(sft_base)


def spec_of(kind="dpo", **fields):
    return kind_named(kind).parse({**GIVEN, "chat_template": "house", **fields})


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("dpo", {"loss_type": "dpo"}, "loss_type accepts one of 'sigmoid', 'ipo'"),
        ("dpo", {"beta": 0}, "beta accepts a number from 0.001"),
        ("dpo", {"label_smoothing": 0.1}, "label_smoothing accepts 0 but with the losses robust"),
        ("dpo", {"loss_type": "exo_pair"}, "label_smoothing accepts more than 0"),
        ("dpo", {"loss_type": "aot", "f_divergence_type": "forward_kl"}, "f_divergence_type accepts"),
        ("dpo", {"reference_free": True, "precompute_ref_log_probs": True}, "no reference to ask"),
        ("dpo", {"method": "prefix"}, "method accepts one of"),
        ("dpo", {"compile": True}, "compile accepts false"),
        ("dpo", {"lora_dropout": 0.1}, "lora_dropout accepts 0"),
        ("dpo", {"start_adapter": "run/x"}, "take it as the base"),
        ("dpo", {"distribution": "fsdp"}, "distribution accepts"),
        ("kto", {"batch_size": 1}, "batch_size accepts at least 2"),
        ("kto", {"desirable_weight": 0, "undesirable_weight": 0}, "desirable_weight accepts more than 0"),
        ("orpo", {"loss_type": "sigmoid"}, "loss_type accepts nothing"),
        ("reward", {"beta": 0.1}, "beta accepts nothing"),
        ("dpo", {"task": "instruct"}, "task accepts one of 'dpo'"),
        ("kto", {"base": " "}, "base accepts the name of a model"),
    ],
)
def test_what_cannot_be_is_refused_by_name(kind, fields, words):
    with pytest.raises(SpecError, match=words):
        spec_of(kind, **fields)


def test_a_spec_comes_back_from_its_words():
    for kind in ("dpo", "kto", "orpo", "reward"):
        spec = spec_of(kind, target_modules=["q_proj"])
        assert kind_named(kind).parse(spec.to_dict()) == spec and spec.what.job == kind


def test_both_answers_follow_the_same_prompt(tokenizer):
    talk = (Message("user", "Hi"), Message("assistant", "It is."), Message("user", "What is it?"))
    pair = Pair(1, talk, "It is a ball.", "Tom is here. Tom is here.")
    chosen, rejected = encode_pair(pair, tokenizer, spec_of())
    start = chosen.trained.index(True)
    assert chosen.input_ids[:start] == rejected.input_ids[:start] and start == rejected.trained.index(True)
    assert tokenizer.decode(chosen.input_ids[start:]) == "It is a ball.<|end|>"
    assert tokenizer.decode(rejected.input_ids[start:]) == pair.rejected + "<|end|>"
    assert all(chosen.trained[start:]) and "It is." in tokenizer.decode(chosen.input_ids[:start])
    cut, _ = encode_pair(pair, tokenizer, spec_of(max_length=start + 2 - start % 2))
    assert cut.cut and len(cut.input_ids) <= start + 2


def test_without_a_template_the_answer_ends_the_text(tokenizer):
    tokenizer.chat_template = None
    chosen, rejected = encode_pair(
        Pair(1, "Tom has", " a ball.", " a boat."), tokenizer, spec_of(chat_template="model")
    )
    assert tokenizer.decode(chosen.input_ids).startswith("Tom has a ball.")
    assert chosen.input_ids[-1] == tokenizer.eos_token_id
    start = chosen.trained.index(True)
    assert start == rejected.trained.index(True) and chosen.input_ids[:start] == rejected.input_ids[:start]


@pytest.mark.parametrize(("reading", "kind"), [(PAIRS, PairRows), (RATED, RatedRows)])
def test_rows_are_what_was_saved(tokenizer, tmp_path, reading, kind):
    rng = np.random.default_rng(0)
    things = ["ball", "boat", "tree", "moon"]
    pairs = [
        Pair(n, f"Tom has {n}.", f"It is a {rng.choice(things)}.", "Tom is here. " * int(rng.integers(1, 4)))
        for n in range(1, 12)
    ]
    rows = reading.gathered(one for pair in pairs for one in reading.encoded(pair, tokenizer, spec_of()))
    rows.save(tmp_path / "rows.npz")
    again = reading.load(tmp_path / "rows.npz")
    assert isinstance(again, kind) and len(again) == len(rows) == (11 if kind is PairRows else 22)
    assert [again[i] for i in range(len(rows))] == [rows[i] for i in range(len(rows))]
    assert rows.lengths.sum() == len(rows.ids) and list(rows.dataset()) == [rows[i] for i in range(len(rows))]
    thin = rows.thinned(len(rows.ids) // 3)
    assert 0 < len(thin) < len(rows) and all(thin[i] in list(rows.dataset()) for i in range(len(thin)))
    assert sorted(thin.numbers) == list(thin.numbers)
    if kind is RatedRows:
        assert 0 < sum(thin.good) < len(thin)


def test_a_pair_is_a_good_answer_and_a_bad_one():
    pair = Pair(4, "Hi", "Hello.", "What?")
    assert [(one.completion, one.good) for one in rated(pair)] == [("Hello.", True), ("What?", False)]
    assert list(sides(pair)) == ["chosen", "rejected"] and list(sides(rated(pair)[1])) == ["bad"]


def test_a_row_is_never_measured_alone():
    rng = np.random.default_rng(1)
    for rows in range(2, 30):
        lengths = rng.integers(1, 5000, rows).tolist()
        found = list(groups(lengths))
        assert sorted(chain(*found)) == list(range(rows)) and min(map(len, found)) >= 2
    assert list(groups([3])) == [[0]]


def test_an_estimate_counts_both_answers_and_the_reference(settings):
    catalogue = Catalogue(settings)
    base = read_base(catalogue.get(GIVEN["base"]), catalogue.place(GIVEN["base"]))
    pairs, free, kto, full = (
        footprint(spec_of(kind, max_length=128, **fields), base, settings, 200, 600)
        for kind, fields in (
            ("dpo", {}), ("dpo", {"reference_free": True}), ("kto", {}), ("dpo", {"method": "full"})
        )
    )  # fmt: skip
    assert pairs.steps == 45 and pairs.trainable == free.trainable < full.trainable
    assert pairs.seconds > free.seconds and "reference" in full.memory and "reference" not in pairs.memory
    assert kto.tokens < pairs.tokens and full.memory["reference"] == 4 * base.entry.parameters
    assert pairs.memory["activations"] > kto.memory["activations"]
