"""Checks of the tokens: rows that cannot be encoded, ends, what is learnt, what is cut, ids out of range."""

import re

from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Facts, Item, Subject, findings, texts_of
from pipelines.training.tuning.chat_template import missing_markers
from pipelines.training.tuning.encode import special_ids

_LONGEST, _STEP = 8192, 8  # of a spec's max_length
_SHOWN = 4
_MUCH = 0.2  # share of the tokens that is cut from which on it is said to be much


def encodable(subject: Subject) -> list[Finding]:
    """Rows that the template or the tokenizer refuses; those with one reason together."""
    reasons: dict[str, list[Item]] = {}
    for item, facts in subject.measured():
        if facts.fault:
            reasons.setdefault(facts.fault, []).append(item)
    found = []
    for reason, items in list(reasons.items())[:5]:
        words = f"{{count}} cannot be turned into tokens. {_safe(reason)}"
        found += findings("rows as tokens", BLOCKS, words, items)
    return found


def ends(subject: Subject) -> list[Finding]:
    """What is learnt must end in a token that says so, or the tuned model never stops."""
    if not subject.spec.what.causal:
        return []
    if subject.tokenizer.eos_token_id is None:
        words = "The base's tokenizer has no end-of-text token, so a tuned model could never stop."
        return [Finding("end of text", BLOCKS, words)]
    open_ = [item for item, facts in subject.measured() if facts.learnt and not facts.cut and not facts.ends]
    words = (
        "{count} end in no token that says so: the chat template leaves the mark after a reply out of what "
        "is learnt, so the tuned model would not stop."
    )
    house = subject.spec.chat_template != "house" and not missing_markers(subject.tokenizer)
    return findings("end of text", BLOCKS, words, open_, {"chat_template": "house"} if house else {})


def learnt(subject: Subject) -> list[Finding]:
    """Rows of which no token is learnt: cut off before what is learnt begins, or with nothing to learn."""
    if subject.spec.what.name in ("classify", "answer"):
        return []
    none = [(item, f) for item, f in subject.measured() if not f.learnt and not f.fault]
    lost = [item for item, facts in none if facts.cut]
    words = f"Of {{count}} nothing is learnt: the first {subject.spec.max_length:,} tokens are all question."
    found = findings("nothing learnt", BLOCKS, words, lost, _longer(subject) or "drop")
    words = "Of {count} nothing is learnt: every token is masked."
    return found + findings("nothing learnt", BLOCKS, words, (i for i, f in none if not f.cut))


def cut(subject: Subject) -> list[Finding]:
    """How much ``max_length`` takes away."""
    measured = list(subject.measured())
    shortened = [item for item, facts in measured if facts.cut]
    if not shortened:
        return []
    tokens = sum(facts.length for _, facts in measured)
    share = sum(facts.cut for _, facts in measured) / max(1, tokens)
    rows = len(shortened) / len(measured)
    words = (
        f"{{count}} ({rows:.1%} of all) are longer than {subject.spec.max_length:,} tokens and lose their "
        f"end: {share:.1%} of all tokens{', which is much' if share >= _MUCH else ''}."
    )
    return findings("cut off", WARNS, words, shortened, _longer(subject) or {})


def context(subject: Subject) -> list[Finding]:
    """Rows longer than the base can read at all."""
    most = subject.context
    if not most:
        return []
    over = [item for item, f in subject.measured() if _kept(f, subject.spec.max_length) > most]
    words = f"{{count}} have more than the {most:,} tokens that the base reads at once."
    return findings("context length", BLOCKS, words, over, {"max_length": max(8, most // _STEP * _STEP)})


def vocabulary(subject: Subject) -> list[Finding]:
    """Tokens for which the base has no row in its embedding."""
    size = subject.vocabulary
    wrong = [item for item, facts in subject.measured() if size and facts.highest >= size]
    words = (
        f"{{count}} hold tokens that the base does not know: its table has {size:,} entries. Tokenizer and "
        "model do not belong together."
    )
    return findings("token ids", BLOCKS, words, wrong, {})


def written(subject: Subject) -> list[Finding]:
    """Special tokens in the rows' own texts, as of a template that was applied already."""
    tokenizer = subject.tokenizer
    end = tokenizer.eos_token or ""
    special = [t for t in tokenizer.convert_ids_to_tokens(sorted(special_ids(tokenizer))) if len(t) > 2]
    if not special:
        return []
    any_of = re.compile("|".join(map(re.escape, special)))
    marks: dict[str, None] = {}
    items = []
    for item in subject.texts:
        hits = any_of.findall(" ".join(t.strip().removesuffix(end) for t in texts_of(item.example)))
        marks.update(dict.fromkeys(hits))
        items += [item] if hits else []
    shown = _safe(", ".join(list(marks)[:_SHOWN]))
    words = (
        f"{{count}} have special tokens in their text ({shown}), which would be read as such. Was a "
        "template applied to them already?"
    )
    return findings("special tokens in texts", WARNS, words, items)


def _kept(facts: Facts, max_length: int) -> int:
    return min(facts.length, max_length)


def _longer(subject: Subject) -> dict[str, int]:
    """The ``max_length`` that cuts nothing, or the largest there can be; empty where that is no more."""
    longest = max((facts.length for _, facts in subject.measured()), default=0)
    fits = -(-longest // _STEP) * _STEP
    most = min(_LONGEST, (subject.context or _LONGEST) // _STEP * _STEP)
    wanted = min(fits, most)
    return {"max_length": wanted} if wanted > subject.spec.max_length else {}


def _safe(text: str) -> str:
    """For a sentence that is a format of its own."""
    return text.replace("{", "{{").replace("}", "}}")
