"""What the parts of the Attention tab are about."""

from dataclasses import dataclass

from pipelines.attention.answers import Captured
from pipelines.attention.requests import Subject


@dataclass(frozen=True)
class Seen:
    """A text in a model, captured; a part gets None in its place before anything was."""

    subject: Subject
    captured: Captured
