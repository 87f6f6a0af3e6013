"""Attribution as HTML: what was measured beside what was read off, and nobody's text as markup."""

import html
import json
import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from app.attention.attribution_view import LONGEST, METHODS, attribution_html
from pipelines.attention.explained import MAX_TOKENS
from pipelines.attention.requests import AttributeRequest
from tests.support.inside import HOSTILE, captured, inside, markup

TEXT = "Anna found a red kite."


def made(family, text=TEXT, position=-1, **more):
    subject, seen = captured(family, text, **more)
    found = inside(None, None, AttributeRequest(subject, position))
    return found, seen, attribution_html(found, seen)


def saved(shown):
    return json.loads(html.unescape(re.search(r'data-json="([^"]*)"', shown)[1]))


def test_as_many_tokens_can_be_pressed_as_the_worker_explains():
    assert LONGEST == MAX_TOKENS


def test_every_token_up_to_the_position_has_a_row_and_every_method_a_column():
    found, seen, shown = made("llama", position=3)
    assert shown.count('<th scope="row">') == len(found.removed) == 4
    assert all(method.title in shown for method in METHODS)
    assert f"<b>{np.exp(found.log_prob):.1%}</b>" in shown and "(position 3)" in shown
    told = saved(shown)
    assert told["removed"] == found.removed.tolist() and len(told["tokens"]) == 4
    assert told["agreement"] == found.agreement
    assert all(f"{value:+.2f}" in shown for value in found.agreement.values())
    assert len(seen.parts[0].queries.texts) > 4


def test_the_explained_prediction_is_the_pressed_one_and_the_only_stop():
    _, seen, shown = made("llama", position=2)
    buttons = re.findall(r'<button class="gw-why-token[^"]*"([^>]*)>', shown)
    assert len(buttons) == len(seen.parts[0].queries.texts)
    pressed = [one for one in buttons if 'aria-pressed="true"' in one]
    assert len(pressed) == 1 and 'data-position="2"' in pressed[0] and 'tabindex="0"' in pressed[0]
    assert sum('tabindex="0"' in one for one in buttons) == 1


def test_shades_follow_the_measured_effect():
    found, seen, _ = made("llama")
    removed = np.zeros_like(found.removed)
    removed[:3] = [2.0, -1.0, 0.001]
    shown = attribution_html(replace(found, removed=removed), seen)
    tokens = re.findall(r'class="(gw-why-token[^"]*)"[^>]*?(?:style="--share:([\d.]+)")? title', shown)
    assert tokens[0] == ("gw-why-token gw-why-rests", "1.000")
    assert tokens[1] == ("gw-why-token gw-why-hinders", "0.500") and tokens[2][0] == "gw-why-token"


def test_of_a_masked_model_masks_alone_can_be_pressed():
    _, _, shown = made("bert", "Anna [MASK] a red [MASK].")
    assert shown.count("<button") == 2 and "Press a mask" in shown and "At <span" in shown


def test_an_encoder_decoder_explains_one_text_by_the_other():
    found, seen, shown = made("t5", target="A cat.")
    read, along = seen.parts[0].queries, seen.parts[-1].queries
    assert shown.count("<button") == len(along.texts) and shown.count('scope="row"') == len(read.texts)
    assert len(found.removed) == len(read.texts)


def test_a_method_that_was_not_worked_out_has_no_column():
    found, seen, _ = made("llama")
    shown = attribution_html(replace(found, flow=np.zeros(0, np.float32)), seen)
    assert "short texts only" in shown and '<th scope="col"><span title="the most' not in shown


def test_even_numbers_break_nothing():
    found, seen, _ = made("llama")
    even = np.zeros_like(found.removed)
    shown = attribution_html(replace(found, removed=even, gradient=even, rollout=even, agreement={}), seen)
    assert "nan" not in shown.lower() and "Agreement <b>" not in shown


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", ["llama", "t5"])
def test_nobodys_text_becomes_markup(seed, family):
    random = Random(seed)
    found, seen, plain = made(family, **({"target": "A cat."} if family == "t5" else {}))
    parts = []
    for part in seen.parts:
        texts = tuple(random.choice(HOSTILE) for _ in part.queries.texts)
        parts.append(replace(part, queries=replace(part.queries, texts=texts)))
    shown = attribution_html(replace(found, token=random.choice(HOSTILE)), replace(seen, parts=tuple(parts)))
    assert markup(shown) <= markup(plain) | {"span"}


def test_the_sentence_names_what_was_measured_to_matter_most():
    found, seen, _ = made("llama")
    removed = np.zeros_like(found.removed)
    removed[:3] = [0.5, -3.0, 1.25]
    text = re.sub("<[^>]*>", "", attribution_html(replace(found, removed=removed), seen))
    one, other = (re.escape(seen.parts[0].queries.texts[at].replace(" ", "·")) for at in (2, 0))
    assert re.search(rf"the most first: {one} \+1\.250, {other} \+0\.500\.", html.unescape(text))
    even = attribution_html(replace(found, removed=-np.abs(removed)), seen)
    assert "No single token" in even
