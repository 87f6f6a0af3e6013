"""Formats are recognised by names and by content; their rows become examples, or problems that name them."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.training.rows.examples import (
    Answered,
    Asked,
    Chat,
    Completion,
    Labelled,
    Message,
    Pair,
    Plain,
    Rated,
    Tagged,
)
from pipelines.training.rows.formats import (
    Problem,
    Recognised,
    UnknownRowsError,
    examples_of,
    formats_of,
    recognise,
    roles_of,
)
from pipelines.training.rows.kinds import FORMATS
from pipelines.training.rows.kinds.squad import find
from pipelines.training.rows.table import BadRowsError, Row, Table
from pipelines.training.tuning.tasks import TASKS, task_named

USER, ASSISTANT = Message("user", "Hi?"), Message("assistant", "Hello.")
CHAT = (USER, ASSISTANT)
TURNS = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
SHARED = [{"from": "human", "value": "Hi?"}, {"from": "gpt", "value": "Hello."}]
CONTEXT = "The fox lives in a den. Its den is warm."


def table(*rows: Row) -> Table:
    columns = dict.fromkeys(column for row in rows for column in row)
    return Table(tuple(columns), rows, tuple(range(1, len(rows) + 1)))


ASKED, ANSWER = Message("user", "Hi"), {"role": "assistant", "content": "Hello."}
TALK = [{"role": "user", "content": "Hi"}]
HUMAN = "\n\nHuman: Hi\n\nAssistant: "
PREFERENCES = [
    ({"prompt": "Hi", "chosen": "Hello.", "rejected": "What?"}, "pairs", Pair(1, "Hi", "Hello.", "What?")),
    ({"instruction": "Do", "input": "it", "output": "x", "chosen": "Yes", "rejected": "No", "strength": 2},
     "pairs", Pair(1, "Do\n\nit", "Yes", "No", 2.0)),
    ({"system": "Be.", "question": "Hi", "chosen_response": "Hello.", "rejected_response": "What?",
      "score_chosen": 4.5, "score_rejected": "3"}, "pairs",
     Pair(1, (Message("system", "Be."), ASKED), "Hello.", "What?", 1.5)),
    ({"chosen": HUMAN + "Hello.", "rejected": HUMAN + "What?"}, "pairs with their prompt",
     Pair(1, (ASKED,), "Hello.", "What?")),
    ({"prompt": HUMAN, "chosen": "Hello.", "rejected": "What?"}, "pairs",
     Pair(1, (ASKED,), "Hello.", "What?")),
    ({"chosen": "The sky is blue.", "rejected": "The sky is black."}, "pairs with their prompt",
     Pair(1, "The sky is", " blue.", " black.")),
    ({"prompt": TALK, "chosen": [ANSWER], "rejected": [{**ANSWER, "content": "What?"}]}, "pairs of messages",
     Pair(1, (ASKED,), "Hello.", "What?")),
    ({"chosen": [*TALK, ANSWER], "rejected": [*TALK, {**ANSWER, "content": "What?"}], "prompt": "Hi"},
     "pairs of messages", Pair(1, (ASKED,), "Hello.", "What?")),
    ({"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello."},
      "rejected": {"from": "gpt", "value": "What?"}}, "pairs of messages",
     Pair(1, (ASKED,), "Hello.", "What?")),
    ({"prompt": "Hi", "responses": ["What?", "Hello."], "ratings": [1, 4]}, "rated answers of a prompt",
     Pair(1, "Hi", "Hello.", "What?", 3.0)),
    ({"prompt": "Hi", "completion": "Hello.", "label": True}, "rated answers",
     Rated(1, "Hi", "Hello.", True)),
    ({"messages": [*TALK, ANSWER], "label": "false"}, "rated messages",
     Rated(1, (ASKED,), "Hello.", False)),
    ({"prompt": TALK, "completion": [ANSWER], "label": False}, "rated messages",
     Rated(1, (ASKED,), "Hello.", False)),
]  # fmt: skip
RECOGNISED = [
    ({"messages": TURNS}, "messages", Chat(1, CHAT)),
    ({"id": 3, "my turns": TURNS, "text": "x"}, "messages", Chat(1, CHAT)),
    ({"messages": json.dumps(TURNS)}, "messages", Chat(1, CHAT)),
    ({"messages": [{"role": "Developer", "content": [{"type": "text", "text": "Be"}, {"text": " brief."}]}]},
     "messages", Chat(1, (Message("system", "Be brief."),))),
    ({"conversations": SHARED}, "sharegpt", Chat(1, CHAT)),
    ({"conversations": SHARED, "system": "Be kind."}, "sharegpt",
     Chat(1, (Message("system", "Be kind."), *CHAT))),
    ({"instruction": "Hi?", "input": "", "output": "Hello."}, "alpaca", Chat(1, CHAT)),
    ({"Instruction": "Add.", "input": "1 2", "response": 3}, "alpaca",
     Chat(1, (Message("user", "Add.\n\n1 2"), Message("assistant", "3")))),
    ({"instruction": "Add.", "context": "1 2", "response": "3", "category": "math"}, "alpaca",
     Chat(1, (Message("user", "Add.\n\n1 2"), Message("assistant", "3")))),
    ({"prompt": "Once", "completion": " upon"}, "prompt-completion", Completion(1, "Once", " upon")),
    ({"question": "2 + 2?", "answer": "4"}, "prompt-completion", Completion(1, "2 + 2?", "4")),
    ({"prompt": TURNS[:1], "completion": TURNS[1:]}, "prompt-completion messages", Chat(1, CHAT)),
    ({"text": "Fine.", "label": 1}, "text-label", Labelled(1, "Fine.", "1")),
    ({"text": "Fine.", "label": 0, "label_text": "good"}, "text-label", Labelled(1, "Fine.", "good")),
    ({"idx": 0, "Review Text": "Fine.", "Category": "good"}, "text-label", Labelled(1, "Fine.", "good")),
    ({"premise": "A", "hypothesis": "B", "label": "entails"}, "text-label", Labelled(1, "A", "entails", "B")),
    ({"tokens": ["Tom", "ran"], "ner_tags": ["I-PER", "O"]}, "conll",
     Tagged(1, ("Tom", "ran"), ("B-PER", "O"))),
    ({"question": "Where?", "context": CONTEXT, "answers": {"text": ["den"], "answer_start": [28]}}, "squad",
     Answered(1, "Where?", CONTEXT, ("den",), (28,))),
    ({"question": "Where?", "context": CONTEXT, "answers": ["in A  den", "a hole"]}, "squad",
     Answered(1, "Where?", CONTEXT, ("in a den",), (14,))),
    ({"question": "Where?", "context": CONTEXT, "answer": "den"}, "squad",
     Answered(1, "Where?", CONTEXT, ("den",), (19,))),
    ({"question": "Why?", "context": CONTEXT, "answers": []}, "squad", Answered(1, "Why?", CONTEXT, (), ())),
    ({"title": "Fox", "paragraphs": [{"context": CONTEXT, "qas": [
        {"id": "1", "question": "Where?", "answers": [{"text": "den", "answer_start": 19}]}]}]},
     "squad articles", Answered(1, "Where?", CONTEXT, ("den",), (19,))),
    *PREFERENCES,
    ({"text": "A story."}, "text", Plain(1, "A story.")),
    ({"id": 1, "anything": "A story.", "words": 2}, "text", Plain(1, "A story.")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "format", "example"), RECOGNISED)
def test_a_row_of_each_format(row, format, example):
    found = examples_of(table(row))
    assert found.recognised.format == format and found.recognised.task == FORMATS[format].task
    assert (found.examples, found.problems) == ((example,), ())


def test_every_format_is_tried_above_and_serves_a_task():
    assert {format for _, format, _ in RECOGNISED} == set(FORMATS) - {"prompts"}  # told by their task alone
    assert all(isinstance(example, FORMATS[format].makes) for _, format, example in RECOGNISED)
    assert all(FORMATS[name].makes in task_named(FORMATS[name].task).examples for name in FORMATS)


def test_prompts_are_told_by_their_task_alone():
    rows = table({"question": "2 + 2?", "answer": 4}, {"question": "Say hi."})
    assert recognise(rows).format == "prompt-completion"
    assert examples_of(rows, "grpo").examples == (Asked(1, "2 + 2?", "4"), Asked(2, "Say hi."))
    assert examples_of(table({"prompt": "Say hi.", "id": 3}), "rloo").examples == (Asked(1, "Say hi."),)
    assert recognise(table({"prompt": "Say hi."})).format == "text"
    with pytest.raises(UnknownRowsError, match="prompt"):
        recognise(table({"speech": "Hi", "other": "Ho"}), "grpo")


def test_a_task_chooses_among_what_the_columns_can_be():
    rows = table({"text": "One.", "label": "a"}, {"text": "Two.", "label": "b"})
    assert recognise(rows) == Recognised("text-label", {"text": "text", "label": "label"}, "classify")
    assert recognise(rows, "fill") == Recognised("text", {"text": "text"}, "fill")
    with pytest.raises(
        UnknownRowsError, match=r"'text', 'label' are not recognised for the task 'instruct'.*messages"
    ):
        recognise(rows, "instruct")
    with pytest.raises(SpecError, match="task accepts one of"):
        recognise(rows, "dance")


def test_a_label_is_guessed_by_content_where_a_task_wants_one():
    rows = [
        {"id": f"x{n}", "split": "train", "text": f"Sentence {n} here.", "fine": n % 4, "coarse": n % 2}
        for n in range(12)
    ]
    assert recognise(table(*rows), "classify").roles == {"text": "text", "label": "coarse"}


def test_columns_that_the_visitor_names_win():
    rows = table({"text": "One.", "label": "a", "stars": 5.0}, {"text": "Two.", "label": "b", "stars": 4.5})
    found = examples_of(rows, "classify", {"label": "stars"})
    assert [e.label for e in found.examples] == ["5", "4.5"] and found.recognised.roles["text"] == "text"
    named = recognise(
        table({"frage": "a", "antwort": "b"}), "instruct", {"prompt": "frage", "completion": "antwort"}
    )
    assert named.format == "prompt-completion"


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (
            {"prompt": "qestion"},
            "columns accepts a column that is there: 'question', 'answer'; got 'prompt=qestion'",
        ),
        ({"colour": "question"}, "columns accepts the roles .*completion.*; got 'colour=question'"),
        ({"messages": "question", "prompt": "answer"}, r"the roles of one format \(Messages: messages; "),
    ],
)
def test_roles_that_cannot_be_are_refused(roles, words):
    with pytest.raises(SpecError, match=words):
        examples_of(table({"question": "a", "answer": "b"}), "instruct", roles)


@pytest.mark.parametrize(("row", "words"), [
    ({"chosen": "a", "rejected": "b"}, "prompt is missing, and chosen and rejected begin with no common one"),
    ({"chosen": "a b", "rejected": "a b c"}, "one goes on where the other ends"),
    ({"chosen": TURNS, "rejected": [{**TURNS[0], "content": "Ho?"}, TURNS[1]]}, "differ before the last"),
    ({"chosen": TURNS[:1], "rejected": TURNS[:1]}, "chosen does not end with a message of the assistant"),
    ({"prompt": TURNS[:1], "chosen": TURNS * 2, "rejected": TURNS}, "chosen has 3 messages after the prompt"),
    ({"prompt": "a", "responses": ["b", "c"], "ratings": [1, 1]}, "ratings are all the same"),
    ({"prompt": "a", "responses": ["b", "c"], "ratings": [1]}, "ratings are 1 for 2 responses"),
]
)  # fmt: skip
def test_a_preference_that_is_none_says_why(row, words):
    found = examples_of(table(row), "dpo")
    assert not found.examples and words in found.problems[0].words


def test_unknown_columns_say_what_is_accepted_and_how_to_name_them():
    with pytest.raises(UnknownRowsError, match=r"Messages: messages; .*one a line, as in text=left"):
        recognise(table({"left": "a", "right": "b"}))


PROBLEMS = [
    ({"messages": [{"role": "narrator", "content": "Hm."}]},
     "message 1 is from 'narrator'; accepted are system, user"),
    ({"messages": [*TURNS, {"role": "user"}]}, "message 3 has nothing as 'content'; a text is accepted"),
    ({"messages": [{"role": "user", "content": [{"type": "image"}]}]},
     "message 1 has parts that are no text"),
    ({"messages": []}, "messages is an empty list"),
    ({"messages": "Hello"}, "messages is a text; a list is accepted"),
    ({"conversations": [*SHARED, {"value": "x"}]}, "message 3 has no 'from'"),
    ({"instruction": "Add.", "output": None}, "output is missing"),
    ({"prompt": "a", "completion": ["b"]}, "completion is a list; a text is accepted"),
    ({"prompt": "a", "completion": "\ud83d"}, "completion holds half of a character"),
    ({"text": "Fine.", "label": ""}, "label is empty"),
    ({"text": " ", "label": "a"}, "text is empty"),
    ({"text": "Fine.", "label": ["a", "b"]}, "label is a list; one label a row"),
    ({"tokens": ["a", "b"], "ner_tags": ["O"]}, "there are 2 words and 1 tags"),
    ({"tokens": ["a", "b"], "ner_tags": [0, 3]}, "tags are numbers whose names the file does not say"),
    ({"question": "Where?", "context": CONTEXT, "answers": "a hole"},
     "'a hole' does not occur in the context"),
    ({"question": "Where?", "context": CONTEXT, "answers": {"text": ["den"], "answer_start": [5]}},
     "'den' is not at its answer_start 5"),
    ({"question": "Where?", "context": CONTEXT, "answers": {"text": ["den"], "answer_start": [1, 2]}},
     "lists that are equally long"),
    ({"paragraphs": [{"context": CONTEXT, "qas": [{"question": "Where?", "answers": ["hole"]}]}]},
     "paragraph 1, question 1: the answer 'hole'"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "words"), PROBLEMS)
def test_a_row_that_is_none_says_why_and_the_others_stay(row, words):
    good = next(good for good, format, _ in RECOGNISED if set(row) <= set(good))
    task = FORMATS[next(format for g, format, _ in RECOGNISED if g is good)].task
    found = examples_of(table(good, row, good, good), task)
    assert [example.row for example in found.examples] == [1, 3, 4]
    assert [problem.row for problem in found.problems] == [2] and words in found.problems[0].words


def test_all_rows_may_have_problems():
    found = examples_of(table({"messages": [{"role": "narrator", "content": "Hm."}]}))
    assert found.examples == () and isinstance(found.problems[0], Problem)


def test_one_bad_question_leaves_its_article_the_others():
    asked = [{"question": "Where?", "answers": ["hole"]}, {"question": "Where?", "answers": ["den"]}]
    found = examples_of(table({"paragraphs": [{"context": CONTEXT, "qas": asked}]}), "answer")
    assert len(found.examples) == len(found.problems) == 1


def test_two_formats_in_one_file_are_named_with_their_rows():
    rows = [{"id": 1, "instruction": "a", "output": "b"}] * 3 + [{"id": 2, "messages": TURNS}] * 2
    with pytest.raises(BadRowsError, match="The rows mix two formats") as told:
        recognise(table(*rows))
    assert "1–3" in str(told.value) and "4–5" in str(told.value)
    assert recognise(table({"text": "a", "label": "b"}, {"text": "c"})).format == "text-label"


def test_a_question_whose_answer_is_elsewhere_is_no_squad():
    rows = [{"question": f"{n} + {n}?", "context": "Sums.", "answer": str(2 * n)} for n in range(9)]
    assert recognise(table(*rows)).format == "prompt-completion"
    assert recognise(table(*rows), "answer").format == "squad"


@pytest.mark.parametrize(
    ("answer", "context", "span"),
    [
        ("red", "a bored red fox", ("red", 8)),
        ("red", "the bored fox", ("red", 6)),
        ("Red Fox", "the red\n  fox", ("red\n  fox", 4)),
        ("狐", "赤い狐がいる", ("狐", 2)),
        ("a+b?", "is a+b? yes", ("a+b?", 3)),
        ("İs", "it is so", None),
        ("blue", "the red fox", None),
    ],
)
def test_answers_are_found_as_whole_words_first(answer, context, span):
    assert find(answer, context) == span
    if span:
        assert context[span[1] : span[1] + len(span[0])] == span[0]


def test_roles_and_formats_of_a_task():
    assert {role.name for role in roles_of("classify")} == {"text", "label", "second"}
    assert [format.name for format in formats_of(TASKS["tag"])] == ["conll"]
    assert all(role.help for task in TASKS for role in roles_of(task))
