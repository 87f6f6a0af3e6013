"""What the page is given of a summary, and what it says where there is nothing to show."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from app.attention.summary_view import heads_html, text_html
from app.figures.streams import HEIGHT, streams_figure
from tests.support.inside import captured


class Frames(HTMLParser):
    """The data that a piece of HTML carries, and its tags."""

    def __init__(self, html):
        super().__init__()
        self.carried, self.tags, self.text = None, [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if "data-carried" in dict(attrs):
            self.carried = json.loads(dict(attrs)["data-carried"])

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(("family", "parts"), [("gpt2", 1), ("bert", 1), ("encoder", 1), ("t5", 3)])
def test_the_frame_carries_each_part_with_words_for_it(family, parts):
    data = Frames(heads_html(*captured(family))).carried
    assert len(data["parts"]) == parts and all(part["title"] for part in data["parts"])
    assert set(data["measures"]) == set(data["parts"][0]["measures"])
    assert "40 %" in data["rule"] and "2 times" in data["rule"], "the thresholds are said"


def test_a_text_without_repeats_says_that_nothing_can_be_said():
    data = Frames(heads_html(*captured("gpt2", "xy"))).carried
    assert "comes twice" in data["parts"][0]["said"]


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>'])
def test_text_is_never_markup(text):
    subject, found = captured("gpt2", text)
    for html in (heads_html(subject, found), text_html(subject, found, f"text = {text!r}")):
        assert not {"img", "script"} & set(Frames(html).tags)


def test_perplexity_and_bits_per_byte_are_those_of_the_losses():
    subject, found = captured("gpt2")
    loss = found.loss[1:].astype(float)
    said = Frames(text_html(subject, found, "")).text
    assert f"Perplexity {np.exp(loss.mean()):,.2f} over {len(loss)} tokens" in said
    first = found.parts[0].queries.ends[0]
    assert f"{loss.sum() / np.log(2) / (len(subject.text) - first):.3f} bits per byte" in said


def test_what_the_model_wrote_is_told_apart():
    said = Frames(text_html(*captured("gpt2", new_tokens=4), "")).text
    assert "4 tokens that the model wrote itself" in said and "bits per byte" in said


@pytest.mark.parametrize(("family", "reason"), [("bert", "masked model"), ("encoder", "no prediction head")])
def test_where_there_is_no_loss_the_reason_stands(family, reason):
    shown = Frames(text_html(*captured(family), ""))
    assert reason in shown.text and shown.carried is None


def test_a_model_whose_head_is_unknown_and_a_single_token_have_their_reasons():
    subject, found = captured("gpt2")
    nothing = replace(found, loss=np.full_like(found.loss, np.nan), ranks=np.full_like(found.ranks, -1))
    assert "could not be followed" in text_html(subject, nothing, "")
    subject, found = captured("gpt2", "a")
    assert len(found.ranks) == 1 and "single token" in text_html(subject, found, "")


def test_the_figure_has_a_panel_for_each_stack_and_every_norm():
    _, found = captured("t5")
    made = streams_figure(found.streams)
    assert made.layout.height == 2 * HEIGHT
    assert {trace.xaxis for trace in made.data} == {"x", "x2"}
    assert sum(trace.showlegend for trace in made.data) == 4, "each kind is named once"
    lines = {(trace.xaxis, trace.legendgroup): trace.y for trace in made.data}
    assert np.allclose(lines["x2", "cross"], found.streams[1].cross)
    assert np.allclose(lines["x", "residual"], found.streams[0].residual)
    upper, lower = made.layout.yaxis.domain, made.layout.yaxis2.domain
    assert lower[1] < upper[0]
