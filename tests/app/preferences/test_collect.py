"""The board's functions as the page's script calls them: consent, a pair that is written, the vote, a
refresh, strangers.
"""

import time

from pipelines.preferences.records import Choice
from tests.app.preferences.conftest import HOSTILE


def wait(until):
    for _ in range(1000):
        if until():
            return
        time.sleep(0.01)
    raise AssertionError("it is not over")


def made(tab, call, visitor, round, prompt=""):
    """Have a pair written; what the page shows at its end."""
    first = call("pref_next", visitor, round=round, prompt=prompt)
    assert 'data-state="writing"' in first["html"]
    run = first["html"].partition('data-run="')[2].partition('"')[0]
    wait(lambda: tab.collect._runs.get(run, visitor).over)
    return call("pref_now", visitor, round=round, run=run, seen=-1)


def several(tab, call, visitor, round, count=3):
    """Have so many answers written; (the run, what the page shows of them)."""
    first = call("pref_several", visitor, round=round, count=str(count))
    assert first["html"].count("<article") == count
    run = first["html"].partition('data-run="')[2].partition('"')[0]
    wait(lambda: tab.collect._runs.get(run, visitor).over)
    return run, call("pref_now", visitor, round=round, run=run, seen=-1)["html"]


def pair_in(html):
    return html.partition('data-pair="')[2].partition('"')[0]


def test_a_pair_is_written_voted_on_and_kept(tab, call, services, foxes):
    told = made(tab, call, "eve", foxes.id)
    assert told["over"] and 'data-state="voting"' in told["html"]
    pair = pair_in(told["html"])
    kept = call(
        "pref_vote", "eve", round=foxes.id, pair=pair, choice="left", strength=3, tags=["ending"], note="n"
    )
    assert kept["kept"] == "left" and "<b>1</b> by you" in kept["progress"]
    [vote] = services.preferences.votes(foxes.id, "eve")
    assert (vote.strength, vote.tags, vote.note) == (3, ("ending",), "n")
    [shown] = services.preferences.pairs(foxes.id, "eve")
    left = told["html"].index(shown.text_a) < told["html"].index(shown.text_b)
    assert vote.choice is (Choice.A if left else Choice.B)


def test_the_same_vote_again_counts_once_and_another_needs_revise(tab, call, services, foxes):
    pair = pair_in(made(tab, call, "eve", foxes.id)["html"])
    vote = {"round": foxes.id, "pair": pair, "choice": "tie"}
    assert call("pref_vote", "eve", **vote) == call("pref_vote", "eve", **vote)
    assert "refused" in call("pref_vote", "eve", **{**vote, "choice": "right"})
    assert call("pref_vote", "eve", **{**vote, "choice": "right", "revise": True})["kept"] == "right"
    assert len(services.preferences.votes(foxes.id, "eve")) == 1


def test_a_refresh_finds_the_open_pair_with_its_sides(tab, call, foxes, asked_by):
    told = made(tab, call, "eve", foxes.id)
    for _ in range(5):
        again = tab.collect.shown(foxes.id, asked_by("eve"))
        assert told["html"] in again


def test_who_comes_by_the_link_consents_first(tab, call, services, foxes, asked_by):
    shown = tab.collect.shown(foxes.code, asked_by("ada"))
    assert 'data-state="consent"' in shown and "house/" not in shown
    assert "refused" in call("pref_next", "ada", round=foxes.code)
    bad = call("pref_join", "ada", round=foxes.code, name=" ", consented=True)
    assert 'data-state="consent"' in bad["html"] and 'role="alert"' in bad["html"]
    board = call("pref_join", "ada", round=foxes.code, name=f"Ada {HOSTILE}"[:40], consented=True)
    assert 'data-state="waiting"' in board["html"]
    pair = pair_in(made(tab, call, "ada", foxes.code)["html"])
    assert call("pref_vote", "ada", round=foxes.code, pair=pair, choice="skip")["kept"] == "skip"


