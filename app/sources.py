"""Under which name a model is shown in code that a visitor takes away, and how such code loads an adapter."""

import re

from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.models.adapters import Place
from pipelines.models.names import Source, parse

_TOKENIZER = re.compile(r"AutoTokenizer\.from_pretrained\(source\)")
_FIRST_IMPORT = re.compile(r"^from transformers ", re.MULTILINE)


def source_of(services: Services, visitor: Visitor, name: str) -> str:
    """What ``from_pretrained`` takes: a Hub name as it is, else the folder. A folder outside the house is the
    owner's to know; another visitor sees the model's name here."""
    if parse(name).source is Source.HUB:
        return name
    folder = services.models.get(name).path
    if folder.is_relative_to(REPOSITORY):
        return str(folder.relative_to(REPOSITORY))
    return str(folder) if visitor.is_owner else name


def loadable(services: Services, visitor: Visitor, code: str, *names: str) -> str:
    """The code, which loads the first of these models as ``source`` and each other by its :func:`source_of`,
    made to work where one is an adapter: transformers knows no other base than one that it can fetch, so the
    base is loaded first and each adapter merged into what lies beneath it."""
    if not code:
        return code
    for at, name in enumerate(names):
        place = _place(services, name)
        if place is not None and place.base is not None:
            told = "source" if at == 0 else repr(source_of(services, visitor, name))
            line = [source_of(services, visitor, one.name) for one in place.line()]
            code = _upon_its_base(code, told, place, line)
            if at == 0 and place.tokenizer != place.folder:
                owner = next(one.name for one in place.line() if one.folder == place.tokenizer)
                own = f"AutoTokenizer.from_pretrained({source_of(services, visitor, owner)!r})"
                code = _TOKENIZER.sub(lambda _, own=own: own, code)
    return code


def _upon_its_base(code: str, told: str, place: Place, line: list[str]) -> str:
    """``line`` are the sources from the adapter down to the full weights."""
    loaded = re.compile(
        rf"^(?P<who>\w+) = (?P<auto>\w+)\.from_pretrained\({re.escape(told)}(?P<rest>.*)\)\.eval\(\)$",
        re.MULTILINE,
    )
    # Virtual tokens stand before every text and in no weight: they stay beside the base.
    into = "" if place.virtual_tokens else ".merge_and_unload()"

    def lines(found: re.Match) -> str:
        who, auto, rest = found["who"], found["auto"], found["rest"]
        made = [f"{who} = {auto}.from_pretrained({line[-1]!r}{rest})  # the base"]
        for source in reversed(line[1:-1]):
            made.append(f"{who} = PeftModel.from_pretrained({who}, {source!r}).merge_and_unload()")
        made.append(f"{who} = PeftModel.from_pretrained({who}, {told}){into}.eval()")
        return "\n".join(made)

    code, count = loaded.subn(lines, code)
    if not count or "from peft import PeftModel\n" in code:
        return code
    return _FIRST_IMPORT.sub("from peft import PeftModel\nfrom transformers ", code, count=1)


def _place(services: Services, name: str) -> Place | None:
    """None for what is not on this disk: it is not fetched for its code."""
    try:
        return services.models.place(name)
    except GlassworksError:
        return None
