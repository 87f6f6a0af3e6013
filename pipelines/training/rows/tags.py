"""Tags of words in one scheme: BIO. Standard library only."""

from collections.abc import Iterable

_BEGINS, _INSIDE, _ENDS = "BSU", "IMEL", "SUEL"


def to_bio(tags: Iterable[str]) -> tuple[str, ...]:
    """BIO from BIO, IO, IOB1, BIOES or BILOU, or from bare names of classes: what continues nothing begins.

    >>> to_bio(["I-PER", "I-PER", "O", "I-LOC", "B-LOC", "S-ORG", "ORG", "ORG"])
    ('B-PER', 'I-PER', 'O', 'B-LOC', 'B-LOC', 'B-ORG', 'B-ORG', 'I-ORG')
    """
    made, going_on = [], ""  # the class of the entity that the next word may continue
    for tag in tags:
        letter, name = parted(tag)
        begins = letter in _BEGINS or name != going_on
        made.append(f"{'B' if begins else 'I'}-{name}" if name else "O")
        going_on = "" if letter in _ENDS else name
    return tuple(made)


def parted(tag: str) -> tuple[str, str]:
    """(the letter of its scheme, the entity's class, empty outside of any). A bare class counts as inside.

    >>> parted("E-LOC"), parted("person-actor"), parted("O")
    (('E', 'LOC'), ('I', 'person-actor'), ('I', ''))
    """
    letter, dash, name = tag.partition("-")
    if dash and name and len(letter) == 1 and letter in _BEGINS + _INSIDE:
        return letter, name
    return "I", "" if tag == "O" else tag