def test_a_stranger_gets_nothing_by_the_id(tab, call, foxes, asked_by):
    assert 'data-state="none"' in tab.collect.shown(foxes.id, asked_by("mallory"))
    for name in ("pref_next", "pref_join", "pref_forget", "pref_pairs", "pref_export", "pref_import"):
        assert call(name, "mallory", round=foxes.id, name="M", consented=True, format="trl")["gone"]


def test_another_visitors_pair_and_run_are_not_there(tab, call, services, foxes):
    first = call("pref_next", "eve", round=foxes.id)
    run = first["html"].partition('data-run="')[2].partition('"')[0]
    for name in ("pref_now", "pref_stop"):
        assert call(name, "mallory", round=foxes.code, run=run)["gone"]
    wait(lambda: tab.collect._runs.get(run, "eve").over)
    pair = pair_in(call("pref_now", "eve", run=run)["html"])
    services.preferences.join(foxes.code, "mallory", "M", True)
    assert call("pref_vote", "mallory", round=foxes.code, pair=pair, choice="left")["gone"]
    assert services.preferences.votes(foxes.id, "eve") == ()


def test_a_model_that_fails_is_said_and_can_be_tried_again(tab, call, services, foxes):
    services.writer.breaks = True
    told = made(tab, call, "eve", foxes.id)
    assert 'data-state="waiting"' in told["html"] and 'role="alert"' in told["html"]
    services.writer.breaks = False
    assert 'data-state="voting"' in made(tab, call, "eve", foxes.id)["html"]


def test_prompts_that_are_used_up_are_said_and_an_own_one_goes_on(tab, call, foxes):
    for _ in range(3):
        pair = pair_in(made(tab, call, "eve", foxes.id)["html"])
        call("pref_vote", "eve", round=foxes.id, pair=pair, choice="both_bad")
    told = made(tab, call, "eve", foxes.id)
    assert "prompt" in told["html"].partition('role="alert">')[2].partition("<")[0]
    assert "My own" in made(tab, call, "eve", foxes.id, prompt="My own?")["html"]


def test_what_people_and_models_wrote_is_text(tab, call, services, foxes):
    services.writer.fails = {}
    told = made(tab, call, "eve", foxes.id, prompt=HOSTILE)
    assert HOSTILE not in told["html"] and "&lt;img" in told["html"]
    field = call("pref_edit", "eve", side="left", text=f"</textarea>{HOSTILE}")
    assert HOSTILE not in field["html"] and field["html"].count("</textarea>") == 1


def test_what_is_sent_is_checked(tab, call, services, foxes):
    pair = pair_in(made(tab, call, "eve", foxes.id)["html"])
    vote = {"round": foxes.id, "pair": pair, "choice": "left"}
    for bad in (
        {"choice": "a"}, {"choice": 5}, {"strength": 9}, {"strength": "3"}, {"tags": ["<b>"]}, {"pair": {}},
        {"note": "x" * 3_000}, {"edited": "x" * 30_000}, {"round": None, "pair": None},
    ):  # fmt: skip
        assert "refused" in call("pref_vote", "eve", **{**vote, **bad})
    assert services.preferences.votes(foxes.id, "eve") == ()
    odd = {"seconds": "soon", "tags": "ending", "note": None}
    assert call("pref_vote", "eve", **{**vote, **odd})["kept"] == "left"
    assert services.preferences.votes(foxes.id, "eve")[0].tags == ()


def test_votes_are_deleted_when_their_annotator_wishes(tab, call, services, foxes):
    pair = pair_in(made(tab, call, "eve", foxes.id)["html"])
    call("pref_vote", "eve", round=foxes.id, pair=pair, choice="left")
    assert 'data-state="consent"' in call("pref_forget", "eve", round=foxes.id)["html"]
    assert services.preferences.votes(foxes.id, "eve") == ()


