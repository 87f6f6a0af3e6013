"""What is written comes back as it was, whatever the format; what others read in it is what the votes say."""

import json

import pytest

from pipelines.core.texts import is_whole
from pipelines.preferences.formats import FORMATS, read, write
from pipelines.preferences.formats.dialogues import as_text, asked, dialogue, undialogue
from pipelines.preferences.records import Message
from tests.pipelines.preferences.formats.conftest import collected, pair_of, plain, vote_of

EVERY = tuple(FORMATS)


@pytest.mark.parametrize("format", EVERY)
def test_nothing_is_lost(format):
    for seed in range(60):
        pairs, votes = collected(seed)
        for ties in (False, True):
            text = "".join(write(format, pairs, votes, ties=ties))
            assert read(text) == (pairs, votes), seed
            assert read(text, format) == (pairs, votes), seed


@pytest.mark.parametrize("format", EVERY)
def test_a_second_time_gives_the_same_file(format):
    pairs, votes = collected(5)
    text = "".join(write(format, pairs, votes))
    assert "".join(write(format, *read(text))) == text


@pytest.mark.parametrize("format", EVERY)
def test_every_line_is_one_object_in_utf8(format):
    for seed in range(20):
        for line in write(format, *collected(seed)):
            assert line.endswith("\n") and line.count("\n") == 1
            assert isinstance(json.loads(line.encode().decode()), dict)


@pytest.mark.parametrize("format", EVERY)
def test_files_of_one_format_have_the_same_columns_in_every_row(format, several):
    rows = plain(format, *several)
    assert len({tuple(row) for row in rows}) == 1


@pytest.mark.parametrize("format", [name for name in EVERY if name not in ("kto", "argilla")])
def test_only_what_was_decided_has_a_row(format, several):
    assert len(plain(format, *several)) == 2
    rows = plain(format, *several, ties=True)
    assert [row["tie"] for row in rows] == [False, False, True]


def test_what_nobody_decided_travels_with_its_neighbour(several):
    lines = [json.loads(line) for line in write("trl", *several)]
    carried = [[one["pair"]["id"] for one in json.loads(line["glassworks"])] for line in lines]
    assert carried == [["a"], ["b", "tie", "both_bad", "skip", "nobody"]]
    leading = [json.loads(line) for line in write("trl", several[0][::-1], several[1])]
    assert len(json.loads(leading[0]["glassworks"])) == 5


def test_a_file_without_a_plain_row_still_carries_all():
    pairs, votes = (pair_of(),), (vote_of(choice="tie"),)
    (line,) = write("trl", pairs, votes)
    assert list(json.loads(line)) == ["glassworks"] and read(line) == (pairs, votes)


def test_a_repeat_has_no_row_of_its_own():
    pairs = (pair_of("p"), pair_of("q", repeats="p"))
    votes = (vote_of("p", "a"), vote_of("q", "b"))
    assert len(plain("trl", pairs, votes)) == 1
    assert read("".join(write("trl", pairs, votes))) == (pairs, votes)


def test_the_majority_is_in_the_plain_columns():
    pair = pair_of()
    votes = [vote_of(choice=choice, who=str(n)) for n, choice in enumerate(("a", "b", "b", "skip"))]
    (row,) = plain("trl", [pair], votes)
    assert row == {"prompt": "Ask", "chosen": "worse", "rejected": "better"}


@pytest.mark.parametrize(
    ("choice", "beaten"),
    [
        ("a", ["better", "worse"]),
        ("b", ["worse", "better"]),
        ("tie", ["better", "worse"]),
        ("skip", []),
    ],
)
def test_an_edited_text_is_a_further_pair(choice, beaten):
    votes = [vote_of(choice=choice, edited="best")]
    rows = [row for row in plain("trl", [pair_of()], votes) if row["chosen"] == "best"]
    assert [row["rejected"] for row in rows] == beaten
    text = "".join(write("trl", [pair_of()], votes))
    assert read(text) == ((pair_of(),), tuple(votes))  # the further pair follows from the vote


def test_where_answers_are_judged_one_by_one_the_chosen_one_stays_good():
    rows = plain("kto", [pair_of()], [vote_of(choice="a", edited="best")])
    labels = {(row["completion"], row["label"]) for row in rows}
    assert labels == {("best", True), ("better", True), ("worse", False)}


def test_an_edit_that_changes_nothing_is_none():
    assert len(plain("trl", [pair_of()], [vote_of(edited="better")])) == 1


def test_trl_rows_by_hand():
    prompt = (Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Yes?"))
    prompt = (*prompt, Message("user", "Why?"))
    pairs, votes = [pair_of(prompt=prompt)], [vote_of(choice="b")]
    (row,) = plain("trl_conversational", pairs, votes)
    assert row["prompt"] == [{"role": one.role, "content": one.content} for one in prompt]
    assert row["chosen"] == [{"role": "assistant", "content": "worse"}]
    (row,) = plain("trl", pairs, votes)
    told = "\n\nHuman: Be brief.\n\nHi\n\nAssistant: Yes?\n\nHuman: Why?\n\nAssistant:"
    assert row == {"prompt": told, "chosen": "worse", "rejected": "better"}


def test_kto_rows_by_hand(several):
    rows = plain("kto", *several)
    assert [(row["completion"], row["label"]) for row in rows] == [
        ("better", True), ("worse", False), ("better", False), ("worse", True),
        ("better", False), ("worse", False),
    ]  # fmt: skip
    assert sum(row["label"] for row in plain("kto", *several, ties=True)) == 4


def test_sharegpt_rows_by_hand():
    (row,) = plain("sharegpt", [pair_of(prompt=(Message("system", "S"), Message("user", "U")))], [vote_of()])
    assert row == {
        "conversations": [{"from": "system", "value": "S"}, {"from": "human", "value": "U"}],
        "chosen": {"from": "gpt", "value": "better"},
        "rejected": {"from": "gpt", "value": "worse"},
    }


def test_hh_rows_by_hand():
    (row,) = plain("hh", [pair_of()], [vote_of()])
    assert row == {
        "chosen": "\n\nHuman: Ask\n\nAssistant: better",
        "rejected": "\n\nHuman: Ask\n\nAssistant: worse",
    }


def test_argilla_has_every_pair_and_every_vote():
    votes = [vote_of(choice="b", note="shorter"), vote_of(choice="skip", who="bob")]
    votes.append(vote_of(choice="a", who="model:j", kind="judge"))
    (row,) = plain("argilla", [pair_of()], votes)
    assert row["fields"] == {"prompt": "Ask", "response_a": "better", "response_b": "worse"}
    submitted, discarded = row["responses"]
    assert submitted == {
        "user_id": "ann",
        "status": "submitted",
        "values": {"preference": {"value": "b"}, "note": {"value": "shorter"}},
    }
    assert (discarded["user_id"], discarded["status"]) == ("bob", "discarded")
    assert [one["agent"] for one in row["suggestions"]] == ["model:j"]


def test_the_carried_column_can_always_be_stored():
    """A text column of a table takes no half character; other scripts stay readable in it."""
    for text, shown in (("half \ud83d", False), ("犬", True)):
        (line,) = write("trl", [pair_of(a=text)], [vote_of()])
        column = json.loads(line)["glassworks"]
        assert is_whole(column) and (text in column) == shown


def test_dialogues_come_back():
    said = (Message("user", "Hi"), Message("assistant", ""), Message("user", " two  spaces\n"))
    assert undialogue(dialogue(said)) == said and asked(as_text(said)) == said
    assert asked("Human: is not how this begins") == (Message("user", "Human: is not how this begins"),)
