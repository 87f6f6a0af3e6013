"""What the votes on a pair come to."""

from pipelines.preferences.measures.majority import majority, originals, settled
from pipelines.preferences.records import Choice


def choice_of(table, *choices, judge=()):
    pair = table.pair()
    for number, choice in enumerate(choices):
        table.vote(pair, choice, who=f"w{number}")
    for choice in judge:
        table.judge(pair, choice)
    return majority(table.votes)


def test_the_commonest_choice_counts(table):
    assert choice_of(table, "a", "a", "b") == Choice.A


def test_as_many_of_two_choices_are_a_tie(table):
    assert choice_of(table, "a", "b") == Choice.TIE


def test_skips_say_nothing(table):
    assert choice_of(table, "skip", "skip", "both_bad") == Choice.BOTH_BAD


def test_nobody_decided(table):
    assert choice_of(table, "skip") is None and majority([]) is None


def test_a_judge_does_not_outvote_a_person(table):
    assert choice_of(table, "a", judge=("b", "b")) == Choice.A


def test_a_judge_stands_in_where_people_only_skipped(table):
    assert choice_of(table, "skip", judge=("b",)) == Choice.B


def test_repeats_are_no_pairs_of_their_own(table):
    first = table.pair()
    again = table.pair(repeats=first)
    lone = table.pair(repeats="gone")  # what it repeated is not here: it stands for itself
    for pair in (first, again, lone):
        table.vote(pair, "b")
    assert [one.id for one in originals(table.pairs)] == [first, lone]
    assert [(pair.id, choice) for pair, choice in settled(table.pairs, table.votes)] == [
        (first, Choice.B),
        (lone, Choice.B),
    ]
