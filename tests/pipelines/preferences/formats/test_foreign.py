"""Files that others made: what is read in them, and what is said of those that cannot be read."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.preferences.formats import FORMATS, read, reading
from pipelines.preferences.records import Choice, Kind, Message
from tests.pipelines.preferences.formats.conftest import collected, pair_of, plain, vote_of

HI = (Message("user", "Hi"),)


def lines(*rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def message(role, content):
    return {"role": role, "content": content}


def turn(who, value):
    return {"from": who, "value": value}


CHAT = [message("user", "Hi"), message("assistant", "good")]
OTHER = [message("user", "Hi"), message("assistant", "bad")]
ROWS = {
    "trl": {"prompt": "Hi", "chosen": "good", "rejected": "bad"},
    "trl_conversational": {"prompt": CHAT[:1], "chosen": CHAT[1:], "rejected": OTHER[1:]},
    "trl_conversational without a prompt": {"chosen": CHAT, "rejected": OTHER},
    "trl_conversational with the whole": {"prompt": "Hi", "chosen": CHAT, "rejected": OTHER},
    "sharegpt": {
        "conversations": [turn("human", "Hi")],
        "chosen": turn("gpt", "good"),
        "rejected": turn("gpt", "bad"),
    },
    "hh": {"chosen": "\n\nHuman: Hi\n\nAssistant: good", "rejected": "\n\nHuman: Hi\n\nAssistant: bad"},
    "rated": {"prompt": "Hi", "responses": ["good", "bad"], "ratings": [4, 2.5]},
    "argilla": {
        "fields": {"instruction": "Hi", "response-1": "good", "response-2": "bad"},
        "responses": [{"user_id": "u", "status": "submitted", "values": {"better": {"value": "response-1"}}}],
    },
}


@pytest.mark.parametrize("name", ROWS)
def test_one_pair_and_one_vote(name):
    for text in (lines(ROWS[name]), "\ufeff\n" + lines(ROWS[name]), json.dumps([ROWS[name]], indent=2)):
        (pair,), (vote,) = read(text)
        assert (pair.prompt, pair.text_a, pair.text_b) == (HI, "good", "bad")
        assert (vote.pair, vote.choice, vote.kind) == (pair.id, Choice.A, Kind.HUMAN)
        assert pair.origin == name.split()[0]
        assert read(text, pair.origin) == read(text)


def test_whose_vote_it_is():
    (_, (vote,)) = read(lines(ROWS["hh"]))
    assert (vote.annotator, vote.name) == ("import:hh", "imported, hh")
    (_, (vote,)) = read(lines(ROWS["argilla"]))
    assert vote.annotator == "u"


def test_all_formats_in_one_file_and_ids_of_their_own():
    pairs, votes = read(lines(*ROWS.values(), *ROWS.values()))
    assert len({pair.id for pair in pairs}) == len(pairs) == 2 * len(ROWS)
    assert {vote.pair for vote in votes} == {pair.id for pair in pairs}
    assert read(lines(*ROWS.values())) == read(lines(*ROWS.values()))


def test_columns_without_a_role_are_kept():
    (pair,), _ = read(lines({**ROWS["trl"], "source": "web", "score": 3}))
    assert pair.extra == {"source": "web", "score": 3}


def test_a_prompt_inside_both_texts():
    (pair,), _ = read(lines({"chosen": "The sky is blue.", "rejected": "The sky is green."}))
    assert (pair.prompt, pair.text_a, pair.text_b) == ((Message("user", "The sky is"),), " blue.", " green.")


def test_a_prompt_in_the_way_of_hh():
    (pair,), _ = read(
        lines({**ROWS["trl"], "prompt": "\n\nHuman: Hi\n\nAssistant: Ho\n\nHuman: So\n\nAssistant:"})
    )
    assert [one.role for one in pair.prompt] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "columns", [("chosen_rating", "rejected_rating"), ("score_chosen", "score_rejected")]
)
def test_equal_ratings_are_a_tie(columns):
    _, votes = read(lines(*({**ROWS["trl"], **dict(zip(columns, (4, low), strict=True))} for low in (4, 1))))
    assert [vote.choice for vote in votes] == [Choice.TIE, Choice.A]


def test_ratings_that_say_the_opposite_are_refused():
    with pytest.raises(SpecError, match="line 1 accepts chosen_score that is not below rejected_score"):
        read(lines({**ROWS["trl"], "chosen_score": 1, "rejected_score": 2}))


def test_several_rated_answers_are_all_pairs():
    pairs, votes = read(lines({"prompt": "Hi", "completions": ["1", "2", "3"], "scores": [1, 2, 2]}))
    assert [(one.text_a, one.text_b) for one in pairs] == [("1", "2"), ("1", "3"), ("2", "3")]
    assert [vote.choice for vote in votes] == [Choice.B, Choice.B, Choice.TIE]


def kto(prompt, completion, label):
    return {"prompt": prompt, "completion": completion, "label": label}


def test_kto_answers_find_each_other():
    rows = [kto("p", "g1", True), kto("q", "b1", False), kto("p", "b1", False), kto("q", "b2", False)]
    rows += [kto("p", "g2", True), kto("p", "g3", True)]
    pairs, votes = read(lines(*rows))
    assert [(one.text_a, one.text_b) for one in pairs] == [("g1", "b1"), ("g2", "g3"), ("b1", "b2")]
    assert [vote.choice for vote in votes] == [Choice.A, Choice.TIE, Choice.BOTH_BAD]


def test_kto_in_messages():
    rows = [kto(CHAT[:1], CHAT[1:], True), kto(CHAT[:1], OTHER[1:], False)]
    (pair,), _ = read(lines(*rows))
    assert (pair.prompt, pair.text_a, pair.text_b) == (HI, "good", "bad")


def test_argilla_in_its_other_ways():
    fields = {"prompt": "Hi", "response_a": "good", "response_b": "bad"}
    ranking = [{"value": "response_b", "rank": 1}, {"value": "response_a", "rank": 2}]
    by_question = {
        "fields": fields,
        "responses": {"best": [{"value": "tie", "user_id": "u"}, {"value": "b", "user_id": "w"}]},
        "suggestions": {"best": {"value": "response_a", "agent": "judge-7"}},
    }
    ranked = {
        "fields": fields,
        "responses": [
            {"user_id": "u", "status": "submitted", "values": {"rank": {"value": ranking}}},
            {"user_id": "w", "status": "draft", "values": {"rank": {"value": "a"}}},
            {"user_id": "v", "status": "discarded", "values": {}},
        ],
        "suggestions": [{"question_name": "rank", "value": "both bad", "agent": "rule", "type": "program"}],
    }
    _, votes = read(lines(by_question, ranked))
    assert [(vote.annotator, vote.choice.value, vote.kind.value) for vote in votes] == [
        ("u", "tie", "human"), ("w", "b", "human"), ("judge-7", "a", "judge"),
        ("u", "b", "human"), ("v", "skip", "human"), ("rule", "both_bad", "program"),
    ]  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_plain_rows_alone_say_what_the_votes_said(format):
    """Without the carried column the texts, the prompt and who won are still there."""
    pairs = [pair_of("p"), pair_of("q", "Another", "one", "two")]
    text = lines(*plain(format, pairs, [vote_of("p", "a"), vote_of("q", "b")]))
    found, votes = read(text, format)
    won = [
        (
            pair.question,
            *((pair.text_a, pair.text_b) if vote.choice == Choice.A else (pair.text_b, pair.text_a)),
        )
        for pair, vote in zip(found, votes, strict=True)
    ]
    assert won == [("Ask", "better", "worse"), ("Another", "two", "one")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a file with a pair at least"),
        ("[]", "a file with a pair at least"),
        ("not json", "line 1 accepts JSON lines"),
        (lines(ROWS["trl"]) + '{"prompt": ', "line 2 accepts JSON lines"),
        ('[{"prompt": 1},\n oops]', "line 2 accepts JSON lines"),
        ("[1]", "item 1 accepts JSON lines, an object each"),
        (lines(ROWS["trl"], {"text": "Hi"}), "line 2 accepts fields .*prompt, chosen and rejected"),
        ("\n\n" + lines({**ROWS["trl"], "rejected": 7}), "line 3 accepts rejected as a text, not a number"),
        (lines({**ROWS["trl"], "prompt": [message("robot", "x")]}), "from system, user, assistant or tool"),
        (lines({**ROWS["trl"], "chosen": "\ud83d"}), "whole characters"),
        (lines({"chosen": "good", "rejected": "bad"}), "a prompt; chosen and rejected have none in common"),
        (lines({"chosen": CHAT[1:], "rejected": OTHER[1:]}), "differs in its last message alone"),
        (lines({**ROWS["trl_conversational"], "chosen": CHAT * 2}), "chosen as one message of the assistant"),
        (lines(ROWS["trl"], kto("p", "x", True)), "line 2 accepts a second answer to the same prompt"),
        (lines(kto("p", "x", "yes")), "label as true or false, not a text"),
        (lines({**ROWS["rated"], "ratings": [1]}), "2 to 16 responses with a number each"),
        (lines({"fields": {"prompt": "Hi"}}), "fields with a prompt and two responses"),
        (lines({"glassworks": "[1]"}), "the column glassworks as it was written"),
        (lines({"glassworks": '[{"pair": {"id": "p"}}]'}), "round in glassworks, which is missing"),
        pytest.param("[" * 100_000, "too deep|JSON", id="deep lists"),
        pytest.param('{"a":' * 100_000, "too deep|JSON", id="deep objects"),
        pytest.param(lines({**ROWS["trl"], "chosen": "x" * 20_001}), "at most 20,000 characters", id="long"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(text, words):
    with pytest.raises(SpecError, match=words):
        read(text)


def test_a_row_of_another_format_than_was_said():
    with pytest.raises(SpecError, match="line 1 accepts prompt, completion and label"):
        read(lines(ROWS["trl"]), "kto")
    with pytest.raises(SpecError, match=r"format accepts one of .*sharegpt"):
        read(lines(ROWS["trl"]), "csv")


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["pair"].update(id=7),
        lambda entry: entry["pair"].update(prompt="Hi"),
        lambda entry: entry["pair"].update(prompt=[{"role": "user"}]),
        lambda entry: entry["pair"].update(seed=True),
        lambda entry: entry["pair"].update(extra=[]),
        lambda entry: entry["pair"].update(text_a="x" * 20_001),
        lambda entry: entry["votes"][0].update(choice="c"),
        lambda entry: entry["votes"][0].update(choice=[]),
        lambda entry: entry["votes"][0].update(tags=["x", 1]),
        lambda entry: entry["votes"][0].update(seconds=float("nan")),
        lambda entry: entry["votes"][0].update(pair="another"),
        lambda entry: entry.update(votes=None),
        lambda entry: entry.update(pair=None),
    ],
)
def test_a_carried_column_that_somebody_changed(change):
    from pipelines.preferences.formats.carried import entry, packed

    made = entry(pair_of(), [vote_of()])
    assert len(read(lines({"glassworks": packed([made])}))[1]) == 1
    made = json.loads(json.dumps(made))
    change(made)
    with pytest.raises(SpecError, match=r"line 1 accepts .*glassworks"):
        read(lines({"glassworks": packed([made])}))


def test_the_same_pair_twice_is_refused():
    from pipelines.preferences.formats import write

    text = "".join(write("trl", *collected(1)))
    with pytest.raises(SpecError, match="each pair once"):
        read(text + text)


def test_files_are_bounded(monkeypatch):
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 50)
    with pytest.raises(SpecError, match="at most 50 characters"):
        read(lines(ROWS["trl"]) * 2)
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 10_000)
    monkeypatch.setattr(reading, "MAX_PAIRS", 3)
    with pytest.raises(SpecError, match="at most 3 pairs"):
        read(lines(*[ROWS["trl"]] * 4))
    with pytest.raises(SpecError, match="at most 3 pairs"):
        read(lines({"prompt": "Hi", "responses": list("abcd"), "ratings": [1, 2, 3, 4]}))
    with pytest.raises(SpecError, match="at most 30 rows"):
        read(lines(*[kto("Hi", "x", True)] * 40))
    monkeypatch.setattr(reading, "MAX_LINE", 20)
    with pytest.raises(SpecError, match="line 1 accepts at most 20 characters"):
        read(lines(ROWS["trl"]))


def test_rubbish_is_refused_and_nothing_else_is_raised():
    import random

    rng = random.Random(0)
    values = (None, 1, "x", [], {}, [1], [{}], {"role": "user"}, True, [message("user", "x")], "\n\nHuman: x")
    names = ("prompt", "chosen", "rejected", "completion", "label", "fields", "responses", "conversations",
             "suggestions", "ratings", "glassworks", "system", "response_a", "response_b")  # fmt: skip
    for _ in range(3000):
        row = {name: rng.choice(values) for name in rng.sample(names, rng.randint(1, 6))}
        if "fields" in row and rng.random() < 0.8:
            row["fields"] = {name: rng.choice(values) for name in names}
        try:
            read(lines(row))
        except SpecError as fault:
            assert "accepts" in str(fault)
