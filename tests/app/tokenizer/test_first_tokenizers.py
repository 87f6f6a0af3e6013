"""Which tokenizers the page begins with."""

from app.tokenizer.picker import choices, default_names
from pipelines.models import minilm
from tests.support import workshop

services = workshop.services


def test_the_first_two_differ(services):
    """A tuned model's tokenizer is its base's: side by side they show nothing."""
    assert [name for _, name in choices(services)][:2] == ["house/story-base", "house/story-instruct"]
    assert default_names(services) == ["house/story-base", minilm.NAME]
    assert default_names(services, 1) == ["house/story-base"]
