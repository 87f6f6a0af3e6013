"""The words of the problems: names, objects and sentences. Standard library only.

``NAMES`` and ``OBJECTS`` are keyed by *held out*: the two lists of each have nothing in common.
"""

import random
from dataclasses import dataclass

_HE = """Tom Tim Ben Max Sam Jack Bob Billy Fred Mark Joe Leo Jake Pete Dan Adam Alex Andy Charlie David Eric
    Frank George Harry Henry Jim John Josh Kevin Luke Matt Mike Nick Noah Oscar Paul Peter Ray Rob Roger
    Simon Steve Ted Toby Tony Will Zack Hugo Ivan Omar Ravi Kofi Juan Pablo Hans Lars Marco Pierre Yusuf
    Chen Jin Amir Ali"""
_SHE = """Lily Mia Anna Sue Lucy Sara Emma Amy Jane Kate Ella Molly Daisy Rose Ruby Sally Jenny Betty Mary
    Jill Beth Bella Chloe Clara Dora Ellie Eva Fiona Grace Hannah Helen Holly Ivy Jasmine Julia Kim
    Laura Lisa Lola Maya Megan Nina Nora Olga Penny Polly Rachel Sandy Sophie Tara Tina Wendy Zoe Aisha
    Ines Leila Mei Priya Rosa Yara"""
_HELD_HE = "Oliver Jacob Ryan Kenny Dylan Felix Victor Arthur Boris Diego Hassan Kenji Samir Tariq Walter"
_HELD_SHE = "Abby Cindy Alice Nancy Violet Gina Mandy Olivia Carmen Fatima Greta Hana Ingrid Lena Salma"

_THINGS = """apples balls books cards cars shells stones flowers cookies candies stickers toys blocks
    eggs pears cakes coins pens pencils buttons beads feathers leaves berries nuts carrots fish
    balloons stars rocks hats ribbons kites bananas cups spoons dolls rings sticks plums grapes
    cherries lemons potatoes tomatoes muffins pies sweets crayons stamps keys bells bottles
    candles sandwiches seeds acorns bugs butterflies puzzles marbles magnets tickets badges
    bricks socks letters"""
_HELD_THINGS = """oranges peaches strawberries biscuits lollipops pebbles pinecones whistles bracelets tulips
    mushrooms turnips robots planes mugs erasers postcards dice roses walnuts"""
_HOLDERS = "bags boxes baskets jars piles bowls rows packs"


def _named(he: str, she: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, pronoun) for names, pronoun in ((he, "he"), (she, "she")) for name in names.split())


NAMES = {False: _named(_HE, _SHE), True: _named(_HELD_HE, _HELD_SHE)}
OBJECTS = {False: tuple(_THINGS.split()), True: tuple(_HELD_THINGS.split())}
_GROUPS = tuple(_HOLDERS.split())

_HAS = (
    "{Name} has {n} {obj}.",
    "{Name} had {n} {obj}.",
    "There are {n} {obj} in {Name}'s room.",
    "{Name} starts with {n} {obj}.",
    "{Name} puts {n} {obj} on the table.",
)
_GROUPED = (
    "{Name} has {n} {group} with {m} {obj} in each.",
    "{Name} has {n} {group} of {m} {obj} each.",
    "{Name} fills {n} {group} with {m} {obj} each.",
    "There are {n} {group}. Each has {m} of {Name}'s {obj}.",
)

