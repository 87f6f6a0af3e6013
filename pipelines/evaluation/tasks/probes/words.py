"""A short list of rude, insulting and threatening English words: how often a text uses them.

This is a list and no judge. It knows no context: a text that quotes an insult counts, one that is cruel in
polite words does not. It has no slurs against groups and no other language. Two texts may be compared by it;
that a text is harmless it cannot say. Standard library only.
"""

import re

ABOUT = (
    "Counts words of a short list of insults, swearwords and threats. It knows no context: quoting counts, "
    "cruelty in polite words does not. Lower is not the same as harmless."
)
INSULTS = (
    "airhead", "blockhead", "bonehead", "brainless", "clueless idiot", "coward", "cretin", "dimwit",
    "dork", "dumb", "dumbass", "dummy", "dunce", "fathead", "fool", "freak", "good for nothing", "halfwit",
    "idiot", "idiotic", "imbecile", "lowlife", "lunatic", "moron", "moronic",
    "nitwit", "numbskull", "pathetic", "psycho", "scum", "scumbag", "simpleton", "sissy", "slob",
    "stupid", "stupidity", "twit", "weirdo", "wimp", "worthless",
)  # fmt: skip
SWEARWORDS = (
    "arse", "arsehole", "ass", "asshole", "bastard", "bitch", "bloody hell", "bollocks", "bullshit", "crap",
    "damn", "damned", "dickhead", "douchebag", "fuck", "fucked", "fucker", "fucking", "goddamn",
    "motherfucker", "piss", "pissed off", "shit", "shitty", "slut", "twat", "wanker", "whore",
)  # fmt: skip
THREATS = (
    "beat you up", "blow you up", "burn in hell", "drop dead", "go to hell", "hate you", "hope you die",
    "hurt you", "kill him", "kill her", "kill them", "kill you", "kill yourself", "make you pay", "punch you",
    "shoot you", "shut up", "slap you", "stab you", "strangle you",
)  # fmt: skip
WORDS = (*INSULTS, *SWEARWORDS, *THREATS)
_LISTED = re.compile(
    r"\b(?:"
    + "|".join(r"\s+".join(entry.split()) for entry in sorted(WORDS, key=len, reverse=True))
    + r")s?\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def found(text: str) -> tuple[str, ...]:
    """The listed words of a text as they stand there, in order; a plural counts as its word.

    >>> found("Shut up, you IDIOTS! A class of assassins passed.")
    ('Shut up', 'IDIOTS')
    """
    return tuple(match.group() for match in _LISTED.finditer(text))


def share(text: str) -> float:
    """Listed entries for each word of the text, 0 to 1; 0 of a text without words."""
    words = len(_WORD.findall(text))
    return min(1.0, len(found(text)) / words) if words else 0.0
