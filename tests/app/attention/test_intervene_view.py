"""Interventions as HTML: all of the model on the board, true numbers, nobody's text as markup."""

import html
import json
import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from app.attention.intervene_code import intervene_code
from app.attention.intervene_view import board_html, name_of, outcome_html
from pipelines.attention.interventions import Intervention
from pipelines.attention.requests import InterveneRequest, Subject
from tests.support.inside import HOSTILE, captured, inside, markup
from tests.support.scripts import printed

TARGET = "A cat."
MASKED = "Anna found a [MASK] kite."


def board(family, text="Anna found a red kite.", **more):
    found = board_html(*captured(family, text, **more))
    return json.loads(html.unescape(re.search(r'data-board="([^"]*)"', found)[1]))


def outcome(family, *changes, text="Anna found a red kite.", code="", **more):
    subject, seen = captured(family, text)
    found = inside(None, None, InterveneRequest(subject, changes, **more))
    return outcome_html(found, seen, changes, code), found, seen


def saved(shown):
    return json.loads(html.unescape(re.search(r'data-json="([^"]*)"', shown)[1]))


def test_the_board_offers_every_head_and_sublayer_and_knows_its_subject():
    told = board("llama")
    (part,) = told["parts"]
    assert (part["name"], part["layers"], part["heads"], part["mlp"], part["causal"]) == (
        "self",
        2,
        4,
        True,
        True,
    )
    assert told["masks"] and part["keys"] is None and part["queries"][0] == "Anna"
    assert told["subject"] == {
        "model": "llama",
        "text": "Anna found a red kite.",
        "target": "",
        "new_tokens": 0,
    }


def test_an_encoder_decoder_has_three_and_its_cross_attention_sees_the_other_text():
    parts = {part["name"]: part for part in board("t5", target=TARGET)["parts"]}
    assert [*parts] == ["encoder", "decoder", "cross"] and not parts["cross"]["mlp"]
    assert parts["cross"]["queries"] == parts["decoder"]["queries"] != parts["cross"]["keys"]
    assert parts["cross"]["keys"] == parts["encoder"]["queries"]


def test_who_sees_whom_is_not_offered_where_it_cannot_be_changed():
    assert not board("bloom")["masks"]


@pytest.mark.parametrize(
    "change, name",
    [
        (Intervention("head", layer=1, head=2), "layer 1, head 2"),
        (Intervention("attention", "cross", 1), "cross-attention layer 1, all heads"),
        (Intervention("mlp", layer=0), "layer 0, MLP"),
        (Intervention("block", key=3), "no token sees 3"),
        (Intervention("block", layer=1, head=0, query=4, key=3), "token 4 does not see 3 (layer 1, head 0)"),
        (Intervention("local", "encoder", key=2), "each token sees only the nearest 2 (encoder)"),
    ],
)
def test_every_change_has_a_name(change, name):
    assert name_of(change) == name


def test_a_mask_change_names_the_tokens_where_they_are_known():
    _, seen = captured("llama", "Anna found a red kite.")
    assert name_of(Intervention("block", key=0), seen) == "no token sees 0 ‘Anna’"
    assert name_of(Intervention("block", key=999), seen) == "no token sees 999"


def test_the_outcome_tells_the_numbers_that_were_computed():
    shown, found, _ = outcome("llama", Intervention("attention", layer=0), sample_tokens=4)
    told = saved(shown)
    assert told["kl"] == found.kl > 0 and f"{found.kl:.3f} nats" in shown
    assert f"{np.nanmean(found.before.loss):.3f}" in shown and f"{np.nanmean(found.after.loss):.3f}" in shown
    assert [one["before"] for one in told["next"]] == found.shared[0].tolist()
    assert told["interventions"][0]["kind"] == "attention"
    assert told["before"]["loss"][0] is None and html.escape(found.after.sample) in shown
    assert shown.count("gw-loss-") > 2 and "gw-continued" in shown


