"""What a DOCX's styles and numbering say of a paragraph: whether it is a heading, or an item of a list.
Styles go by what they do, not by their names, which are in the language of whoever made the file."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

_MOST_BASES = 20  # styles may be based on each other, in a ring even
_BODY, _MOST_DEPTH = 9, 8
_VALUE = qn("w:val")


class Styles:
    """Of one document. Numbers of lists are counted as its paragraphs come by, so ask for each once."""

    def __init__(self, document: Any):
        styles = document.styles.element.findall(qn("w:style"))
        self._by_id = {style.get(qn("w:styleId")): style for style in styles}
        self._numbering = _numbering(document)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def level(self, paragraph: Any) -> int:
        """1 to 9 of a heading, 1 of the document's title, 0 of other text."""
        for properties in self._properties(paragraph):
            told = properties.find(qn("w:outlineLvl"))
            if told is not None:
                level = _number(told.get(_VALUE), _BODY)
                return level + 1 if level < _BODY else 0
        return int(self.is_title(paragraph))

    def is_title(self, paragraph: Any) -> bool:
        style = self._by_id.get(_style_of(paragraph))
        name = style.find(qn("w:name")) if style is not None else None
        return (
            name is not None and str(name.get(_VALUE)).lower() == "title"
        )  # Word's own name in any language

    def item(self, paragraph: Any) -> tuple[int, str] | None:
        """(depth from 0, its bullet or number) of an item of a list."""
        list_, depth = self._numbered(paragraph)
        if list_ in ("", "0"):
            return None
        shape, first = self._numbering.get((list_, depth), ("bullet", 1))
        if shape in ("bullet", "none"):
            return depth, "- "
        counts = self._counts[list_]
        for deeper in [at for at in counts if at > depth]:
            del counts[deeper]
        counts[depth] = counts.get(depth, first - 1) + 1
        return depth, f"{counts[depth]}. "

    def _numbered(self, paragraph: Any) -> tuple[str, int]:
        """(id of the list, depth): each is said by the paragraph, or by its style."""
        list_ = depth = None
        for properties in self._properties(paragraph):
            told = properties.find(qn("w:numPr"))
            if told is not None:
                list_ = list_ or _value(told.find(qn("w:numId")))
                depth = depth or _value(told.find(qn("w:ilvl")))
        return list_ or "", min(_MOST_DEPTH, _number(depth, 0))

    def _properties(self, paragraph: Any) -> Iterator[Any]:
        """The paragraph's own, then those of its style and of what that is based on."""
        if paragraph.pPr is not None:
            yield paragraph.pPr
        style = self._by_id.get(_style_of(paragraph))
        for _ in range(_MOST_BASES):
            if style is None:
                return
            properties = style.find(qn("w:pPr"))
            if properties is not None:
                yield properties
            style = self._by_id.get(_value(style.find(qn("w:basedOn"))))


def _numbering(document: Any) -> dict[tuple[str, int], tuple[str, int]]:
    """(id of the list, depth) → (the numbers' shape, the first of them)."""
    try:
        root = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING).element
    except KeyError:
        return {}
    abstract = {a.get(qn("w:abstractNumId")): a for a in root.findall(qn("w:abstractNum"))}
    found = {}
    for list_ in root.findall(qn("w:num")):
        shape = abstract.get(_value(list_.find(qn("w:abstractNumId"))))
        for level in shape.findall(qn("w:lvl")) if shape is not None else ():
            told = _value(level.find(qn("w:numFmt"))) or "", _number(_value(level.find(qn("w:start"))), 1)
            found[list_.get(qn("w:numId")), _number(level.get(qn("w:ilvl")), 0)] = told
    return found


def _style_of(paragraph: Any) -> str | None:
    properties = paragraph.pPr
    return _value(properties.find(qn("w:pStyle"))) if properties is not None else None


def _value(element: Any) -> str | None:
    return None if element is None else element.get(_VALUE)


def _number(told: str | None, otherwise: int) -> int:
    return int(told) if told is not None and told.isdecimal() and len(told) < 7 else otherwise
