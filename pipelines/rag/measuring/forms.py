"""Sentences whose form says a question and its answer. Pure; English, as its patterns are.

A form is a pattern of a sentence, a question, and which part of the sentence answers it. It wants to be sure
rather than to find much: who "he" is, a question cannot say.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_THING = r"(?P<x>[A-Z][\w’'./+-]*(?: [\w’'./+()-]+){0,6}?)"  # a subject at the beginning of a sentence
_ASIDE = r"(?:, [^,.;]{3,60},)?"  # what else it is called
_NAME = r"(?P<y>[A-Z][\w’'.-]+(?:,? (?:and |of |van |von |de |the )?(?:[A-Z][\w’'.-]+|others))*)"
_YEAR = r"(?P<year>(?:1[0-9]|20)\d\d)"
_DONE = (
    r"(?P<done>proposed|introduced|published|developed|invented|described|discovered|founded|written|created|"
    r"built|designed|painted|composed|coined|made|directed|launched|named)"
)
_END = r"(?=[.,;:!]|$)"
_NUMBER = (
    r"(?P<n>\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|fifty|a hundred)"
    r"(?: (?P<scale>thousand|million|billion|trillion))?"
)
_HEROES = "girl|boy|cat|dog|bird|rabbit|bear|fish|fox|lion|mouse|frog|man|woman|king|queen|princess|prince"
_ROUGHLY = r"(?:at most |at least |about |only |nearly |around |up to |more than )?"
_UNSURE_WORDS = """it its this that these those they their he his she her we our i my you your there here
    one some both such another other others each many most all what who which when where if while as in on at
    by for from with after before because since although but and or so then thus also however today"""
_UNSURE = frozenset(_UNSURE_WORDS.split())
# Words that point to something else in the text: what they are about, the sentence alone does not say.
_POINTING_WORDS = "first second third last next same other early late elsewhere otherwise below above"
_POINTING = frozenset(_POINTING_WORDS.split())
_PAST = {"written": "wrote"}  # the others are the same as the past tense
_EMPTY = re.compile(
    r"^(?:an?|the) (?:same|main|further|right|wrong|other|only|first|second|last|next|better|best|good)\b"
)


@dataclass(frozen=True)
class Made:
    """``answer`` stands in the sentence as it is."""

    question: str
    answer: str


@dataclass(frozen=True)
class _Form:
    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], tuple[str, str]]


def made_of(sentence: str, common: Collection[str] = ()) -> Iterator[Made]:
    """Every question that the sentence answers by its form; single spaces between its words. ``common`` are
    words that also occur in small letters: at the beginning of a sentence alone they are no names.

    >>> for one in made_of("RoPE was proposed by Jianlin Su and others in 2021."):
    ...     print(one.question, one.answer)
    Who proposed RoPE? Jianlin Su and others
    When was RoPE proposed? 2021
    """
    for form in _FORMS:
        found = form.pattern.search(sentence)
        if found is None or not _sure(found.groupdict().get("x")):
            continue
        question, answer = form.make(found)
        question, answer = _inside(question, found.groupdict().get("x"), common), answer.strip(" ,;:")
        if answer and answer.lower() not in question.lower() and not _EMPTY.match(answer):
            yield Made(question, answer)


def _sure(thing: str | None) -> bool:
    """Whether a question can name it: no pronoun, and no "The model" without saying which."""
    if thing is None:
        return True
    first, *rest = thing.lower().split()
    if first in _UNSURE or not _POINTING.isdisjoint((first, *rest)):
        return False
    return bool(rest[1:]) if first in ("the", "a", "an") else len(thing) > 2


def _inside(question: str, thing: str | None, common: Collection[str]) -> str:
    """With the thing as it stands within a sentence: an article or a common word in small letters."""
    first = (thing or "").partition(" ")[0]
    plain = first.lower() in common and first.istitle()  # LoRA stays what it is
    if first in ("The", "A", "An") or plain:
        return question.replace(f" {thing}", f" {thing[:1].lower()}{thing[1:]}", 1)
    return question


def _verb(thing: str) -> str:
    """Of one, or of several: "weights are", "loss is"."""
    last = thing.split()[-1]
    return "are" if last.endswith("s") and not last.endswith(("ss", "us", "is")) and last.islower() else "is"


def _who(found: re.Match[str]) -> tuple[str, str]:
    done = found["done"]
    return f"Who {_PAST.get(done, done)} {found['x']}?", found["y"]


def _when(found: re.Match[str]) -> tuple[str, str]:
    was = found["was"]
    return f"When {was} {found['x']} {found['done']}?", found["year"]


def _what(found: re.Match[str]) -> tuple[str, str]:
    if found["is"] == "are" and " " not in found["x"]:
        return "", ""  # "Signs are a …" says what they are here, not what signs are
    return f"What {found['is']} {found['x']}?", found["y"]


def _meaning(found: re.Match[str]) -> tuple[str, str]:
    return f"What does {found['x']} mean?", found["y"]


def _many(found: re.Match[str]) -> tuple[str, str]:
    number = found["n"] + (f" {found['scale']}" if found["scale"] else "")
    does = "do" if _verb(found["x"]) == "are" else "does"
    return f"How many {found['unit']} {does} {found['x']} have?", number


def _amount(found: re.Match[str]) -> tuple[str, str]:
    number = found["n"] + (f" {found['scale']}" if found["scale"] else "")
    return f"How many {found['unit']} does {found['x']} {found['does'].removesuffix('s')}?", number


def _fixed(question: str, answer: str) -> Callable[[re.Match[str]], tuple[str, str]]:
    return lambda found: (question.format(**found.groupdict()), found[answer])


_FORMS = tuple(
    _Form(re.compile(pattern), make)
    for pattern, make in (
        (rf"^{_THING}{_ASIDE} (?:was|were) (?:first )?{_DONE} by {_NAME}", _who),
        (rf"^{_THING}{_ASIDE} (?P<was>was|were) (?:first )?{_DONE}\b[^.;]*? in {_YEAR}\b", _when),
        (
            rf"^{_NAME} {_DONE} (?P<x>(?!it\b|them\b|how\b|that\b)[\w-]+(?: [\w-]+){{0,4}}?) in {_YEAR}\b",
            _who,
        ),
        (rf"^{_THING} (?P<is>is|are) (?P<y>(?:an?|the) [^.,;:()]{{6,140}}?){_END}", _what),
        (rf"^{_THING} means (?:that )?(?P<y>[^.;:()]{{8,160}}?)(?=[.;:!]|$)", _meaning),
        (rf"^{_THING} stands for (?P<y>[^.,;:()]{{4,120}}?){_END}", _fixed("What does {x} stand for?", "y")),
        (
            rf"^{_THING} (?:has|have|had) {_NUMBER} (?P<unit>[a-z]+(?: [a-z]+)?s){_END}",
            _many,
        ),
        (
            rf"^{_THING} (?P<does>reads|needs|takes|costs|uses|keeps) {_ROUGHLY}{_NUMBER} "
            rf"(?P<unit>[a-z]+(?: [a-z]+)?s)\b",
            _amount,
        ),
        (
            rf"\ban? (?:[a-z]+ )?(?P<who>{_HEROES}) (?:named|called) (?P<y>[A-Z][a-z]+)",
            _fixed("What is the name of the {who}?", "y"),
        ),
        (
            rf"^(?P<x>[A-Z][a-z]+) went to (?P<y>the [a-z]+(?: [a-z]+)?){_END}",
            _fixed("Where did {x} go?", "y"),
        ),
        (
            rf"^(?P<x>[A-Z][a-z]+) wanted to (?P<y>[a-z]+(?: [a-z]+){{0,5}}){_END}",
            _fixed("What did {x} want to do?", "y"),
        ),
        (
            r"[“\"](?P<said>[^“”\"]{12,120}?)[,.!?]?[”\"],? (?:said|asked|cried) (?P<y>(?:the )?[A-Za-z]+)\b",
            _fixed("Who said: “{said}”?", "y"),
        ),
    )
)
