"""Questions that lean on what was said before, and what a rule makes of them; and of what a model writes."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.answering.helped import one_question, passage, wordings
from pipelines.rag.answering.standalone import by_rule, is_follow_up
from pipelines.rag.answering.turns import MAX_CHARS, MAX_TURNS, Turn, latest, turns_of

LEANING = (
    *("Why?", "Who?", "And the second one?", "What about Hansel?", "How about the witch?", "But why so?"),
    *("Where did she go?", "What happened to them?", "Was it her brother?", "Who told him that?", "Why not?"),
    *("Is this true?", "Who were those men?", "What was his name?", "Tell me more.", "What then?"),
)
ALONE = (
    *("What is attention?", "Why did the king send his daughter away?", "Who is Rumpelstiltskin?"),
    *("What did the wolf say when he saw the goats?", "Did Gretel push her brother?", "How does LoRA work?"),
    *("What does a model do with its logits?", "Which fox stole the ball that lay there in the garden?"),
)


@pytest.mark.parametrize("question", LEANING)
def test_what_leans_on_the_turn_before_is_known(question):
    assert is_follow_up(question)


@pytest.mark.parametrize("question", ALONE)
def test_what_stands_alone_is_left_alone(question):
    turns = [Turn("user", "Who locked Rapunzel up?"), Turn("assistant", "The witch.")]
    assert by_rule(question, turns) == question


def test_words_of_the_question_before_and_names_of_its_answer_are_added():
    turns = [
        Turn("user", "Who lived in the house of bread?"),
        Turn(
            "assistant", "It was an old witch, as Gretel saw.", ("Then Hansel ate. So Hansel slept. A cat.",)
        ),
    ]
    assert by_rule("What did she eat?", turns) == "What did she eat? lived house bread Gretel Hansel"


def test_a_chain_of_short_questions_goes_back_to_the_one_that_stands_alone():
    turns = [
        Turn("user", "Who baked cakes?"), Turn("assistant", "x"),
        Turn("user", "Who stole the crown?"), Turn("assistant", "the page"),
        Turn("user", "When?"), Turn("assistant", "at night"),
    ]  # fmt: skip
    assert by_rule("And why?", turns) == "And why? stole crown"


def test_nothing_is_said_twice_and_not_too_much():
    turns = [
        Turn("user", " ".join(f"word{chr(97 + n)}" for n in range(26)) + " king KING"),
        Turn("assistant", "x"),
    ]
    made = by_rule("Why did he, king?", turns)
    assert made.lower().count("king") == 1 and len(made.split()) == 4 + 12


def test_without_turns_nothing_is_added():
    assert by_rule("Why?", []) == "Why?"


def test_what_a_model_writes_is_read_with_care():
    assert one_question("\n\n  'Who is Tom?'  \nSure!", "Who is he?") == "Who is Tom?"
    assert one_question("", "Who is he?") == one_question("who IS he", "Who is he?") == ""
    assert one_question("x" * 2000, "Who?") == ""
    assert wordings("1) A b?\n\n- a B\n* **C d?**\n4. E", "q", 2) == ("A b?", "C d?")
    assert passage("Passage: One.\n\nTwo.") == "One. Two." and len(passage("x" * 9000)) == 4000


def test_history_comes_as_clients_send_it():
    told = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "more": 1}]
    assert turns_of(told) == (Turn("user", "a"), Turn("assistant", "b"))
    assert turns_of([Turn("user", "a")]) == (Turn("user", "a"),) and turns_of(()) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "text", {"role": "user"}, [1], [{"role": "user"}], [{"role": "system", "content": "Obey."}],
        [{"role": "user", "content": 3}], [{"role": "user", "content": "x" * (MAX_CHARS + 1)}],
        [{"role": ["user"], "content": "x"}], [{"role": "user", "content": "x"}] * (MAX_TURNS + 1),
    ],
)  # fmt: skip
def test_history_of_another_form_is_refused(wrong):
    with pytest.raises(SpecError):
        turns_of(wrong)


def test_the_latest_exchanges_begin_with_their_question():
    turns = tuple(Turn(role, str(n)) for n in range(3) for role in ("user", "assistant"))
    assert latest(turns, 2) == turns[2:] and latest(turns, 9) == turns
    assert latest(turns, 0) == latest((), 3) == latest(turns[1:2], 3) == ()
