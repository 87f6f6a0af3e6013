"""An example to clean: real documents with the faults of collected text put among them. Pure and seeded.

What was put in is known, so that one can see whether each step finds it. Standard library only.
"""

import random
from collections.abc import Sequence

from pipelines.training.curation.words import words

_MENU = "Home\nNews\nShop\nBasket (0)\nSign in\n\nHome\nNews\nShop\nBasket (0)\nSign in\n\nTop"
_MARKUP = '<div class="row"><a href="#">[+]</a> {{ link }} </div> <br/> ### *** ||| ~~~ <td></td> $$ ^^ @@'
_GERMAN = (
    "Am Morgen ging die Füchsin über die Brücke und sah im Wasser den Himmel. „Da unten wohnt noch eine“, "
    "sagte sie, „und sie hat heute auch noch nichts gegessen.“ Dann lief sie weiter in den Wald, denn der "
    "Wind roch nach Schnee, und zu Hause warteten die Jungen."
)
_FRENCH = (
    "Le boulanger ouvrit la porte avant le lever du jour. Il posa les pains encore chauds sur la table, "
    "compta les pièces de la veille et se demanda pourquoi le chat ne venait plus. Quand la cloche sonna, il "
    "comprit que c'était dimanche."
)
_SWAPS = ("quietly", "suddenly", "yesterday", "again", "slowly")


def messy(texts: Sequence[str], faults: int = 12, seed: int = 0) -> list[str]:
    """The texts with ``faults`` pieces of each kind among them, shuffled: exact copies, near copies, stray
    lines, menus, tables of numbers, markup, texts that turn in circles, and two other languages.

    Raises ValueError for no texts.
    """
    if not texts:
        raise ValueError("messy needs at least one text")
    rng = random.Random(seed)
    makers = (_copy, _near_copy, _stray, _menu, _table, _markup, _circle, _foreign)
    made = [maker(rng.choice(texts), rng) for maker in makers for _ in range(faults)]
    mixed = [*texts, *made]
    rng.shuffle(mixed)
    return mixed


def _copy(text: str, _: random.Random) -> str:
    return text.upper()


def _near_copy(text: str, rng: random.Random) -> str:
    """One word in about eighty is another."""
    found = text.split(" ")
    for place in rng.sample(range(len(found)), max(1, len(found) // 80)):
        found[place] = rng.choice(_SWAPS)
    return " ".join(found)


def _stray(text: str, _: random.Random) -> str:
    return " ".join(text.split()[:4])


def _menu(_: str, rng: random.Random) -> str:
    return f"Page {rng.randint(1, 999)}\n{_MENU}"


def _table(_: str, rng: random.Random) -> str:
    return "\n".join(
        f"No {rng.randint(1, 99)}: {rng.random():.5f} of {rng.randint(10, 10**6)}" for _ in range(8)
    )


def _markup(text: str, rng: random.Random) -> str:
    return f"{_MARKUP} {' '.join(words(text)[:5])} {_MARKUP} {rng.randint(0, 9)}"


def _circle(text: str, rng: random.Random) -> str:
    start = " ".join(text.split()[: rng.randint(8, 12)])
    return " ".join([start] * 12) + "."


def _foreign(_: str, rng: random.Random) -> str:
    sentences = rng.choice((_GERMAN, _FRENCH)).split(". ")
    rng.shuffle(sentences)
    return ". ".join(sentences)
