"""A small text, in a workshop of the test's own."""

import pytest

from tests.support import workshop
from tests.support.small_tokenizers import SENTENCES

asked_by, do, services = workshop.asked_by, workshop.do, workshop.services


@pytest.fixture
def upload(services):
    """``upload("eve")`` → the id of 140 short documents, a text of eve's."""

    def add(owner="owner") -> str:
        texts = (f"{sentence} {number}" for number in range(20) for sentence in SENTENCES)
        return services.corpora.add_text("\n<|endoftext|>\n".join(texts), owner, "Sentences").id

    return add
