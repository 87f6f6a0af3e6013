"""The rows of instructions: what is asked is answered by what is given."""

import random
import re
from collections import Counter

from assets.recipes.instruct.arithmetic import DIRECTLY, STEP_BY_STEP, drills, pairs
from assets.recipes.instruct.evaluate import is_right, problems
from assets.recipes.instruct.instructions import MOST, SYSTEMS, chosen, with_systems
from assets.recipes.instruct.passage_rows import Passages
from assets.recipes.instruct.rows import Row, sentences
from assets.recipes.instruct.sentence_rows import Sentences
from assets.recipes.instruct.story_rows import Stories
from pipelines.prompting.tasks.words import NAMES
from pipelines.training.overlap import Held

STORY = (
    "Once upon a time, there was a little girl named Lily. Lily went to the park. She saw a big dog and a"
    ' cat. The dog was happy. "Come and play with me," said Lily. They ran to the tree. Then they went home.'
)


def test_direct_and_step_by_step_are_of_the_same_problems():
    for stepwise, direct in pairs(1, 200):
        assert (stepwise.skill, direct.skill) == ("step by step", "direct")
        end = stepwise.turns[1].split(" The answer")[1]
        assert direct.turns[1] == f"The answer{end}" and stepwise.turns[1].startswith("First ")
        shared = set(stepwise.turns[0].split()) & set(direct.turns[0].split())
        assert len(shared) >= 8


def test_an_instruction_or_examples_say_which():
    for stepwise, direct in pairs(2, 200):
        if "Q: " in stepwise.turns[0]:
            assert "First" in stepwise.turns[0] and "First" not in direct.turns[0]
        else:
            assert any(i in stepwise.turns[0] for i in STEP_BY_STEP)
            assert any(i in direct.turns[0] for i in DIRECTLY)


def test_held_out_pairs_have_held_out_names():
    names = {name for name, _ in NAMES[True]}
    for row in (row for both in pairs(1, 50, held_out=True) for row in both):
        assert names & set(re.findall(r"[A-Z][a-z]+", row.turns[0]))


def test_drills_are_right():
    for row in drills(1, 50):
        for asked, given in zip(row.turns[0].split(", "), row.turns[1].split(". "), strict=True):
            left, right = given.rstrip(".").split(" = ")
            assert left == asked and eval(left.replace("x", "*").replace("/", "//")) == int(right)


def test_sentences_keep_speech_whole():
    assert sentences('He said, "Stop! Now." She ran.') == ['He said, "Stop!', 'Now."', "She ran."]
    assert sentences("One.\nTwo? Three") == ["One.", "Two?", "Three"]


def test_rows_of_a_story():
    made = [row for seed in range(20) for row in Stories([STORY], seed).rows(STORY)]
    for row in made:
        prompt, answer = row.turns
        if row.skill == "continue":
            assert STORY.endswith(answer) and STORY.split(answer)[0].strip() in prompt
        else:
            assert answer == STORY and "a girl" in prompt
    assert {row.skill for row in made} == {"continue", "tell about"}


def test_rows_of_a_passage():
    found = [row for seed in range(30) for row in Passages(seed).rows(STORY)]
    answers = {row.turns[1] for row in found}
    assert answers >= {"Lily", "dog, cat", '"Come and play with me,"', "The girl is called Lily."}
    assert {row.skill for row in found} == {"answer", "extract"}


def test_a_persons_question_comes_with_its_passage():
    section = "The sun went down. " + "The wind blew. " * 40 + "The full moon rose over the hill."
    row = Passages(1).written("What rose?", "the full moon", section)
    assert "The full moon rose" in row.turns[0] and row.turns[1] == "The full moon."
    assert Passages(1).written("What rose?", "an elephant", section) is None
    assert Passages(1).unanswered("What rose?", section).turns[1] == "The text does not say."


def test_rewriting():
    found = [row for seed in range(20) for row in Sentences(seed).rewritten("Tom was happy.")]
    by_answer = Counter(row.turns[1] for row in found)
    assert {"Tom was sad.", "Tom is happy.", "Was Tom happy?", "Tom was happy."} <= set(by_answer)
    renamed = next(
        row
        for row in found
        if "Tom" in row.turns[0] and row.turns[1].endswith("was happy.") and "Tom" not in row.turns[1]
    )
    assert renamed.turns[1].split()[0] in renamed.turns[0]


def test_classifying_hides_the_last_label_only():
    row = Sentences(1).classified(
        [("a fine film", "positive"), ("a dull film", "negative"), ("so good", "positive")]
    )
    before, after = row.turns[0].split("so good")
    assert row.turns[1] in ("positive", "good", "happy")
    assert row.turns[1] in before.split("a fine film")[1] and row.turns[1] not in after


def test_what_is_held_out_or_twice_is_left_out():
    counts: Counter = Counter()
    one, two = Row("rewrite", ("a b c d", "x")), Row("rewrite", ("e f", "y"))
    assert chosen([one, two, two], Held(["a b c d"], size=4), counts) == [two]
    assert counts == {"left out: rewrite": 1}
    many = [Row("general", (str(i), "x")) for i in range(MOST["general"] + 5)]
    assert len(chosen(many, Held([]), counts)) == MOST["general"]


def test_some_rows_have_a_system_message():
    found = with_systems([Row("rewrite", (str(i), "x")) for i in range(2000)])
    share = sum(bool(row.system) for row in found) / len(found)
    assert 0.02 < share < 0.1 and {row.system for row in found} == {"", *SYSTEMS}
    told = next(row for row in found if row.system).to_json()["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant"]


def test_the_evaluation_reads_the_answer():
    asked = problems(True, 20)
    assert [len(p.sums) for p in asked] == [2, 3] * 10 and asked == problems(True, 20)
    rng = random.Random(1)
    for problem in asked:
        assert is_right(problem, problem.worked) and is_right(problem, problem.direct)
        assert not is_right(problem, f"The answer is {problem.answer + rng.choice((1, 10))}.")
        assert not is_right(problem, str(problem.answer))
