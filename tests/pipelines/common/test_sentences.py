"""Where sentences end, in several languages; and that nothing is lost on any text."""

import doctest
import random

import pytest

from pipelines.common import sentences
from pipelines.common.sentences import sentences_of

CASES = {
    "plain": ["One is here.", "Two is there!", "Is this three?"],
    "titles": ["Dr. Grey met Mrs. Dalloway.", "Prof. Higgins did not."],
    "a title's letters in a word": ["It took an hr. more.", "The rev. counter broke."],
    "initials": ["J. K. Rowling and J.-P. Sartre never met.", "George W. Bush did."],
    "initials end too": ["She joined the U.S. Army.", "He left the U.S.", "The end."],
    "one letter": ["This is plan B.", "The next is plan C.", "It works."],
    "numbers": ["It costs $3.50 or 1.000,5 a piece.", "Version 2.0.1 is out."],
    "numbered": ["See Fig. 3 and p. 12 of vol. 2.", "No. 5 lives.", "No.", "I will not."],
    "a year": ["It was in 1990.", "The war was over."],
    "abbreviations": [
        "Fruits, e.g. apples, i.e. this one.",
        "He saw it (cf. Smith et al. 2018).",
        "So it is.",
    ],
    "may end": ["They sell pens, ink, etc.", "We do not.", "Ask Apple Inc.", "They know."],
    "going on": ["“Really?” she asked.", "Wait... what was that?", "Yahoo! is a firm."],
    "quotes": ['He said "no."', "Then he left.", "“Go!”", "(It rained.)", "«Oui.»", "Elle sort."],
    "runs": ["What?!", "No…", "Well..."],
    "addresses": ["Read https://a.org/b.html or write a.b@c.org.", "Node.js is fine."],
    "sources": ["It rose.[1]", "It fell.[2][13]", "It rose again. [4]", "Done."],
    "German": ["Am 3. Mai kam z.B. Hr. Meier.", "Im 19. Jahrhundert nicht.", "Das war 1815.", "Gut."],
    "Spanish": ["¿Vienes, Sra. García?", "¡Claro!", "Hasta luego."],
    "Arabic": ["هل أنت هنا؟", "نعم."],
}
RUN_ON = {
    "Chinese": ["你好。", "你是谁？", "“走吧！”", "他走了。"],
    "Japanese": ["「行くの？」と言った。", "「はい。」", "雨だ！"],
    "Hindi": ["नमस्ते।", "आप कैसे हैं।"],
}


@pytest.mark.parametrize("name", CASES)
def test_with_spaces_between(name):
    assert split(" ".join(CASES[name])) == CASES[name]


@pytest.mark.parametrize("name", RUN_ON)
def test_without_spaces_between(name):
    assert split("".join(RUN_ON[name])) == RUN_ON[name]


def test_a_broken_line_goes_on_and_an_empty_one_ends():
    assert split("one two\nthree\n\nfour\n \nfive") == ["one two\nthree", "four", "five"]


def test_items_of_a_list_stand_alone():
    text = "Buy:\n- milk\n- two eggs. Fresh.\n1. First. 2. Second.\n10) Tenth"
    wanted = ["Buy:", "- milk", "- two eggs.", "Fresh.", "1. First.", "2. Second.", "10) Tenth"]
    assert split(text) == wanted


def test_a_heading_stands_alone():
    assert split("# Of 3. and more\nText goes\non.\n## Next") == [
        "# Of 3. and more",
        "Text goes\non.",
        "## Next",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n"])
def test_nothing(text):
    assert sentences_of(text) == []


def test_every_character_is_in_one_sentence_and_spaces_at_no_end():
    rng = random.Random(5)
    parts = [
        ".",
        "!",
        "?",
        "…",
        "。",
        "」",
        '"',
        ")",
        "[1]",
        " ",
        " ",
        "\n",
        "\n\n",
        "#",
        "-",
        "1",
        "Mr",
        "a",
        "B",
        "犬",
        "と",
    ]
    for _ in range(400):
        text = "".join(rng.choices(parts, k=rng.randint(1, 60)))
        spans = sentences_of(text)
        ends = [place for span in spans for place in span]
        assert ends == sorted(ends) and all(text[a:b] and text[a:b] == text[a:b].strip() for a, b in spans)
        left = set(range(len(text))) - {place for a, b in spans for place in range(a, b)}
        assert all(text[place].isspace() for place in left), text


@pytest.mark.parametrize(
    "part", [".", ". ", "1. ", " 1", '."', ". (", "[1]", "\n \t", "#", " #\n", "a. ", "A.", "。」"]
)
def test_time_grows_with_the_length(part):
    """Text made to be slow: what grew with the square would take minutes here."""
    sentences_of(part * 100_000)


def test_examples():
    assert doctest.testmod(sentences).failed == 0


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences_of(text)]
