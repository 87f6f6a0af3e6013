"""Texts of models that know nothing, which are what the constraint says all the same."""

import json
import random
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.loop.constraint import constraint_of
from pipelines.generation.loop.noise import Noise
from pipelines.generation.loop.search import Search
from pipelines.generation.loop.tokens import NothingLeftError
from pipelines.generation.strategy import strategy
from pipelines.models.loader import LoadedModel
from tests.support.loops import run, setting
from tests.support.small_tokenizers import SPECIAL, make_byte_fallback, transformers_tokenizer
from tests.support.tiny_models import build

STORY = Path(__file__).parents[4] / "assets" / "models" / "story-base"
TOKENIZERS = ("story", "bpe", "byte_fallback")
ROOM = 60


@cache
def model(kind):
    """A tiny model over a tokenizer, its head 30 tokens wider than that, as real ones are."""
    if kind == "story":
        tokenizer = AutoTokenizer.from_pretrained(STORY)
    elif kind == "byte_fallback":
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=make_byte_fallback(), **SPECIAL)
    else:
        tokenizer = transformers_tokenizer(kind)
    made = build("gpt2", vocab_size=len(tokenizer) + 30, n_positions=512)
    return LoadedModel(kind, made, tokenizer, 512, 0)


def written(kind, constraint, pattern, samples=4, seed=0, ends=True, room=ROOM, before="", **settings):
    """The lines of a run; ``before`` is a branch behind the prompt."""
    loaded = model(kind)
    asked = {"constraint": constraint, "pattern": pattern, "do_sample": True, "temperature": 1.5, **settings}
    asked = strategy("constrained", asked)
    column = Search(0, asked, samples, constraint=constraint_of(asked))
    prompt = loaded.tokenizer.encode("The dog", add_special_tokens=False)
    branch = loaded.tokenizer.encode(before, add_special_tokens=False) if before else []
    width = loaded.model.config.vocab_size
    made = setting(
        loaded, prompt + branch, new_from=len(prompt), max_new_tokens=room, trace=0,
        noise=Noise(seed, True, width, loaded.device),
        ends=frozenset([loaded.tokenizer.eos_token_id]) if ends else frozenset(),
    )  # fmt: skip
    run(made, column)
    return column.lines


def text(line):
    return line.detokenizer.text


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z]{3,12}",
        r" ?[A-Z][a-z]{2,6}( [a-z]{1,5}){2,4}\.",
        r"(yes|no|perhaps)",
        r"\d{4}-\d\d/\d\d",
        "[a-z]{3}\n[^a-z]",
        "[é日🌊]{2,4}",
        r"(?i)abc?|x{2}",
        r"a*",
    ],
)
def test_the_whole_text_matches_a_regular_expression(kind, pattern):
    for seed in range(3):
        for line in written(kind, "regex", pattern, seed=seed):
            assert line.reason == "eos" or (line.reason == "length" and pattern == "a*")
            assert re.fullmatch(pattern, text(line)), text(line)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_without_an_end_token_a_text_is_over_when_nothing_can_follow(kind):
    for line in written(kind, "regex", "(yes|no|maybe so)", ends=False):
        assert line.reason == "constraint"
        assert text(line) in ("yes", "no", "maybe so")


