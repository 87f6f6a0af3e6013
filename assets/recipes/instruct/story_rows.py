"""Rows from stories: tell one about something, tell one with given words, go on with one.

Knows nothing about files. Standard library only.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator

from assets.recipes.instruct.rows import Row, sentences

LONGEST = 900  # characters of a story that is told whole
_HERO = re.compile(r"\b(?:a|an) ((?:[a-z]+ ){0,2}[a-z]+) (?:named|called|whose name was) ([A-Z][a-z]+)")
_WORD = re.compile(r"\b[a-z]{3,}\b")

ABOUT = (
    "Tell me a story about {}.",
    "Tell a story about {}.",
    "Write a story about {}.",
    "Write a short story about {}.",
    "Can you tell me a story about {}?",
    "I want a story about {}.",
)
WITH = (
    "Tell a story with the words {}.",
    "Write a story with the words {}.",
    "Tell me a story that uses the words {}.",
    "Use the words {} in a short story.",
)
ON = (
    "Continue the story: {}",
    "Continue this story.\n{}",
    "Go on with the story: {}",
    "What happens next? {}",
    "Finish the story: {}",
)


class Stories:
    """Makes rows of stories. ``common`` says how many stories hold a word, so that words worth naming are
    those that few stories have."""

    def __init__(self, texts: list[str], seed: int):
        self._rng = random.Random(f"stories {seed}")
        self._common = Counter(word for text in texts for word in set(_WORD.findall(text)))
        self._many = len(texts)

    def rows(self, text: str) -> Iterator[Row]:
        """Up to one row of each kind."""
        if len(text) <= LONGEST:
            if subject := self._subject(text):
                yield Row("tell about", (self._rng.choice(ABOUT).format(subject), text))
            words = self._words(text)
            if len(words) == 3:
                told = f"{words[0]}, {words[1]} and {words[2]}"
                yield Row("tell with words", (self._rng.choice(WITH).format(told), text))
        parts = sentences(text)
        if len(parts) >= 5:
            first = self._rng.randint(2, min(4, len(parts) - 2))
            told = " ".join(parts[:first])
            rest = " ".join(parts[first:]) if len(text) <= LONGEST else " ".join(parts[first : first + 4])
            yield Row("continue", (self._rng.choice(ON).format(told), rest))

    def _subject(self, text: str) -> str:
        """The hero, or the word that the story comes back to."""
        hero = _HERO.search(text[:200])
        if hero and self._rng.random() < 0.6:
            kind = hero[1].split()[-1]
            named = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
            return self._rng.choice((named, f"{named} named {hero[2]}"))
        repeated = Counter(w for w in _WORD.findall(text) if self._common[w] < 0.06 * self._many)
        best = [
            word for word, times in repeated.most_common(1) if times >= 3 and not word.endswith(("ed", "ing"))
        ]
        return f"the {best[0]}" if best else ""

    def _words(self, text: str) -> list[str]:
        """Three that the story has and few others have, in the order of the story."""
        rare = [w for w in dict.fromkeys(_WORD.findall(text)) if 20 < self._common[w] < 0.08 * self._many]
        chosen = set(self._rng.sample(rare, 3)) if len(rare) >= 3 else set()
        return [word for word in rare if word in chosen]
