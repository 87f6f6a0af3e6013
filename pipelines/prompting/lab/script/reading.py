"""Of the script: how answers are read out of responses, and how many are right."""

from pipelines.common import metrics
from pipelines.prompting.extraction import dates, forms, free, letters, numeric, words
from pipelines.prompting.extraction.kinds import BOOLEAN_KIND, DATE, LABEL, LETTER, NUMBER
from pipelines.prompting.extraction.pattern import LAST
from pipelines.prompting.extraction.reading import Reading
from pipelines.prompting.lab.script.parts import Part, part, value
from pipelines.prompting.lab.script.taken import taken

_RULES = '''\
def reader_of(item):
    """Reads answers of the run's kind: {kind}."""
    return {reader}


def strict(response, reader):
    """The first answer in the form that was asked for{alone}."""
    whole = {whole}
    for form in [FORMS["{form}"], *([FORMS["whole"]] if whole else [])]:
        for text in form.values(response):
            found = reader.begin(text)
            if found and not (form.fills and text[found[1] :].strip(" \\n.!")):
                return found[0]
    return None


def flexible(response, reader):
    """The last answer that stands anywhere."""
    return reader.last(response)
'''
_CUSTOM = '''


def custom(response):
    """By the run's own pattern: its group, or the whole match where it has none."""
    found = [match[match.re.groups] for match in re.finditer({pattern}, response)]
    found = [text.strip() for text in found if text is not None]
    return found[{place}] if found else None
'''
_VOTE = '''


def normal(response, item):
    """The answer in normal form, by which votes are counted; empty where there is none."""
    reader, response = reader_of(item), response[:100_000]
    found = {found}
    return (reader.key(found) if found is not None else None) or ""
'''
_MARKS = '''


def marks(response, item):
    """By each way of reading: the answer, and whether it is the wanted one."""
    reader, response = reader_of(item), response[:100_000]
    wanted = reader.key(item["answer"])
    found = {{{rules}}}
    return {{
        rule: (answer, answer is not None and wanted is not None and reader.key(answer) == wanted)
        for rule, answer in found.items()
    }}


def wilson(right, count, z=1.959963984540054):
    """The 95 % interval of a share (Wilson 1927)."""
    share, weight = right / count, z * z / count
    middle, half = share + weight / 2, z * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    return (middle - half) / (1 + weight), (middle + half) / (1 + weight)
'''


def rules(reading: Reading) -> Part:
    """``reader_of``, ``strict``, ``flexible``, ``normal``, ``marks`` and ``wilson``."""
    code = _RULES.format(
        kind=reading.kind,
        reader=_reader(reading),
        form=reading.form,
        alone=", or nothing but the answer" if reading.alone else "",
        whole="last_named(response) is None" if reading.alone else "False",
    ).rstrip("\n")
    found = {"strict": "strict(response, reader)", "flexible": "flexible(response, reader)"}
    if reading.pattern:
        place = -1 if reading.pick == LAST else 0
        code += _CUSTOM.format(pattern=value(reading.pattern), place=place).rstrip("\n")
        found["custom"] = "custom(response)"
    first = found.get("custom") or " or ".join(found.values())
    code += _VOTE.format(found=first).rstrip("\n")
    code += _MARKS.format(rules=", ".join(f'"{rule}": {call}' for rule, call in found.items()))
    return part(code, "import math", "import re")


def readers(reading: Reading) -> tuple[Part, ...]:
    """What ``reader_of`` and the forms are made of: the lab's own."""
    own = {
        NUMBER: lambda: (taken(numeric),),
        LETTER: lambda: (taken(letters),),
        BOOLEAN_KIND: lambda: (taken(words),),
        LABEL: lambda: (taken(words),),
        DATE: lambda: (taken(dates),),
    }
    text = lambda: (taken(metrics, "squad_normalised"), taken(free))  # noqa: E731
    return (*own.get(reading.kind, text)(), taken(forms))


def _reader(reading: Reading) -> str:
    made = {
        NUMBER: "Numbers()",
        LETTER: 'Letters(item["choices"])',
        BOOLEAN_KIND: "Words(tuple(BOOLEAN), BOOLEAN)",
        LABEL: f"Words({value(list(reading.labels), 4)})",
        DATE: f"Dates({reading.day_first!r})",
    }
    return made.get(reading.kind, "Free()")
