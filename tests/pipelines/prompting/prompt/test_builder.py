import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item, Message
from pipelines.prompting.prompt.builder import Builder, check_columns
from pipelines.prompting.prompt.form import without_conclusion
from pipelines.prompting.prompt.spec import PromptSpec
from tests.pipelines.prompting.prompt.items import moods, options, sums

POOL = sums(24)
ASKED = Item("q", "Ann has 3 cats and finds 4. How many has she?", "7", fields={"fruit": "cats"})


class ByNumber:
    """The nearest to a question is what stands nearest to its place in the pool."""

    def __init__(self, pool):
        self._questions = [item.question for item in pool]
        self.prepared = []

    def ranked(self, question):
        at = self._questions.index(question) if question in self._questions else 0
        return sorted(range(len(self._questions)), key=lambda place: (abs(place - at), place))

    def prepare(self, questions):
        self.prepared += questions


def built(item=ASKED, instruction="", rationales=False, pool=POOL, question=None, **given):
    builder = Builder(PromptSpec(**given), pool, ByNumber(pool))
    return builder.build(item, instruction, rationales, question)


def ids(item, pool=POOL, fewer=None, **given):
    builder = Builder(PromptSpec(**{"shots": 4} | given), pool, ByNumber(pool))
    return [example.id for example in builder.examples(item, False, fewer)]


def test_the_trained_form_without_examples():
    assert built(instruction="Think step by step.") == (
        Message("user", f"{ASKED.question} Think step by step."),
    )


def test_the_trained_form_with_examples():
    (message,) = built(rationales=True, shots=2, choice="first")
    assert message == Message(
        "user",
        f"Q: {POOL[0].question}\nA: First 0 + 5 = 5. The answer is 5.\n"
        f"Q: {POOL[1].question}\nA: First 1 + 5 = 6. The answer is 6.\nQ: {ASKED.question}\nA:",
    )
    (message,) = built(shots=1, choice="first")
    assert message.content == f"Q: {POOL[0].question}\nA: The answer is 5.\nQ: {ASKED.question}\nA:"


def test_the_trained_form_is_that_of_the_recipe():
    from assets.recipes.instruct.arithmetic import shown
    from pipelines.prompting.tasks.problems import Author

    author = Author(1)
    problem, *examples = (author.problem(2) for _ in range(3))
    pool = [Item(p.text, p.text, str(p.answer), rationale=p.worked) for p in examples]
    item = Item("asked", problem.text, str(problem.answer))
    for stepwise in (True, False):
        (message,) = built(item, rationales=stepwise, pool=pool, shots=2, choice="first")
        assert message.content == shown(problem, examples, stepwise).turns[0]


def test_examples_as_turns_of_the_chat():
    messages = built(instruction="Go.", shots=2, choice="first", placement="turns", system="Be brief.")
    assert [message.role for message in messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert messages[1:3] == (Message("user", POOL[0].question), Message("assistant", "The answer is 5."))
    assert messages[-1].content == f"{ASKED.question} Go."


def test_the_instruction_beside_examples_can_be_left_out():
    assert built(instruction="Go.", shots=1, instructed=False)[-1].content.endswith(f"{ASKED.question}\nA:")
    assert built(instruction="Go.", shots=1)[-1].content.endswith(f"{ASKED.question} Go.\nA:")
    assert built(instruction="Go.", instructed=False)[-1].content.endswith(" Go.")


def test_choices_follow_the_question_or_stand_where_they_are_named():
    item = options(1)[0]
    lines = "(A) option 0\n(B) option 1\n(C) option 2"
    assert built(item, "Go.")[-1].content == f"Which is 0?\n{lines}\nGo."
    assert built(item)[-1].content == f"Which is 0?\n{lines}"
    assert built(item, template="{choices}\n{question}")[-1].content == f"{lines}\nWhich is 0?"
    asked = built(item, pool=options(4), shots=1, choice="first")[-1].content
    assert asked == f"Q: Which is 1?\n{lines}\nA: The answer is (B).\nQ: Which is 0?\n{lines}\nA:"


def test_too_many_choices_are_refused():
    with pytest.raises(SpecError, match="at most 26"):
        built(Item("x", "?", "A", tuple(map(str, range(27)))))


def test_another_question_takes_the_place_of_the_items_own():
    same = built(shots=2)[-1].content
    assert built(shots=2, question="{instruction}?")[-1].content == same.replace(
        ASKED.question, "{instruction}?"
    )


def test_what_data_and_strategies_say_is_never_read_as_a_template():
    item = Item("x", "{fruit} {item.__class__} {{}}", "1", fields={"fruit": "{question}"})
    assert built(item, "{choices}", template="{fruit}: {question} {instruction}")[-1].content == (
        "{question}: {fruit} {item.__class__} {{}} {choices}"
    )


def test_a_column_does_not_take_the_place_of_what_is_the_labs_own():
    item = Item("x", "Real?", "1", fields={"question": "Other?", "instruction": "No."})
    assert built(item, "Yes.")[-1].content == "Real? Yes."


def test_a_variable_that_the_data_lacks_is_named_with_those_it_has():
    with pytest.raises(SpecError) as refused:
        built(template="{question} {colour}")
    assert refused.value.field == "template" and "{colour}" in str(refused.value)
    assert "{question}, {choices}, {instruction}, {fruit}" in str(refused.value)
    with pytest.raises(SpecError, match="m0"):
        Builder(PromptSpec(template="{question} {fruit}", shots=1), (*POOL, *moods(1)))
    with pytest.raises(SpecError, match="m0"):
        check_columns(PromptSpec(template="{fruit}"), (*POOL, *moods(1)))
    with pytest.raises(SpecError, match=r"\{__class__\}"):
        built(template="{question} {__class__}")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"shots": 25}, "shots"),
        ({"shots": 1, "choice": "hand", "examples": ("zz",)}, "examples"),
        ({"shots": 1, "labels": "flipped"}, "labels"),
    ],
)
def test_what_the_pool_has_not_is_refused(given, field):
    with pytest.raises(SpecError) as refused:
        Builder(PromptSpec(**given), POOL)
    assert refused.value.field == field