def test_an_end_may_come_exactly_where_the_text_matches():
    (end,) = [model("story").tokenizer.eos_token_id]
    for line in written("story", "regex", "(ab){1,5}", samples=6):
        so_far = ""
        for piece, kept in zip(["", *line.texts], line.kept, strict=False):
            so_far += piece
            assert bool(kept.allowed[end]) == bool(re.fullmatch("(ab){1,5}", so_far))


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_special_tokens_are_never_inside(kind):
    tokenizer = model(kind).tokenizer
    for constraint, pattern in (("regex", r"(?s:.{5,40})"), ("must_contain", "dog")):
        for line in written(kind, constraint, pattern, samples=8):
            inside = line.ids[:-1] if line.reason == "eos" else line.ids
            assert not set(inside) & set(tokenizer.all_special_ids)
            assert max(line.ids) < len(tokenizer)


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "likes": {"type": "array", "items": {"enum": ["dogs", "cats"]}, "minItems": 1, "maxItems": 3},
        "old": {"type": "boolean"},
    },
    "required": ["name", "age", "likes"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_json_is_as_its_schema_says(kind):
    for seed in range(2):
        for line in written(kind, "json_schema", json.dumps(SCHEMA), seed=seed, room=400):
            found = json.loads(text(line))
            assert json.dumps(found, ensure_ascii=False) == text(line) or "\\" in text(line)
            assert line.reason == "eos"
            assert set(found) - {"old"} == {"name", "age", "likes"}
            assert isinstance(found["name"], str) and len(found["name"]) <= 5
            assert type(found["age"]) is int and 0 <= found["age"] <= 150
            assert 1 <= len(found["likes"]) <= 3 and set(found["likes"]) <= {"dogs", "cats"}
            assert isinstance(found.get("old", True), bool)


SUMS = """
start: sum
sum: product (("+" | "-") product)~0..2
product: atom ("*" atom)~0..1
atom: /[0-9]{1,3}/ | "(" sum ")"
"""


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_sums_are_as_their_grammar_says(kind):
    """What is made can be computed."""
    ended = 0
    for line in written(kind, "grammar", SUMS, samples=8, room=200):
        assert re.fullmatch(r"[-+*()0-9]+", text(line))
        if line.reason == "eos":
            ended += 1
            without_zeros = re.sub(r"\b0+(?=\d)", "", text(line))
            assert isinstance(eval(without_zeros, {"__builtins__": {}}), int)
    assert ended > 1


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_words_occur_at_the_latest_when_there_is_just_room(kind):
    rng = random.Random(6)
    for seed in range(4):
        words = rng.sample(["jumps over", "fox", "croissants", "日本語", "naïve"], k=rng.randint(1, 3))
        for ends in (True, False):
            for line in written(kind, "must_contain", "\n".join(words), seed=seed, ends=ends, room=45):
                assert all(word in text(line) for word in words), text(line)


def test_words_that_take_all_the_room_are_all_that_is_written():
    tokenizer = model("story").tokenizer
    needed = len(tokenizer.encode(" fox"))
    for line in written("story", "must_contain", "fox", room=needed):
        assert text(line) == " fox" and line.reason in ("length", "eos")
    with pytest.raises(SpecError, match="pattern accepts words"):
        written("story", "must_contain", "fox and quite some more of these", room=3)


def test_a_text_is_free_until_its_words_must_come():
    (line,) = written("story", "must_contain", "fox", samples=1, room=30)
    free = [int(kept.allowed.sum()) > 1 for kept in line.kept]
    assert free == sorted(free, reverse=True) and 20 < sum(free) < 30


def test_an_end_comes_only_after_the_words():
    end = model("story").tokenizer.eos_token_id
    (line,) = written("story", "must_contain", "a", samples=1, seed=3)
    so_far = ""
    for piece, kept in zip(["", *line.texts], line.kept, strict=False):
        so_far += piece
        assert bool(kept.allowed[end]) == ("a" in so_far)


def test_a_branch_goes_on_with_what_it_has():
    for line in written("story", "regex", " (once|twice) upon a (time|day)", before=" twice"):
        assert text(line) in (" upon a time", " upon a day")
    for line in written("story", "must_contain", "fox", before=" A fox ran", room=4):
        assert "fox" not in text(line)
    with pytest.raises(SpecError, match="after accepts"):
        written("story", "regex", "[0-9]+", before=" twice")


def test_greedy_texts_are_constrained_too():
    (line,) = written("bpe", "regex", "[a-z]{5}", samples=3, do_sample=False, temperature=1.0)
    assert re.fullmatch("[a-z]{5}", text(line))


def test_samples_do_not_touch_each_other():
    together = written("story", "regex", "[a-z ]{5,20}", samples=5)
    alone = written("story", "regex", "[a-z ]{5,20}", samples=2)
    assert [line.ids for line in together[:2]] == [line.ids for line in alone]
    assert len({tuple(line.ids) for line in together}) == 5


@pytest.mark.parametrize(
    ("constraint", "pattern", "said"),
    [
        ("regex", "a^b", "anchors"),
        ("regex", "(", "unclosed group"),
        ("regex", "[a&&b]", "no text matches"),
        ("regex", r"(.)\1", "backreferences"),
        ("regex", r"\bfox", "word boundaries"),
        ("json_schema", "{'type': 'object'}", "double quotes"),
        ("json_schema", "[1]", "an object is expected"),
        ("json_schema", '{"type": "nonsense"}', "Invalid type"),
        ("json_schema", '{"enum": []}', "Unsatisfiable"),
        ("grammar", "start: other", "unknown name"),
        ("grammar", "sum: /[0-9]/", "no start rule"),
        ("grammar", 'start: start "a"', "no text matches"),
        ("grammar", "start ::= x", "Expected"),
        ("must_contain", " \n ", "one word or phrase a line"),
    ],
)
def test_patterns_that_cannot_be_are_refused_before_anything_is_made(constraint, pattern, said):
    with pytest.raises(SpecError, match=said) as caught:
        constraint_of(strategy("constrained", {"constraint": constraint, "pattern": pattern}))
    assert caught.value.field == "pattern"
    assert "\n" not in str(caught.value)


def test_words_that_a_tokenizer_cannot_write_are_refused():
    """This one is an end token to it."""
    with pytest.raises(SpecError, match="pattern accepts words that the model's tokenizer can write"):
        written("bpe", "must_contain", "fox\n</s>")


def test_a_tokenizer_that_has_no_bytes_is_refused():
    loaded = LoadedModel("wordpiece", model("bpe").model, transformers_tokenizer("wordpiece"), 512, 0)
    column = Search(0, strategy("constrained"), 1, constraint=constraint_of(strategy("constrained")))
    with pytest.raises(GlassworksError, match="wordpiece cannot write by bytes"):
        column.begin(setting(loaded))


@pytest.mark.parametrize(("constraint", "pattern"), [("regex", "(ab){9}"), ("must_contain", "x x x x x x")])
def test_penalties_that_leave_nothing_are_told(constraint, pattern):
    with pytest.raises(NothingLeftError, match="no_repeat_ngram_size"):
        written("bpe", constraint, pattern, room=12, no_repeat_ngram_size=1)


def test_a_mask_of_a_large_vocabulary_has_its_width():
    """The head is wider than the tokenizer: what has no token is never allowed."""
    column = constraint_of(strategy("constrained", {"constraint": "regex", "pattern": "(?s:.*)"}))
    loaded = model("bpe")
    column.begin(setting(loaded), 2)
    mask = column.allowed([0, 1])
    assert mask.shape == (2, loaded.model.config.vocab_size) and mask.dtype == torch.bool
    assert mask[:, : len(loaded.tokenizer)].sum() > 800 and not mask[:, len(loaded.tokenizer) :].any()