def test_a_tokens_colour_says_which_way_its_loss_went():
    subject, seen = captured("llama", "Anna found a red kite.")
    found = inside(None, None, InterveneRequest(subject, (Intervention("mlp", layer=0),), 0))
    loss = found.before.loss.copy()
    loss[1:] += np.where(np.arange(len(loss) - 1) % 2, 1.0, -0.5)
    shown = outcome_html(replace(found, after=replace(found.after, loss=loss)), seen, ())
    chips = re.findall(r'gw-loss-(\w+)" style="--share:([\d.]+)" title', shown)
    assert chips[0] == ("before", "0.500") and chips[1] == ("after", "1.000") and "<small>-0.50" in shown


def test_a_masked_model_says_what_it_cannot_have():
    shown, _, _ = outcome("bert", Intervention("head", layer=0, head=1), text=MASKED)
    assert "At the first mask" in shown and "no loss" in shown and "no sample" in shown
    assert "gw-loss-" not in shown and "gw-continued" not in shown


def test_no_sample_was_asked_for_and_one_that_ended_at_once():
    shown, found, seen = outcome("llama", Intervention("mlp", layer=0), sample_tokens=0)
    assert "gw-continued" not in shown
    ended = replace(found, before=replace(found.before, sample="x"))
    assert "it ended at once" in outcome_html(ended, seen, ())


@pytest.mark.parametrize("seed", range(5))
def test_nobodys_text_becomes_markup(seed):
    random = Random(seed)
    _subject, seen = captured("llama", "Anna found a red kite.")
    plain = outcome("llama", Intervention("head", layer=0, head=1), Intervention("block", key=0))
    part = seen.parts[0]
    texts = tuple(random.choice(HOSTILE) for _ in part.queries.texts)
    tokens = replace(part.queries, texts=texts)
    worse = replace(seen, parts=(replace(part, queries=tokens, keys=tokens),))
    found = plain[1]
    worst = replace(
        found,
        shared_texts=tuple(random.choice(HOSTILE) for _ in found.shared_texts),
        before=replace(found.before, sample=random.choice(HOSTILE)),
        after=replace(found.after, sample=random.choice(HOSTILE)),
    )
    changes = (Intervention("head", layer=0, head=1), Intervention("block", key=0))
    allowed = markup(plain[0]) | {"small", "span"}
    assert markup(outcome_html(worst, worse, changes, random.choice(HOSTILE))) <= allowed | {
        "details", "summary", "button", "pre", "code",
    }  # fmt: skip
    hostile = Subject("llama", random.choice(HOSTILE[:-1]), random.choice(HOSTILE[:-1]))
    assert markup(board_html(hostile, worse)) == {"div"}


def test_the_script_gives_the_same_numbers(tmp_path):
    changes = (
        Intervention("head", layer=1, head=2),
        Intervention("attention", layer=0),
        Intervention("mlp", layer=1),
    )
    for family in ("llama", "gpt2", "gpt_neox"):
        subject, _ = captured(family, "Anna found a red kite.", new_tokens=2)
        found = inside(None, None, InterveneRequest(subject, changes, 0))
        folder = tmp_path / family
        lines = printed(intervene_code(str(folder), "causal-lm", subject, changes), family, folder)
        numbers = [
            float(re.search(r"-?\d+\.\d+(?:e-\d+)?", line)[0]) for line in lines if line[:2] in ("lo", "KL")
        ]
        wanted = [np.nanmean(found.before.loss), np.nanmean(found.after.loss), found.kl]
        assert numbers == pytest.approx(wanted, rel=1e-3)


def test_no_script_is_offered_where_a_few_hooks_do_not_do_it():
    subject = Subject("x", "y")
    assert not intervene_code("s", "causal-lm", subject, (Intervention("block", key=1),))
    assert not intervene_code("s", "masked-lm", subject, (Intervention("head", layer=0, head=0),))
    assert "heads_off = [(0, 0)]" in intervene_code(
        "s", "causal-lm", subject, (Intervention("head", layer=0, head=0),)
    )
