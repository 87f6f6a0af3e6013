"""Write the minimal pairs that come with the app: two sentences in the words of children's stories that
differ in one point of grammar.

    python -m assets.recipes.benchmarks_pairs

Each paradigm is a template over short lists of words, drawn with a seed. Wherever the point allows it, what
is wrong in one pair is right in another, so that the commoner word alone decides nothing.
"""

import json
import random
from collections.abc import Callable, Iterator
from itertools import product

from pipelines.core.files import write_atomic
from pipelines.core.settings import REPOSITORY

FILE = REPOSITORY / "assets" / "benchmarks" / "minimal_pairs.jsonl"
EACH, SEED = 40, 1

Pairs = Iterator[tuple[str, str]]  # (right, wrong)
ANIMALS = ("dog", "cat", "bird", "frog", "rabbit", "bear", "duck", "horse")
THINGS = ("ball", "kite", "hat", "book", "cup", "toy")
GIRLS = ("Anna", "Lily", "Mia", "Sara", "The girl", "The queen")
BOYS = ("Tom", "Ben", "Max", "Sam", "The boy", "The king")
PLACES = ("in the garden", "near the house", "under the tree", "by the river")
VERBS = ("run", "sleep", "play", "sit")


def one_of(template: str, right: str, wrong: str) -> tuple[str, str]:
    return template.format(right), template.format(wrong)


def number_agreement() -> Pairs:
    for animal, verb, place in product(ANIMALS, VERBS, PLACES):
        yield one_of(f"The {animal} {{}} {place}.", f"{verb}s", verb)
        yield one_of(f"The {animal}s {{}} {place}.", verb, f"{verb}s")


def agreement_across() -> Pairs:
    """A noun of the other number stands between subject and verb."""
    for animal, thing, state in product(ANIMALS, THINGS, ("happy", "tired", "very small")):
        yield one_of(f"The {animal} with the {thing}s {{}} {state}.", "was", "were")
        yield one_of(f"The {animal}s with the {thing} {{}} {state}.", "were", "was")


def determiner_noun() -> Pairs:
    for name, thing, (one, more) in product((*GIRLS, *BOYS), THINGS, (("this", "these"), ("that", "those"))):
        yield one_of(f"{name} liked {{}} {thing} very much.", one, more)
        yield one_of(f"{name} liked {{}} {thing}s very much.", more, one)


def reflexive_gender() -> Pairs:
    for girl, boy, did in product(GIRLS, BOYS, ("hurt", "saw", "washed", "looked at")):
        yield one_of(f"{girl} {did} {{}}.", "herself", "himself")
        yield one_of(f"{boy} {did} {{}}.", "himself", "herself")


def reflexive_number() -> Pairs:
    for did, place in product(("hurt", "saw", "washed", "hid", "dried"), PLACES):
        yield one_of(f"The boy {did} {{}} {place}.", "himself", "themselves")
        yield one_of(f"The boys {did} {{}} {place}.", "themselves", "himself")
        yield one_of(f"The girl {did} {{}} {place}.", "herself", "themselves")
        yield one_of(f"The girls {did} {{}} {place}.", "themselves", "herself")


def pronoun_case() -> Pairs:
    for (does, object_), thing, name in product(
        (("He", "him"), ("She", "her"), ("They", "them")), THINGS, GIRLS
    ):
        yield one_of(f"{{}} gave the {thing} to {name.replace('The', 'the')}.", does, object_.capitalize())
        yield one_of(f"{name} gave the {thing} to {{}}.", object_, does.lower())


def participle() -> Pairs:
    """The past and the participle of the same verb, each where the other is right."""
    forms = (
        ("ate", "eaten", "bread"),
        ("took", "taken", "box"),
        ("saw", "seen", "moon"),
        ("broke", "broken", "cup"),
    )
    for (past, done, what), who in product(forms, (*GIRLS, *BOYS)):
        yield one_of(f"{who} had {{}} the {what}.", done, past)
        yield one_of(f"{who} {{}} the {what}.", past, done)