_EVENTS = {
    "get": (
        "{Who} finds {n} more {obj}.",
        "{Who} buys {n} more.",
        "{Who} gets {n} more {obj}.",
        "{Who} gets {n} {obj} from {Friend}.",
        "{Friend} gives {whom} {n} {obj}.",
        "{Who} picks up {n} more.",
        "{His} mom gives {whom} {n} more.",
    ),
    "give": (
        "{Who} gives {n} {obj} to {Friend}.",
        "{Who} loses {n} {obj}.",
        "{Who} gives away {n} of them.",
        "{Who} drops {n} {obj} and they are gone.",
        "{Friend} takes {n} of them.",
        "{Who} sells {n} {obj}.",
        "{Who} gives {Friend} {n} of the {obj}.",
    ),
    "double": (
        "{Who} doubles {his} {obj}.",
        "A fairy doubles {his} {obj}.",
        "{Who} makes it twice as many.",
        "{Friend} gives {whom} as many as {who} has.",
        "The number of {obj} doubles.",
    ),
    "half": (
        "{Who} gives half of them to {Friend}.",
        "{Who} loses half of {his} {obj}.",
        "{Who} gives away half of the {obj}.",
        "{Friend} takes half of them.",
        "{Who} keeps only half of them.",
    ),
    "more": ("{Friend} has {n} more {obj} than {Name}.", "{Friend} has {n} more than {Name}."),
    "fewer": (
        "{Friend} has {n} fewer {obj} than {Name}.",
        "{Friend} has {n} fewer than {Name}.",
        "{Friend} has {n} less than {Name}.",
    ),
    "twice": ("{Friend} has twice as many {obj} as {Name}.", "{Friend} has two times as many as {Name}."),
}

_QUESTIONS = {
    "count": (
        "How many {obj} does {Name} have now?",
        "How many {obj} are there now?",
        "How many {obj} does {Name} have in the end?",
        "How many {obj} are left in the end?",
    ),
    "other": ("How many {obj} does {Friend} have?", "How many does {Friend} have?"),
    "together": (
        "How many {obj} do they have together?",
        "How many {obj} do {Name} and {Friend} have in all?",
        "How many {obj} do the two have?",
    ),
    "share": (
        "{Who} shares them equally among {n} friends. How many does each friend get?",
        "{Who} puts them equally into {n} boxes. How many {obj} are in each box?",
        "{n} children share them equally. How many {obj} does each child get?",
    ),
    "sell": (
        "{Who} sells each for {n} coins. How many coins does {who} get?",
        "Each costs {n} coins. How many coins do all of them cost?",
        "{Who} sells all of them for {n} coins each. How many coins does {who} get?",
    ),
    "want": (
        "{Who} wants {n} {obj}. How many more does {who} need?",
        "{Who} needs {n} {obj} in all. How many more must {who} get?",
    ),
}

_LINKS = ("", "", "", "Then ", "After that ", "Later ", "Next ")
_PRONOUNS = {"he": ("his", "him"), "she": ("her", "her")}


@dataclass(frozen=True)
class Words:
    """Turns structures with numbers into sentences."""

    rng: random.Random
    names: tuple[tuple[str, str], ...]
    objects: tuple[str, ...]

    def text(self, structure: tuple[str, ...], numbers: tuple[int, ...]) -> str:
        """The problem's sentences; ``numbers`` in the order in which they are told."""
        (name, who), (friend, _) = self.rng.sample(self.names, 2)
        his, whom = _PRONOUNS[who]
        fixed = {
            "Name": name,
            "Friend": friend,
            "obj": self.rng.choice(self.objects),
            "his": his,
            "whom": whom,
            "who": who,
            "His": his.title(),
            "group": self.rng.choice(_GROUPS),
        }
        left = list(numbers)
        sentences = []
        for place, part in enumerate(structure):
            frame = self.rng.choice(self._frames(part))
            told = {letter: left.pop(0) for letter in ("n", "m") if f"{{{letter}}}" in frame}
            link = (
                self.rng.choice(_LINKS) if part in _EVENTS and part not in ("more", "fewer", "twice") else ""
            )
            subject = self.rng.choice((who.title(), name)) if place else name
            sentences.append(_linked(link, frame, subject, fixed | told))
        return " ".join(sentences)

    def _frames(self, part: str) -> tuple[str, ...]:
        return {"has": _HAS, "groups": _GROUPED, **_EVENTS, **_QUESTIONS}[part]


def _linked(link: str, frame: str, subject: str, fixed: dict) -> str:
    """The sentence after its link word: ``Then he finds 5 more.``"""
    if link:
        subject = subject.lower() if subject in ("He", "She") else subject
        frame = frame.replace("{His}", "{his}")
        frame = frame[0].lower() + frame[1:] if frame[0] != "{" else frame
    return link + frame.format(Who=subject, **fixed)