def test_a_closed_round_says_so(tab, call, services, foxes, asked_by):
    made(tab, call, "eve", foxes.id)
    services.preferences.close_round(foxes.id, "eve")
    assert 'data-state="closed"' in tab.collect.shown(foxes.id, asked_by("eve"))
    assert "closed" in call("pref_next", "eve", round=foxes.id)["refused"]


def test_a_run_that_is_stopped_leaves_nothing(tab, call, services, foxes, monkeypatch):
    import threading

    goes_on = threading.Event()
    stream = services.writer.stream

    def slow(request):
        for event in stream(request):
            yield event
            goes_on.wait(5)

    monkeypatch.setattr(services.writer, "stream", slow)
    first = call("pref_next", "eve", round=foxes.id)
    run = first["html"].partition('data-run="')[2].partition('"')[0]
    assert 'data-state="writing"' in call("pref_next", "eve", round=foxes.id)["html"]  # the same goes on
    call("pref_stop", "eve", run=run)
    wait(lambda: tab.collect._runs.get(run, "eve").over)
    goes_on.set()
    assert 'data-state="waiting"' in call("pref_now", "eve", run=run)["html"]
    assert services.preferences.pairs(foxes.id, "eve") == ()


def test_answers_that_are_put_in_an_order_become_votes_on_every_two(tab, call, services, foxes, asked_by):
    run, html = several(tab, call, "eve", foxes.id)
    assert 'data-state="ranking"' in html
    assert html in tab.collect.shown(foxes.id, asked_by("eve"))  # a refresh finds them
    texts = [one.text for one in tab.collect._runs.get(run, "eve").moment.answers]
    kept = call("pref_rank", "eve", round=foxes.id, run=run, order=[2, 0, 1])
    assert (kept["kept"], kept["votes"]) == ("ranked", 3) and "<b>3</b> by you" in kept["progress"]
    assert call("pref_rank", "eve", round=foxes.id, run=run, order=[2, 0, 1]) == kept  # it counts once
    assert "refused" in call("pref_rank", "eve", round=foxes.id, run=run, order=[0, 1, 2])
    pairs = {one.id: one for one in services.preferences.pairs(foxes.id, "eve")}
    votes = services.preferences.votes(foxes.id, "eve")
    won = [(pairs[v.pair].text_a, pairs[v.pair].text_b)[:: 1 if v.choice is Choice.A else -1] for v in votes]
    assert set(won) == {(texts[2], texts[0]), (texts[2], texts[1]), (texts[0], texts[1])}
    assert all(one.model_a and one.settings_b["seed"] for one in pairs.values())
    assert services.preferences.prompts_left(foxes.id, "eve") == 2
    assert 'data-state="waiting"' in tab.collect.shown(foxes.id, asked_by("eve"))


def test_an_order_is_of_all_answers_and_of_ones_own(tab, call, services, foxes):
    run, _ = several(tab, call, "eve", foxes.id)
    for bad in ([0, 1], [0, 1, 1], [0, 1, 3], "012", None, 3, [["0"], 1, 2], [True, 0, 2.0]):
        assert "refused" in call("pref_rank", "eve", round=foxes.id, run=run, order=bad)
    services.preferences.join(foxes.code, "mallory", "M", True)
    assert call("pref_rank", "mallory", round=foxes.code, run=run, order=[0, 1, 2])["gone"]
    assert services.preferences.votes(foxes.id, "eve") == ()
    for count in (1, 9, "many", None, -3):
        html = call("pref_several", "mallory", round=foxes.code, count=count).get("html", "")
        assert 'data-state="ranking"' not in html


def test_answers_that_nobody_wants_to_rank_are_left(tab, call, services, foxes):
    run, _ = several(tab, call, "eve", foxes.id, 2)
    call("pref_stop", "eve", run=run)
    assert 'data-state="waiting"' in call("pref_now", "eve", run=run)["html"]
    assert "refused" in call("pref_rank", "eve", round=foxes.id, run=run, order=[0, 1])
    assert services.preferences.prompts_left(foxes.id, "eve") == 3
