"""The log of a run: it only grows, tells every token once, and takes back what a beam search says anew."""

import json

import numpy as np
import pytest

from app.decoding.board import BoardLog, settings_shown
from app.decoding.moment import Moment, advance
from pipelines.generation.comparing import (
    Beams,
    Decoded,
    DecodeRequest,
    DecodeStep,
    Measures,
    Outcome,
    Wrote,
)
from pipelines.generation.strategy import strategy
from pipelines.generation.strategy_names import KINDS

ROLES = {"assisted": {"draft": "m"}, "contrastive_decoding": {"amateur": "m"}}


def request(*names: str) -> DecodeRequest:
    return DecodeRequest("house/m", "Hi", tuple(strategy(one, ROLES.get(one)) for one in names), run="r")


def wrote(column: int, *ids: int, **more) -> Wrote:
    count = len(ids)
    texts = tuple(f" t{one}" for one in ids)
    return Wrote(column, 0, ids, texts, (-0.123456,) * count, (2,) * count, (1.5,) * count, **more)


def beams(step: int, parents, ids, scores) -> Beams:
    count = len(ids)
    texts, flat = tuple(f" t{one}" for one in ids), (-0.5,) * count
    return Beams(0, step, tuple(parents), tuple(ids), texts, flat, tuple(scores), (False,) * count)


def read(log: str, columns: int) -> list[list[int]]:
    """What a page that reads every line once shows: the ids of each column."""
    found: list[list[int]] = [[] for _ in range(columns)]
    for line in log.split("\n")[1:]:
        told = json.loads(line)
        if isinstance(told, list):
            found[told[0]][told[1] :] = told[2]
    return found


def test_each_log_begins_with_the_one_before_and_tells_every_token_once():
    moment, log = Moment(request("greedy", "top_p")), BoardLog(request("greedy", "top_p"))
    before, told = log.after(moment), 0
    for step in range(5):
        moment = advance(moment, DecodeStep((wrote(0, step), wrote(1, step, step + 1))), step)
        after = log.after(moment)
        assert after.startswith(before) and len(after) > len(before)
        before, told = after, told + 2
    assert len(before.split("\n")) == 1 + told
    assert read(before, 2) == [[0, 1, 2, 3, 4], [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]]


def test_a_moment_without_news_adds_nothing():
    moment = advance(Moment(request("greedy")), DecodeStep((wrote(0, 1),)), 1.0)
    log = BoardLog(moment.request)
    assert log.after(moment) == log.after(moment)


def test_drafts_and_refusals_are_told_by_their_place():
    moment, log = Moment(request("prompt_lookup")), BoardLog(request("prompt_lookup"))
    moment = advance(moment, DecodeStep((wrote(0, 1),)), 1.0)
    log.after(moment)
    drafted = wrote(0, 2, 3, 4, origins=("draft", "draft", "own"), rejected=9, rejected_text=" no")
    line = json.loads(log.after(advance(moment, DecodeStep((drafted,)), 2.0)).split("\n")[-1])
    assert line[:3] == [0, 1, [2, 3, 4]] and line[7:] == [[1, 2], {"3": " no"}]


def test_a_beam_search_tells_its_leading_text_and_takes_it_back():
    moment, log = Moment(request("beam")), BoardLog(request("beam"))
    shown = []
    for one in (beams(0, (-1, -1), (5, 6), (-1, -2)), beams(1, (0, 1), (7, 8), (-3, -2.5))):
        moment = advance(moment, DecodeStep((), (one,)), 1.0)
        shown.append(read(log.after(moment), 1)[0])
    assert shown == [[5], [6, 8]]
    moment = advance(moment, DecodeStep((wrote(0, 5, 7, 9),)), 2.0)
    assert read(log.after(moment), 1)[0] == [5, 7, 9]


def test_the_end_tells_the_measures_and_no_nan():
    nan = float("nan")
    measured = Measures(2, 6, 3.14159265, nan, (1.0, nan, nan), nan)
    outcome = Outcome(
        0, 0, "<b>", np.array([1, 2]), ("a", "b"), np.array([-1.0, -2.0]), np.array([1, 1]),
        np.array([1.0, 1.0]), (), "eos", nan, 0.5, 0.1, 2, 0, 0, measured,
    )  # fmt: skip
    moment = advance(Moment(request("greedy")), Decoded((outcome,), np.array([nan]), 0.5, ("",)), 1.0)
    end = json.loads(BoardLog(moment.request).after(moment).split("\n")[-1])
    (told,) = end["outcomes"]
    assert end["state"] == "done" and told["perplexity"] == 3.142 and told["tokens_per_second"] == 4.0
    assert told["repetition"] is None and told["score"] is None and told["text"] == "<b>"


def test_the_end_tells_which_strategy_could_not_go_on():
    faults = ("", "no_repeat_ngram_size cuts every token that the constraint allows.")
    ended = Decoded((), np.array([np.nan, np.nan]), 0.5, faults)
    moment = advance(Moment(request("greedy", "top_p")), ended, 1.0)
    assert json.loads(BoardLog(moment.request).after(moment).split("\n")[-1])["faults"] == [*faults]


def test_no_text_can_break_a_line_of_the_log():
    odd = Wrote(0, 0, (1,), ("\n\u2028\"'\r",), (-1.0,), (1,), (1.0,))
    moment = advance(Moment(request("greedy")), DecodeStep((odd,)), 1.0)
    lines = BoardLog(moment.request).after(moment).split("\n")
    assert len(lines) == 2 and json.loads(lines[1])[3] == ["\n\u2028\"'\r"]


def test_a_step_of_a_strategy_costs_the_page_little():
    """At most 2 KB were allowed; a token is some fifty bytes."""
    names = ("greedy", *["top_p"] * 11)
    moment, log = Moment(request(*names)), BoardLog(request(*names))
    head, steps = len(log.after(moment)), 300
    for step in range(steps):
        moment = advance(moment, DecodeStep(tuple(wrote(column, 4000 + step) for column in range(12))), step)
        text = log.after(moment)
    assert (len(text.encode()) - head) / (steps * 12) < 100


@pytest.mark.parametrize("name", KINDS)
def test_all_effective_settings_are_shown_and_the_own_ones_never_as_off(name):
    one = strategy(name, ROLES.get(name))
    shown = settings_shown(one)
    assert len(shown) == len(one.effective())
    own = [off for setting, (_, _, off) in zip(one.settings, shown, strict=True) if setting in one.kind.own]
    assert not any(own)
