import logging

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Call, Item, Message, Outcome, Reply
from pipelines.prompting.strategies import registry
from pipelines.prompting.strategies.driving import drive, drive_all
from pipelines.prompting.strategies.registry import STRATEGIES
from tests.pipelines.prompting.strategies.scripts import SCRIPTS, TOOLS
from tests.support.scripted_models import Scripted, asking, reply, run


def counting(rounds: int, wide: int = 1):
    """A program of so many rounds, each of ``wide`` calls."""
    for i in range(rounds):
        yield tuple(Call((Message("user", f"{rounds}.{i}.{j}"),)) for j in range(wide))
    return Outcome(f"after {rounds}", details={"parsed": [f"read {i}" for i in range(rounds * wide)]})


class Batches:
    """Keeps the batches; says to each call what it was asked."""

    def __init__(self, errors: tuple[str, ...] = ()):
        self.asked, self.errors = [], errors

    def __call__(self, calls):
        self.asked.append([call.messages[0].content for call in calls])
        return [Reply((), 5, 0.1, "429") if one in self.errors else reply(one) for one in self.asked[-1]]


def test_a_round_of_all_programs_is_one_batch():
    batches = Batches()
    ends = list(drive_all([("a", counting(1)), ("b", counting(3)), ("c", counting(2, 2))], batches))
    assert batches.asked == [
        ["1.0.0", "3.0.0", "2.0.0", "2.0.1"],
        ["3.1.0", "2.1.0", "2.1.1"],
        ["3.2.0"],
    ]
    assert [(end.key, end.outcome.response) for end in ends] == [
        ("a", "after 1"), ("c", "after 2"), ("b", "after 3"),
    ]  # fmt: skip


def test_the_trace_has_every_call_with_its_reply_and_what_was_read():
    (end,) = drive_all([("c", counting(2, 2))], Batches())
    assert [one.call.messages[0].content for one in end.trace] == ["2.0.0", "2.0.1", "2.1.0", "2.1.1"]
    assert [one.reply.text for one in end.trace] == ["2.0.0", "2.0.1", "2.1.0", "2.1.1"]
    assert [one.round for one in end.trace] == [0, 0, 1, 1]
    assert [one.parsed for one in end.trace] == ["read 0", "read 1", "read 2", "read 3"]
    assert end.tokens == 4 * 11 and end.seconds == 2.0


def test_ends_come_as_they_are_reached():
    batches = Batches()
    ends = drive_all([("a", counting(1)), ("b", counting(3))], batches)
    assert next(ends).key == "a" and len(batches.asked) == 1


def test_no_more_than_so_many_are_on_their_way():
    batches, begun = Batches(), []

    def programs():
        for i in range(4):
            begun.append(i)
            yield i, counting(2)

    ends = drive_all(programs(), batches, at_once=2)
    assert next(ends).key == 0 and begun == [0, 1]
    assert [end.key for end in ends] == [1, 2, 3] and [len(asked) for asked in batches.asked] == [2] * 4


def test_an_error_in_the_middle_ends_its_item_alone():
    batches = Batches(errors=("2.1.0",))
    programs = {"bad": counting(2, 2), "good": counting(3)}
    ends = {end.key: end for end in drive_all(programs.items(), batches)}
    assert ends["bad"].error == "429" and ends["bad"].outcome == Outcome("")
    assert [one.reply.error for one in ends["bad"].trace] == ["", "", "429", ""]
    assert ends["good"].error == "" and ends["good"].outcome.response == "after 3"
    assert programs["bad"].gi_frame is None


def test_a_program_that_fails_ends_alone(caplog):
    def refused():
        yield (Call(()),)
        raise SpecError("template", "{x}", "variables of the data")

    def broken():
        raise KeyError("secret")
        yield ()

    with caplog.at_level(logging.CRITICAL):
        ends = list(
            drive_all(
                [(1, broken()), (2, refused()), (3, counting(1))], lambda calls: [reply("x")] * len(calls)
            )
        )
    errors = {end.key: end.error for end in ends}
    assert "template accepts variables" in errors[2] and errors[3] == ""
    assert errors[1] == "The strategy failed on this item (KeyError)."


def test_a_program_may_ask_nothing():
    def quiet():
        yield ()
        return Outcome("known")

    batches = Batches()
    (end,) = drive_all([(0, quiet())], batches)
    assert end.outcome.response == "known" and batches.asked == [] and end.trace == ()
    assert list(drive_all([], batches)) == []


def test_what_the_caller_raises_ends_all_and_closes_the_programs():
    def cancelled(calls):
        raise InterruptedError

    program = counting(2)
    with pytest.raises(InterruptedError):
        list(drive_all([(0, program)], cancelled))
    assert program.gi_frame is None


@pytest.mark.parametrize("replies", [[], ["x", "x"]])
def test_every_call_must_be_answered_once(replies):
    with pytest.raises(ValueError, match="1 calls got"):
        list(drive_all([(0, counting(1))], lambda calls: [reply(one) for one in replies]))


def test_at_once_must_be_some():
    with pytest.raises(ValueError, match="at_once"):
        list(drive_all([], Batches(), at_once=0))


@pytest.mark.parametrize("name", STRATEGIES)
def test_recorded_replies_bring_the_same_calls(name):
    first, _ = run(name, SCRIPTS[name], tools=TOOLS)
    kept = {one.call: one.reply for one in first.trace}
    again = drive(registry.begun(name, asking(name, tools=TOOLS)), lambda call: kept[call])
    assert [one.call for one in again.trace] == [one.call for one in first.trace]
    assert again.outcome == first.outcome and len(kept) == len(first.trace)


@pytest.mark.parametrize("name", STRATEGIES)
def test_together_is_as_alone(name):
    items = [Item(f"i{i}", "How many?", "1") for i in range(3)]
    alone = [run(name, SCRIPTS[name], tools=TOOLS, item=item)[0] for item in items]
    model = Scripted(SCRIPTS[name])
    programs = [(item.id, registry.begun(name, asking(name, tools=TOOLS, item=item))) for item in items]
    ends = {
        end.key: end for end in drive_all(programs, lambda calls: [model(call) for call in calls], at_once=2)
    }
    for item, one in zip(items, alone, strict=True):
        assert ends[item.id].trace == one.trace and ends[item.id].outcome == one.outcome


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_every_strategy_bears_an_error_at_any_call(name, at):
    model = Scripted(SCRIPTS[name])

    def answer(call):
        return Reply((), 0, 0.0, "timed out") if len(model.calls) == at else model(call)

    finished = drive(registry.begun(name, asking(name, tools=TOOLS)), answer)
    reached = any(one.reply.error for one in finished.trace)
    assert finished.error == ("timed out" if reached else "") and (reached or at)
    assert bool(finished.outcome.response) is not reached or name == "react"
