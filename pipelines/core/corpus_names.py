"""How a corpus is named in a spec, wherever one is. Standard library only."""

import re
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.ids import is_id

CORPUS_FORMS = (
    "'sample', 'upload:<id>', 'run:<job id>', 'path:<file or folder>' or "
    "'hub:<owner>/<name>[/<config>][@<split>][#<column>]'"
)
_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_HUB = re.compile(
    rf"hub:(?P<repo>{_WORD}/{_WORD})(?:/(?P<config>{_WORD}))?"
    r"(?:@(?P<split>\w{1,60}))?(?:#(?P<column>[\w .-]{1,80}))?"
)


@dataclass(frozen=True)
class HubName:
    """A data set of the Hub: ``config`` and ``column`` are empty where the only or the usual one is meant.

    >>> HubName.parse("hub:owner/tales/small@validation#story")
    HubName(repo='owner/tales', config='small', split='validation', column='story')
    """

    repo: str
    config: str = ""
    split: str = "train"
    column: str = ""

    @classmethod
    def parse(cls, corpus: str, field: str = "corpus") -> "HubName":
        """Raises :class:`SpecError` for anything outside the scheme, such as a ``..``."""
        found = _HUB.fullmatch(corpus)
        if found is None or ".." in corpus:
            raise SpecError(field, corpus, CORPUS_FORMS)
        parts = {name: value for name, value in found.groupdict().items() if value}
        return cls(**parts)


def check_corpus_name(corpus: str, field: str = "corpus") -> None:
    """Raise :class:`SpecError` unless the name has one of the forms; whether it exists is not known here."""
    prefix, colon, rest = corpus.partition(":")
    if prefix == "hub" and colon:
        HubName.parse(corpus, field)
    elif prefix == "run" and colon and is_id(rest):
        return
    elif corpus != "sample" and not (colon and prefix in ("upload", "path") and rest.strip()):
        raise SpecError(field, corpus, CORPUS_FORMS)
