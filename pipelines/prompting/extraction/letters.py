"""The letter of an option in an answer to a multiple-choice question. Standard library only."""

import re
import string
from collections.abc import Sequence

_SPOKEN = re.compile(r"\s*(?:\(([A-Za-z])\)|([A-Z])(?=\s*(?:[).,:;!?*]|$)))", re.ASCII)
_BRACKETS = re.compile(r"\(([A-Z])\)", re.ASCII)  # lm-evaluation-harness, multi_choice_regex of GPQA and BBH
_COLON = re.compile(r":\s*([A-Z])(?!\w)", re.ASCII)  # its last resort
_ALONE = re.compile(r"(?<![\w'’])([A-Z])(?:[).:](?!\w)|(?=\s*$))", re.ASCII | re.M)


class Letters:
    """Reads the letter of one of ``choices``: A for the first. Without choices any letter is one."""

    def __init__(self, choices: Sequence[str] = ()):
        self._letters = string.ascii_uppercase[: len(choices)] if choices else string.ascii_uppercase
        self._of = {_plain(text): letter for text, letter in zip(choices, self._letters, strict=False)}
        self._of.pop("", None)
        self._longest = max(map(len, choices), default=0) + 20  # characters of a line that is an option alone
        # The longest first: "orange ball" is not "ball".
        told = "|".join(re.escape(text) for text in sorted(self._of, key=len, reverse=True))
        self._texts = re.compile(rf"(?<!\w)(?:{told})(?!\w)") if told else None

    def begin(self, text: str) -> tuple[str, int] | None:
        """The letter, with brackets or without; or the option in full, and then nothing else on its line.

        >>> Letters(["bank", "mall"]).begin(" (B)."), Letters(["bank", "mall"]).begin("mall.")
        (('B', 4), ('B', 4))
        """
        found = _SPOKEN.match(text)
        if found and (letter := (found[1] or found[2]).upper()) in self._letters:
            return letter, found.end()
        line = text[: self._longest].split("\n", 1)[0]
        if len(line) < self._longest and (letter := self._of.get(_plain(line))):
            return letter, len(line.rstrip(" ."))
        return None

    def last(self, text: str) -> str | None:
        """In the order of lm-evaluation-harness's multi_choice_regex: the last letter in brackets, the last
        option that is named, the last letter after a colon; and after these a letter alone, ``B.`` or ``B``.

        >>> Letters(["bank", "mall"]).last("It may be (A), or (B)"), Letters(["bank"]).last("A BANK!")
        ('B', 'A')
        """
        for ways in (_BRACKETS.findall(text), self._named(text), _COLON.findall(text), _ALONE.findall(text)):
            letters = [letter for letter in ways if letter in self._letters]
            if letters:
                return letters[-1]
        return None

    def key(self, answer: str) -> str | None:
        """``(B)``, ``b`` and ``B.`` are one."""
        letter = answer.strip(" \n().:").upper()
        return letter if len(letter) == 1 and letter in self._letters else None

    def _named(self, text: str) -> list[str]:
        return [self._of[found] for found in self._texts.findall(_plain(text))] if self._texts else []


def _plain(text: str) -> str:
    """Without case, punctuation and runs of spaces, as that filter's ignore_case and ignore_punctuation."""
    return " ".join(re.sub(r"[^\w\s/%+-]", "", text).casefold().split())
