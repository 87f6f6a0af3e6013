"""Questions by a model that is a function: what it says is checked against its passage."""

import pytest

from pipelines.rag.measuring.generating import Source
from pipelines.rag.measuring.prompted import asked, written

TEXT = "Nuclear cats sleep all day. The  Tower was built\nin 1889 by Gustave Eiffel. It is tall."
SOURCE = Source("tower.txt", 1000, TEXT)


def said(question, answer):
    return f"Sure!\nQuestion: {question}\nAnswer: {answer}\n"


def test_the_gold_is_the_sentence_with_the_answer():
    one = asked(said("When was the Tower built?", "1889"), SOURCE)
    (gold,) = one.gold
    assert gold.text == "The  Tower was built\nin 1889 by Gustave Eiffel." and TEXT[
        gold.start - 1000 :
    ].startswith(gold.text)
    assert (one.answers, one.origin) == (("1889",), "model")


def test_an_answer_across_a_line_break_keeps_the_words_of_the_passage():
    one = asked(said("What happened to it in 1889?", "was BUILT in"), SOURCE)
    assert one.answers == ("was built\nin",)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "When was it built? 1889",
        said("When was the Tower built", "1889"),
        said("When was the Tower built?", "1888"),
        said("Was the Tower built in 1889?", "1889"),
        said("Why?", "1889"),
        said("When, says this passage, was the Tower built?", "1889"),
        said("What is half a character?", "\ud800"),
        said("x " * 60 + "?", "1889"),
    ],
)
def test_what_cannot_be_used_is_left_out(reply):
    assert asked(reply, SOURCE) is None


def test_as_many_as_are_wanted_of_three_times_as_many_chunks():
    sources = [Source("a.txt", 100 * i, f"The number of box {i} is {1000 + i}.") for i in range(40)]
    prompts = []

    def generate(prompt):
        prompts.append(prompt)
        box = prompt.split("box ")[1].split(" ")[0]
        return (
            said(f"What is the number of box {box}?", str(1000 + int(box))) if int(box) % 2 else "I cannot."
        )

    made = list(written(sources, 5, generate, seed=1))
    good = [one for one in made if one]
    assert len(prompts) == len(made) <= 15 and len(good) == 5 == len({one.text for one in good})


def test_a_model_that_repeats_itself_is_not_believed_twice():
    sources = [Source("a.txt", 0, TEXT)] * 9
    assert (
        sum(
            one is not None
            for one in written(sources, 3, lambda _: said("When was the Tower built?", "1889"))
        )
        == 1
    )
