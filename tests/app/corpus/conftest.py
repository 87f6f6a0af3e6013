"""A text with known faults, in a workshop of the test's own."""

import pytest

from tests.support import workshop

asked_by, do, services = workshop.asked_by, workshop.do, workshop.services
HOSTILE = "<img src=x onerror=alert(1)>"
TEXTS = [
    f"The {n}th fox went home over the {n}th hill, {HOSTILE} and slept there until the morning came. "
    f"Nobody had seen fox number {n} go, and nobody saw it come back with hen number {n + 1} either."
    for n in range(30)
]


@pytest.fixture
def upload(services):
    """``upload("eve")`` → the id of 30 documents and two copies, a text of eve's."""

    def add(owner="owner") -> str:
        text = "\n<|endoftext|>\n".join([*TEXTS, TEXTS[0].upper(), TEXTS[1]])
        return services.corpora.add_text(text, owner, "Foxes").id

    return add
