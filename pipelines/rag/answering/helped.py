"""What a model writes when it is asked to help with the search, read into questions. Pure."""

import re

from pipelines.rag.requests import MAX_QUERY_CHARS

_LEAD = re.compile(r"\s*(?:[-*•]|\(?\d{1,2}[.):])\s+")
_LABEL = re.compile(r"(?:last |standalone |rewritten )?(?:question|query|passage)\s*:\s*", re.I)
_LONGEST = 4  # times as long as what was asked: then it is no rewording any more


def one_question(text: str, question: str) -> str:
    """The first line that could be the question in other words; empty where there is none.

    >>> one_question('Question: "Where did Rapunzel go?"\\n\\nI hope this helps!', "Where did she go?")
    'Where did Rapunzel go?'
    """
    return next(iter(wordings(text, question, 1)), "")


def wordings(text: str, question: str, most: int) -> tuple[str, ...]:
    """Up to ``most`` lines that differ from the question and from each other.

    >>> wordings("1. Who took it?\\n2) who took IT\\n- Who was the thief?", "Who stole it?", 3)
    ('Who took it?', 'Who was the thief?')
    """
    seen, found = {_plain(question)}, []
    for line in text.splitlines():
        cleaned = _cleaned(line)
        if not _plain(cleaned) or _plain(cleaned) in seen or len(cleaned) > _LONGEST * len(question) + 200:
            continue
        seen.add(_plain(cleaned))
        found.append(cleaned[:MAX_QUERY_CHARS])
    return tuple(found[:most])


def passage(text: str) -> str:
    """An invented passage, on one line."""
    return _LABEL.sub("", " ".join(text.split()), count=1)[:MAX_QUERY_CHARS]


def without_thoughts(text: str) -> str:
    """Without what a model thinks aloud before it answers, also while it does not have an end yet.

    >>> without_thoughts("<think>Hm. A fox?</think>\\n\\nThe fox."), without_thoughts("<think>Hm. A")
    ('The fox.', '')
    """
    if not text.lstrip().startswith("<think>"):
        return text
    return text.partition("</think>")[2].lstrip()


def _cleaned(line: str) -> str:
    bare = _LEAD.sub("", line, count=1).strip().strip("*_ ")
    return _LABEL.sub("", bare, count=1).strip().strip("\"“”'`*_ ")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