def test_two_examples_of_one_id_are_refused():
    with pytest.raises(SpecError, match="pool"):
        Builder(PromptSpec(shots=1), (*POOL, POOL[3]))


CHOICES = ["first", "random", "balanced", "nearest", "hand"]
BY_HAND = ("s7", "s3", "s9", "s1", "s5", "s0")


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("order", ["chosen", "shuffled", "nearest last"])
def test_the_item_is_never_among_its_examples(choice, order):
    twin = replace(POOL[3], id="twin", question=POOL[3].question.upper())
    for item in (*POOL, twin):
        found = ids(item, choice=choice, order=order, examples=BY_HAND)
        own = "s3" if item is twin else item.id
        assert own not in found and len(found) == len(set(found)) == 4


def test_what_asks_the_same_is_left_out_whatever_its_other_columns():
    pool = tuple(Item(f"t{i}", "Glad?", "yes", fields={"text": f"{i % 3}", "row": str(i)}) for i in range(9))
    found = ids(pool[0], pool, shots=9, template="{question} {text}")
    assert len(found) == 6 and not {"t0", "t3", "t6"} & set(found)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_same_whatever_was_built_before(choice):
    spec = PromptSpec(shots=4, choice=choice, order="shuffled", examples=BY_HAND)
    forwards, again = (Builder(spec, POOL, ByNumber(POOL)) for _ in range(2))
    one = {item.id: forwards.build(item, "Go.", True) for item in POOL}
    other = {item.id: again.build(item, "Go.", True) for item in reversed(POOL)}
    assert one == other


@pytest.mark.parametrize("choice", CHOICES)
def test_fewer_examples_are_the_first_of_more(choice):
    for shots in range(6):
        few = ids(POOL[4], choice=choice, examples=BY_HAND, shots=shots)
        assert len(few) == shots
        assert few == ids(POOL[4], choice=choice, examples=BY_HAND, shots=5)[:shots]
        assert few == ids(POOL[4], choice=choice, examples=BY_HAND, shots=5, fewer=shots)


@pytest.mark.parametrize("choice", ["random", "balanced"])
def test_draws_differ_between_items_and_seeds(choice):
    assert len({tuple(ids(item, choice=choice)) for item in POOL}) > 20
    assert len({tuple(ids(ASKED, choice=choice, seed=seed)) for seed in range(20)}) > 15


def test_random_draws_each_example_about_as_often_as_any_other():
    counts = Counter(one for seed in range(600) for one in ids(ASKED, seed=seed))
    assert set(counts) == {item.id for item in POOL}
    assert all(60 < count < 145 for count in counts.values())  # 100 on average, 4.5 standard deviations


@pytest.mark.parametrize("shots", range(1, 13))
def test_balanced_shows_each_label_as_often_give_or_take_one(shots):
    pool = moods(60, ("a", "b", "c", "d"))
    label = {item.id: item.answer for item in pool}
    for item in pool:
        counts = Counter(label[one] for one in ids(item, pool, shots, shots=12, choice="balanced"))
        assert sum(counts.values()) == shots
        assert max(counts.values()) - min(counts[x] for x in "abcd") <= 1


