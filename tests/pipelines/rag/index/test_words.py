"""A text's words, language by language."""

import pytest
from bm25s import stopwords

from pipelines.core.errors import SpecError
from pipelines.rag.index.words import Analyser, analyser
from pipelines.rag.specs import LANGUAGES

SAYS_LITTLE = {
    "english": "the and what",
    "french": "le et dans",
    "german": "der und nicht",
    "spanish": "el y para",
    "italian": "il e nella",
    "portuguese": "o e para",
    "dutch": "de en niet",
    "swedish": "och att inte",
    "danish": "og det ikke",
    "norwegian": "og det ikke",
    "russian": "и не что",
}
SAME_STEM = {
    "english": "running runs run",
    "french": "chanteuse chanteuses",
    "german": "Häuser Häusern",
    "spanish": "gatos gato",
    "italian": "bambini bambino",
    "portuguese": "meninos menino",
    "dutch": "boeken boek",
    "swedish": "flickor flickorna",
    "danish": "pigerne piger",
    "norwegian": "guttene gutter",
    "finnish": "talossa taloissa",
    "russian": "книги книга",
}


@pytest.mark.parametrize("language", sorted(SAYS_LITTLE))
def test_words_that_say_little_are_left_out(language):
    assert analyser(language).words(SAYS_LITTLE[language]) == []
    assert analyser("none").words(SAYS_LITTLE[language]) == SAYS_LITTLE[language].split()


@pytest.mark.parametrize("language", sorted(SAME_STEM))
def test_endings_are_left_off(language):
    assert len(set(analyser(language).words(SAME_STEM[language]))) == 1
    assert len(set(analyser("none").words(SAME_STEM[language]))) == len(SAME_STEM[language].split())


def test_every_language_is_there():
    assert set(SAME_STEM) == set(LANGUAGES) - {"none"}
    for language in LANGUAGES:
        assert analyser(language).words("42 B2B") == ["42", "b2b"]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("", "english", []),
        ("?! — …", "english", []),
        ("The FOX’s cubs, the fox's cub", "english", ["fox", "cub", "fox", "cub"]),
        ("L’amore e l'aria", "italian", ["amor", "ari"]),
        ("ﬁne ＡＢＣ café cafe\u0301", "none", ["fine", "abc", "café", "café"]),
        ("東京タワー2号", "none", ["東", "京", "タ", "ワ", "ー", "2", "号"]),
        ("snake_case x86-64 a.b", "none", ["snake_case", "x86", "64", "a", "b"]),
        ("🦀 <b>bold</b>", "none", ["b", "bold", "b"]),
        ("İstanbul", "none", ["i̇stanbul"]),
        ("half \ud83d way", "none", ["half", "way"]),
    ],
)
def test_words(text, language, words):
    assert analyser(language).words(text) == words


def test_a_language_that_there_is_not():
    with pytest.raises(SpecError, match=r"language accepts one of english, french.*none"):
        Analyser("klingon")


def test_the_lists_are_whole():
    assert len(stopwords.STOPWORDS_EN_PLUS) == 179  # another list would move what was measured
