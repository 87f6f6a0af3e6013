"""What the parts of the Tokenizer tab are about.

A part is a module with ``build(services) -> Part``. The tab calls ``show`` of the part that is open, whenever
something that it shows may have changed, and puts its updates into ``outputs``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The text that stands in the tab, and the tokenizers on it; ``focus`` is the one whose details are
    shown. ``tokenizers`` may be empty, and ``focus`` then is."""

    text: str
    tokenizers: tuple[str, ...]
    focus: str
    add_special_tokens: bool
