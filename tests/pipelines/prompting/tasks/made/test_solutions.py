"""Every answer found again from the question's words alone, in another way than the one that wrote it."""

import re
from datetime import date, timedelta
from itertools import combinations, permutations, product

import pytest

from pipelines.prompting.tasks.made.all import made

SEEDS = (1, 2)
MONTHS = [date(2001, month, 1).strftime("%B") for month in range(1, 13)]
DAYS = [date(2001, 1, day).strftime("%A") for day in range(1, 8)]  # a Monday and the six days after it


def items(name: str, count: int = 150):
    for seed in SEEDS:
        yield from made(name, count, seed).items


@pytest.mark.parametrize(("name", "least", "most"), [("arithmetic", 1, 30), ("arithmetic_large", 1, 99_999)])
def test_arithmetic_steps_are_right_and_use_the_problems_numbers(name, least, most):
    for item in items(name):
        sums = re.findall(r"(?:First|Then) (\d+) ([-+x/]) (\d+) = (\d+)\.", item.rationale)
        known = set(re.findall(r"\d+", item.question)) | {"2"}  # doubling and halving say no number
        assert len(sums) == int(item.fields["steps"]) in (2, 3)
        for left, sign, right, result in sums:
            assert left in known and right in known
            assert eval(f"{left}{sign.replace('x', '*').replace('/', '//')}{right}") == int(result)
            assert sign != "/" or int(left) % int(right) == 0
            assert least <= int(result) <= most
            known.add(result)
        assert item.answer == sums[-1][3]
        written = "".join(
            f" {'Then' if i else 'First'} {a} {s} {b} = {r}." for i, (a, s, b, r) in enumerate(sums)
        )
        assert item.rationale == f"{written.strip()} The answer is {item.answer}."