def verb_after_did() -> Pairs:
    forms = (("see", "saw"), ("find", "found"), ("take", "took"), ("want", "wanted"), ("catch", "caught"))
    for (bare, past), who, thing in product(forms, (*GIRLS, *BOYS), THINGS):
        yield one_of(f"{who} did not {{}} the {thing}.", bare, past)
        yield one_of(f"Then {who.replace('The', 'the')} {{}} the {thing}.", past, bare)


def infinitive() -> Pairs:
    forms = (("go", "went"), ("sing", "sang"), ("swim", "swam"), ("ride", "rode"), ("run", "ran"))
    for (bare, past), who, place in product(forms, (*GIRLS, *BOYS), PLACES):
        yield one_of(f"{who} wanted to {{}} {place}.", bare, past)
        yield one_of(f"{who} laughed and {{}} {place}.", past, bare)


def progressive() -> Pairs:
    forms = (("play", "playing"), ("sleep", "sleeping"), ("jump", "jumping"), ("sing", "singing"))
    for (bare, going), who, place in product(forms, ANIMALS, PLACES):
        yield one_of(f"The {who} was {{}} {place}.", going, bare)
        yield one_of(f"The {who} can {{}} {place}.", bare, going)


def adjective_order() -> Pairs:
    for who, (size, color), thing in product((*GIRLS, *BOYS), (("big", "red"), ("little", "blue")), THINGS):
        yield f"{who} had a {size} {color} {thing}.", f"{who} had a {thing} {size} {color}."


def question_order() -> Pairs:
    for word, animal, verb in product(("Where", "When", "Why"), ANIMALS, VERBS):
        yield one_of(f"{word} {{}} {verb}?", f"did the {animal}", f"the {animal} did")
        yield one_of(f"I know {word.lower()} {{}} {verb}.", f"the {animal} will", f"will the {animal}")


def article() -> Pairs:
    words = (
        ("an", "a", ("apple", "egg", "owl", "ant", "old hat")),
        ("a", "an", ("dog", "ball", "tree", "cup", "new hat")),
    )
    for who, (right, wrong, whats) in product((*GIRLS, *BOYS), words):
        for what in whats:
            yield one_of(f"{who} saw {{}} {what}.", right, wrong)


def many_much() -> Pairs:
    for who, some, few in product(
        (*GIRLS, *BOYS), ("water", "milk", "bread", "snow"), ("apples", "books", "toys", "eggs")
    ):
        yield one_of(f"{who} did not have {{}} {some}.", "much", "many")
        yield one_of(f"{who} did not have {{}} {few}.", "many", "much")


def ever() -> Pairs:
    """A word that needs a denial before it."""
    for place, what in product(PLACES, ("a whale", "a dragon", "the sea", "a castle", "a train")):
        yield one_of(f"{{}} {place} had ever seen {what}.", "Nobody", "Somebody")
        yield one_of(f"{{}} child {place} had ever seen {what}.", "No", "One")


def who_which() -> Pairs:
    for verb, place in product(("fell", "stood", "was lost", "came down", "lay"), PLACES):
        for person, thing in (("girl", "stone"), ("man", "leaf")):
            yield one_of(f"The {person} {{}} {verb} {place} was old.", "who", "which")
            yield one_of(f"The {thing} {{}} {verb} {place} was old.", "which", "who")


PARADIGMS: tuple[Callable[[], Pairs], ...] = (
    adjective_order,
    agreement_across,
    article,
    determiner_noun,
    ever,
    infinitive,
    many_much,
    number_agreement,
    participle,
    progressive,
    pronoun_case,
    question_order,
    reflexive_gender,
    reflexive_number,
    verb_after_did,
    who_which,
)


def drawn(paradigm: Callable[[], Pairs]) -> list[tuple[str, str]]:
    """Some of its pairs, none twice."""
    found = sorted(set(paradigm()))
    return random.Random(f"{SEED} {paradigm.__name__}").sample(found, EACH)


def lines() -> Iterator[str]:
    for paradigm in PARADIGMS:
        for good, bad in drawn(paradigm):
            yield json.dumps({"sentence_good": good, "sentence_bad": bad, "UID": paradigm.__name__}) + "\n"


if __name__ == "__main__":
    write_atomic(FILE, "".join(lines()))
