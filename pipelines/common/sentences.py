"""Where sentences begin and end: a small set of rules, the same for cutting, answering and measuring. Pure.

A full stop ends a sentence unless what stands before it is an abbreviation, an initial or the number of a
list or a date, or what follows goes on in lower case. Chinese, Japanese and Indic stops need no space behind
them. Empty lines, items of lists and Markdown headings divide too; a single line break does not.
"""

import re

Span = tuple[int, int]  # characters: the first, and the one after the last

_STRONG = "。！？｡।॥۔։።។"
_BREAKS = re.compile(
    r"\n\s*\n"
    r"|(?m:^)[ \t]*\#{1,6}[ \t][^\n]*"
    r"|\n(?=[ \t]*(?:[-*+•‣–—]|\d{1,3}[.)]|\#{1,6}|\|)[ \t])"
    rf"|[{_STRONG}]+|[.!?…‽؟]+"
)
_CLOSERS = re.compile(r"[\"'”’»›)\]}*_」』）】〉》]*(?:[ ]?\[\d{1,3}\])*")  # and the numbers of sources
_NEXT = re.compile(r"(\s*)[\"'“‘«‹„(\[{*_¿¡「『（【〈《]*(\w*)")
_BEFORE = re.compile(r"[^\s(\[{\"“‘«„/–—]*$")
_INITIALS = re.compile(r"\w(?:[-.]{1,2}\w{1,2})*")  # J, U.S, Ph.D, J.-P
_LOOK_BACK = 24  # characters: longer than any abbreviation


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words("""
    mr mrs ms mx dr prof st hon rev gen col capt cmdr lt sgt maj gov sen rep pres messrs hr fr frl dipl mme
    mlle sr sra srta dra ud uds sig dott
""")
_NEVER_LAST = _words("""
    e.g i.e cf vs viz resp z.b d.h bzw sog vgl evtl p.ex bl.a t.ex f.eks
""")
_BEFORE_NUMBERS = _words("""
    no nos nr p pp s vol vols fig figs eq eqs sec ch chap art tab bd abb kap pag pág ref refs al ca approx c v
    jan feb mar apr jun jul aug sep sept oct nov dec
""")
_AFTER_ORDINALS = _words("""
    januar februar märz april mai juni juli august september oktober november dezember jahrhundert jh
    jahrhunderts jahrhunderte kapitel klasse weltkrieg januari februari mars maj augusti december desember
""")  # German and the Nordic languages write 3. for third
_STARTERS = _words("""
    the this that these those it its he she they we you i a an in on at as but and so then there here when
    while if however for after before what who how why his her their our my yet thus
""")  # words that begin a sentence and are no surname: what stands before them was no initial


def sentences_of(text: str) -> list[Span]:
    """Where each sentence stands, without the space around it. Together they hold every other character.

    >>> text = 'Dr. J. Smith paid $3.50. "Really?" she asked… Yes! 你好。再见。'
    >>> [text[a:b] for a, b in sentences_of(text)]
    ['Dr. J. Smith paid $3.50.', '"Really?" she asked…', 'Yes!', '你好。', '再见。']
    """
    found: list[Span] = []
    start = 0
    for stop in _BREAKS.finditer(text):
        end = _end(text, start, stop)
        if end is not None and end > start:
            _add(found, text, start, end)
            start = end
    _add(found, text, start, len(text))
    return found


def _add(found: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    kept = len(piece.lstrip())
    if kept:
        found.append((end - kept, start + len(piece.rstrip())))


def _end(text: str, start: int, stop: re.Match[str]) -> int | None:
    """Where the sentence from ``start`` ends, if ``stop`` ends it; None if it goes on."""
    mark = stop.group()
    if mark.isspace() or mark.lstrip(" \t").startswith("#"):
        return stop.end()
    end = _CLOSERS.match(text, stop.end()).end()
    space, word = _NEXT.match(text, end).groups()
    if mark[0] in _STRONG:
        said = end > stop.end() and not space and "ぁ" <= word[:1] <= "ゟ"  # 「…。」と言った
        return None if said else end
    if not space:
        return end if end == len(text) else None
    if word[:1].islower() or (mark == "." and _belongs(text, start, stop.start(), word)):
        return None
    return end


def _belongs(text: str, start: int, stop: int, following: str) -> bool:
    """Whether the full stop at ``stop`` is part of the word before it. ``following`` is the word after."""
    word = _BEFORE.search(text[max(0, stop - _LOOK_BACK) : stop]).group()
    low = word.lower()
    if low in _NEVER_LAST or (low in _TITLES and word[0].isupper()):
        return True
    if low in _BEFORE_NUMBERS and following[:1].isdigit():
        return True
    if word.isdigit():
        of_a_list = stop - start <= _LOOK_BACK and text[start:stop].strip() == word
        return of_a_list or (len(word) <= 2 and following.lower() in _AFTER_ORDINALS)
    initials = word[:1].isupper() and _INITIALS.fullmatch(word)
    return bool(initials) and following.lower() not in _STARTERS