def test_balanced_goes_on_with_the_others_where_a_label_is_used_up():
    pool = (*moods(20, ("a",)), Item("b", "Rare?", "b"))
    assert len(ids(ASKED, pool, shots=8, choice="balanced")) == 8
    assert "b" in ids(ASKED, pool, shots=2, choice="balanced")


def test_nearest_and_its_order():
    assert ids(POOL[10], choice="nearest") == ["s9", "s11", "s8", "s12"]
    assert ids(POOL[10], choice="nearest", order="nearest last") == ["s12", "s8", "s11", "s9"]
    assert ids(POOL[10], choice="hand", examples=BY_HAND, order="nearest last") == ["s1", "s3", "s7", "s9"]


def test_shuffling_changes_the_order_alone():
    chosen = ids(ASKED, choice="nearest")
    orders = {tuple(ids(ASKED, choice="nearest", order="shuffled", order_seed=seed)) for seed in range(20)}
    assert len(orders) > 5 and all(sorted(order) == sorted(chosen) for order in orders)


def test_questions_are_prepared_where_nearness_matters():
    for given, expected in (({"choice": "nearest"}, 24), ({"order": "nearest last"}, 24), ({}, 0)):
        near = ByNumber(POOL)
        Builder(PromptSpec(shots=1, **given), POOL, near).prepare(POOL)
        assert len(near.prepared) == expected


def test_only_examples_with_a_worked_solution_where_they_are_to_show_one():
    pool = tuple(replace(item, rationale="") if i % 2 else item for i, item in enumerate(POOL))
    spec = PromptSpec(shots=3, choice="first")
    assert [one.id for one in Builder(spec, pool).examples(ASKED, True)] == ["s0", "s2", "s4"]
    assert [one.id for one in Builder(spec, pool).examples(ASKED, False)] == ["s0", "s1", "s2"]
    with pytest.raises(SpecError, match="worked solutions"):
        Builder(spec, moods(8)).examples(ASKED, True)


def test_rationales_as_the_spec_has_it():
    def response(asked, **given):
        return Builder(PromptSpec(shots=1, choice="first", **given), POOL).examples(ASKED, asked)[0].response

    assert response(False, rationales="always") == "First 0 + 5 = 5. The answer is 5."
    assert response(True, rationales="never") == response(False) == "The answer is 5."
    assert response(True, answer_form="#### {answer}") == "First 0 + 5 = 5. #### 5"


def test_answers_that_are_not_true_come_without_what_would_tell_the_true_one():
    builder = Builder(PromptSpec(shots=8, labels="shuffled"), POOL)
    for example in builder.examples(ASKED, True):
        assert example.response == f"The answer is {example.label}." and example.label != example.true
    flipped = Builder(PromptSpec(shots=8, labels="flipped"), moods(30)).examples(ASKED, True)
    assert all({one.label, one.true} == {"glad", "sad"} for one in flipped)


def test_labels_change_nothing_but_labels():
    def questions(labels):
        return [
            one.question
            for one in Builder(PromptSpec(shots=8, labels=labels), moods(30)).examples(ASKED, False)
        ]

    assert questions("true") == questions("shuffled") == questions("flipped")


@pytest.mark.parametrize(
    ("rationale", "answer", "left"),
    [
        ("First 1 + 1 = 2. The answer is 2.", "2", "First 1 + 1 = 2."),
        ("It rains. So the answer is (B).", "B", "It rains."),
        ("He has 1.\nHe gets 1.\n#### 2", "2", "He has 1.\nHe gets 1."),
        ("The answer is 2.", "2", ""),
        ("The answer is 12.", "2", "The answer is 12."),
        ("The answer is not 2, it is 3.", "3", "The answer is not 2, it is 3."),
        ("Also the answer is a.b*.", "a.b*", "Also"),
        ("", "2", ""),
    ],
)
def test_the_conclusion_of_a_worked_solution_is_told_once(rationale, answer, left):
    assert without_conclusion(rationale, answer) == left


def test_a_solution_of_several_lines_gets_its_answer_on_one_of_its_own():
    item = Item("g", "How many?", "2", rationale="He has 1.\nHe gets 1.\n#### 2")
    (example,) = Builder(PromptSpec(shots=1), (item,)).examples(ASKED, True)
    assert example.response == "He has 1.\nHe gets 1.\nThe answer is 2."


def test_these_modules_load_nothing_heavy():
    names = "spec builder shown"
    code = (
        "import sys\n"
        f"for name in {names.split()!r}: __import__('pipelines.prompting.prompt.' + name)\n"
        "assert not {'torch', 'transformers', 'numpy', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