def test_large_numbers_are_large():
    sizes = [max(map(int, re.findall(r"\d+", item.rationale))) for item in items("arithmetic_large")]
    assert min(sizes) > 30 and sorted(sizes)[len(sizes) // 2] > 500


def test_last_letters():
    for item in items("last_letters"):
        words = re.search(r'"(.+)"', item.question)[1].split()
        assert item.answer == "".join(word[-1] for word in words) and len(words) in (2, 3, 4)


def test_coin_flips_are_counted():
    for item in items("coin_flip"):
        turns = len(re.findall(r"[A-Z][a-z]+ turns it over", item.question))
        assert item.answer == ("yes" if turns % 2 == 0 else "no")
        assert item.fields["turns"] == str(turns)


def test_objects_are_followed_back_from_the_end():
    for item in items("object_tracking"):
        asked = re.search(r"What does (\w+) have", item.question)[1]
        for one, other in reversed(re.findall(r"(\w+) and (\w+) swap", item.question)):
            asked = {one: other, other: one}.get(asked, asked)
        held = re.search(rf"{asked} has an? (\w+ \w+)", item.question)[1]
        assert item.choices["ABCDE".index(item.answer)] == f"the {held}"
        assert len(set(item.choices)) == len(item.choices) == int(item.fields["people"])


def test_the_place_of_the_right_choice_tells_nothing():
    found = [item.answer for item in items("object_tracking", 120) if len(item.choices) == 3]
    assert max(map(found.count, "ABC")) - min(map(found.count, "ABC")) <= 4


def day_in(text: str) -> date:
    month, day, year = re.search(rf"({'|'.join(MONTHS)}) (\d+), (\d+)", text).groups()
    return date(int(year), MONTHS.index(month) + 1, int(day))


def asked_date(question: str) -> date:
    day = day_in(question)
    if found := re.search(r"(\d+) days (from today|ago)", question):
        for _ in range(int(found[1])):
            day += timedelta(1 if found[2] == "from today" else -1)
        return day
    if found := re.search(r"(\d+) months from today", question):
        month, year = day.month, day.year
        for _ in range(int(found[1])):
            month, year = (1, year + 1) if month == 12 else (month + 1, year)
        return date(year, month, day.day)
    near = ("yesterday", "today", "tomorrow")
    said, wanted = re.match(r"(\w+) (?:is|was)", question)[1].lower(), re.search(r"date (\w+)\?", question)[1]
    return day + timedelta(near.index(wanted) - near.index(said))


def test_dates():
    for item in items("dates"):
        wanted = asked_date(item.question)
        assert item.answer == f"{wanted.month:02}/{wanted.day:02}/{wanted.year}"
        assert f"it is {MONTHS[wanted.month - 1]} {wanted.day}, {wanted.year}" in item.rationale.replace(
            "It", "it"
        )
        for left, sign, right, result in re.findall(r"(\d+) ([-+]) (\d+) = (\d+)", item.rationale):
            assert eval(left + sign + right) == int(result)


def test_walks_over_the_calendar_add_up():
    for item in items("dates"):
        if item.fields["kind"] in ("days ahead", "days back"):
            days = re.search(r"(\d+) days", item.question)[1]
            steps = re.findall(r"(\d+) days? (?:later|earlier)", item.rationale)
            assert sum(map(int, steps)) == int(days)


def test_days_between_and_days_of_the_week():
    for item in items("days_between"):
        first, last = (day_in(part) for part in item.question.split(" is "))
        assert (last - first).days == int(item.answer) > 0
        assert sum(map(int, re.findall(r"To [A-Z]\w+ \d+, \d+: (\d+)\.", item.rationale))) == int(item.answer)
    for item in items("weekdays"):
        day, later = day_in(item.question), int(re.search(r"(\d+) days later", item.question)[1])
        assert f"was a {DAYS[day.weekday()]}." in item.question
        assert item.answer == DAYS[(day + timedelta(later)).weekday()]


OPPOSITE = {
    "shorter": "taller", "younger": "older", "slower": "faster", "lighter": "heavier", "weaker": "stronger",
    "poorer": "richer",
}  # fmt: skip
NUMBERS = ("", "second ", "third ", "fourth ")


def test_one_order_alone_fits_and_has_the_answer():
    for item in items("ordering", 100):
        told = re.findall(r"(\w+) is (\w+) than (\w+)\.", item.question)
        pairs = [(b, a) if more in OPPOSITE else (a, b) for a, more, b in told]
        names = sorted({name for pair in pairs for name in pair})
        fitting = [p for p in permutations(names) if all(p.index(a) < p.index(b) for a, b in pairs)]
        assert len(fitting) == 1
        asked = re.search(r"Who is the (second |third |fourth )?(\w+)est\?", item.question)
        place = NUMBERS.index(asked[1] or "")
        stem = asked[2]
        backwards = any(less.removesuffix("er") == stem for less in OPPOSITE)
        order = fitting[0][::-1] if backwards else fitting[0]
        assert order[place] == item.answer


def test_truth_tellers_by_trying_all_that_may_lie():
    for item in items("truth_tellers", 60):
        first, does = re.search(r"lies\. (\w+) always (lies|tells)", item.question).groups()
        claims = re.findall(r"(\w+) says that (\w+) (lies|tells)", item.question)
        names = [first, *(claim[0] for claim in claims)]
        fitting = []
        for honest in product((True, False), repeat=len(names)):
            known = dict(zip(names, honest, strict=True))
            if known[first] == (does == "tells") and all(
                known[who] == (known[whom] == (what == "tells")) for who, whom, what in claims
            ):
                fitting.append(known)
        assert len(fitting) == 1
        asked = re.search(r"Does (\w+) tell", item.question)[1]
        assert item.answer == ("yes" if fitting[0][asked] else "no")


FORMS = {
    "all": lambda x, y: x <= y,
    "no": lambda x, y: not x & y,
    "some": lambda x, y: bool(x & y),
    "some not": lambda x, y: bool(x - y),
}


def statement(text: str):
    form, x, more, y = re.fullmatch(r"(all|no|some) (\w+) are (not )?(\w+)", text.lower()).groups()
    return f"{form} not" if more else form, x, y


def subsets(things):
    return [set(some) for n in range(len(things) + 1) for some in combinations(things, n)]


SORTS = [frozenset(some) for some in subsets("abc")]  # one thing of each sort, in all worlds
WORLDS = [tuple({sort for sort in world if letter in sort} for letter in "abc") for world in subsets(SORTS)]


def test_syllogisms_by_trying_all_worlds():
    assert len(WORLDS) == 256
    known: dict = {}
    for item in items("syllogisms"):
        *premises, conclusion = re.match(r"(.+)\. (.+)\. Does it follow that (.+)\?", item.question).groups()
        told = [statement(text) for text in (*premises, conclusion)]
        nouns = list(dict.fromkeys(noun for _, *pair in told for noun in pair))
        assert len(nouns) == 3
        shape = tuple((form, nouns.index(x), nouns.index(y)) for form, x, y in told)
        if shape not in known:
            known[shape] = follows(shape, WORLDS), follows(shape, [w for w in WORLDS if all(w)])
        assert known[shape] == (item.answer == "yes",) * 2, item.question
    assert len(known) > 40


def follows(shape, worlds) -> bool:
    def true(part, world) -> bool:
        form, x, y = part
        return FORMS[form](world[x], world[y])

    *premises, conclusion = shape
    return all(true(conclusion, w) for w in worlds if all(true(premise, w) for premise in premises))


GOOD = """wonderful lovely great delightful excellent superb charming pleasant brilliant perfect fantastic
    splendid loved smile friends"""
BAD = """awful terrible dreadful horrible poor boring disappointing annoying dull dismal nasty hopeless hated
    sad money"""


def test_the_feeling_is_that_of_the_last_words():
    good_words, known = set(GOOD.split()), {*GOOD.split(), *BAD.split(), "come"}
    for item in items("sentiment"):
        text = item.fields["text"]
        assert item.question.endswith(f"Text: {text}")
        words = re.findall(r"\w+", text)
        last = next(w for w in reversed(words) if w in known)
        good = last in good_words if last != "come" else "would come again" in text
        if last != "come" and re.search(rf"(?:not|never|far from) {last}", text):
            good = not good
        assert item.answer == ("positive" if good else "negative"), text
