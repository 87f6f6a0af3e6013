"""The spec of a cleaning, and the names that a corpus may have."""

import pytest

from pipelines.core.corpus_names import HubName
from pipelines.core.errors import SpecError
from pipelines.training.curation.specs import CurateSpec


@pytest.mark.parametrize(
    "corpus",
    [
        "sample",
        "upload:0123",
        "path:/tmp/x",
        "run:0123456789ab",
        "hub:owner/name",
        "hub:owner/name/20231101.en",
        "hub:owner/na-me@train#some text",
    ],
)
def test_names_of_every_form_are_accepted(corpus):
    assert CurateSpec(corpus=corpus).corpus == corpus


@pytest.mark.parametrize(
    "corpus",
    [
        "",
        "upload:",
        "path: ",
        "run:../../etc",
        "run:x",
        "hub:name",
        "hub:owner/..",
        "hub:owner/name/../x",
        "hub:owner/name@a/b",
        "hub:/etc/passwd",
        "https://example.org",
    ],
)
def test_other_names_are_refused_with_the_forms(corpus):
    with pytest.raises(SpecError, match="hub:<owner>/<name>"):
        CurateSpec(corpus=corpus)


def test_a_hub_name_is_taken_apart():
    assert HubName.parse("hub:o/n") == HubName("o/n", "", "train", "")
    assert HubName.parse("hub:o/n/c@s#my col") == HubName("o/n", "c", "s", "my col")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"max_digit_share": 1.5}, "max_digit_share accepts a number from 0 to 1"),
        ({"min_characters": 100, "max_characters": 50}, "max_characters accepts at least 100"),
        ({"min_word_length": 5, "max_word_length": 3}, "max_word_length accepts at least 5"),
        ({"languages": "english"}, "languages accepts ISO 639 codes"),
        ({"near_threshold": 0.1}, "near_threshold accepts a number from 0.4"),
        ({"limit": 0}, "limit accepts a whole number from 1"),
        ({"nonsense": 1}, "nonsense accepts nothing"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values, words):
    with pytest.raises(SpecError, match=words):
        CurateSpec.from_dict(values)


def test_languages_are_codes_in_any_spelling():
    assert CurateSpec(languages=" EN, de ,").language_codes == {"en", "de"}
    assert CurateSpec().language_codes == frozenset()
