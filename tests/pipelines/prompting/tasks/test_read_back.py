"""The answer of every worked solution is read as the wanted one, by the reading that its set is given."""

import pytest

from pipelines.prompting.calls import Item
from pipelines.prompting.extraction.kinds import BOOLEAN_KIND, DATE, LABEL, LETTER, NUMBER, TEXT
from pipelines.prompting.extraction.reading import reading_for
from pipelines.prompting.tasks.made.all import MADE, made

KINDS = {
    "arithmetic": NUMBER,
    "arithmetic_large": NUMBER,
    "last_letters": TEXT,
    "coin_flip": BOOLEAN_KIND,
    "object_tracking": LETTER,
    "dates": DATE,
    "days_between": NUMBER,
    "weekdays": LABEL,
    "ordering": TEXT,
    "syllogisms": BOOLEAN_KIND,
    "truth_tellers": BOOLEAN_KIND,
    "sentiment": LABEL,
}


def misread(items: tuple[Item, ...]) -> list[Item]:
    reading = reading_for([item.answer for item in items], any(item.choices for item in items))
    return [
        item
        for item in items
        if item.rationale
        and not reading.same(reading.read(item.rationale, item.choices).strict, item.answer, item.choices)
    ]


@pytest.mark.parametrize("name", list(MADE))
def test_of_every_kind_that_is_made(name):
    items = made(name, 100, 9).items
    assert reading_for([i.answer for i in items], any(i.choices for i in items)).kind == KINDS[name]
    assert misread(items) == []
