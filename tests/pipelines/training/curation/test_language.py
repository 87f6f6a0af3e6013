"""Languages told offline."""

import pytest

from pipelines.training.curation.language import UNKNOWN, language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Once upon a time there was a little girl who lived near the forest with her mother.", "en"),
        ("Es war einmal ein kleines Mädchen, das mit seiner Mutter am Rande des Waldes wohnte.", "de"),
        ("Il était une fois une petite fille qui vivait avec sa mère au bord de la forêt.", "fr"),
        ("Жила-была маленькая девочка, которая жила со своей матерью на краю леса.", "ru"),
        ("昔々、森の近くに小さな女の子がお母さんと住んでいました。", "ja"),
    ],
)
def test_prose_is_told(text, code):
    assert language_of(text) == code


@pytest.mark.parametrize("text", ["", "12345", "*** --- ***", "hm"])
def test_a_guess_is_no_answer(text):
    assert language_of(text) == UNKNOWN
