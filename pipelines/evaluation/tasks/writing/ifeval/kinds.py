"""The 25 kinds of instruction by their names, with what each must be given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.writing.ifeval import keywords, layout, wording
from pipelines.evaluation.tasks.writing.ifeval.counting import RELATIONS

Given = Mapping[str, Any]
NUMBER, TEXT, TEXTS, RELATION = "a whole number from 1", "a text", "a list of texts", " or ".join(RELATIONS)


@dataclass(frozen=True)
class Kind:
    """``holds(text, given)``; ``needs`` are the names of what is given, each with what it accepts."""

    holds: Callable[[str, Given], bool]
    needs: Mapping[str, str] = field(default_factory=dict)

    def check(self, given: Given, place: str) -> None:
        """Raise SpecError with the name of what is missing or of another kind."""
        for name, accepted in self.needs.items():
            if not _ACCEPTS[accepted](given.get(name)):
                raise SpecError(f"{place}.{name}", given.get(name), accepted)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_ACCEPTS: dict[str, Callable[[Any], bool]] = {
    NUMBER: lambda value: type(value) in (int, float) and value >= 1,
    TEXT: _is_text,
    TEXTS: lambda value: isinstance(value, list | tuple) and bool(value) and all(map(_is_text, value)),
    RELATION: lambda value: value in RELATIONS,
}

KINDS: dict[str, Kind] = {
    "keywords:existence": Kind(keywords.existence, {"keywords": TEXTS}),
    "keywords:frequency": Kind(
        keywords.frequency, {"keyword": TEXT, "frequency": NUMBER, "relation": RELATION}
    ),
    "keywords:forbidden_words": Kind(keywords.forbidden_words, {"forbidden_words": TEXTS}),
    "keywords:letter_frequency": Kind(
        keywords.letter_frequency, {"letter": TEXT, "let_frequency": NUMBER, "let_relation": RELATION}
    ),
    "language:response_language": Kind(wording.response_language, {"language": TEXT}),
    "length_constraints:number_sentences": Kind(
        layout.number_sentences, {"num_sentences": NUMBER, "relation": RELATION}
    ),
    "length_constraints:number_paragraphs": Kind(layout.number_paragraphs, {"num_paragraphs": NUMBER}),
    "length_constraints:number_words": Kind(layout.number_words, {"num_words": NUMBER, "relation": RELATION}),
    "length_constraints:nth_paragraph_first_word": Kind(
        layout.first_word, {"num_paragraphs": NUMBER, "nth_paragraph": NUMBER, "first_word": TEXT}
    ),
    "detectable_content:number_placeholders": Kind(layout.placeholders, {"num_placeholders": NUMBER}),
    "detectable_content:postscript": Kind(layout.postscript, {"postscript_marker": TEXT}),
    "detectable_format:number_bullet_lists": Kind(layout.bullet_lists, {"num_bullets": NUMBER}),
    "detectable_format:constrained_response": Kind(layout.constrained_response),
    "detectable_format:number_highlighted_sections": Kind(layout.highlighted, {"num_highlights": NUMBER}),
    "detectable_format:multiple_sections": Kind(
        layout.sections, {"section_spliter": TEXT, "num_sections": NUMBER}
    ),
    "detectable_format:json_format": Kind(layout.json_format),
    "detectable_format:title": Kind(layout.title),
    "combination:two_responses": Kind(wording.two_responses),
    "combination:repeat_prompt": Kind(wording.repeat_prompt, {"prompt_to_repeat": TEXT}),
    "startend:end_checker": Kind(wording.end_phrase, {"end_phrase": TEXT}),
    "startend:quotation": Kind(wording.quotation),
    "change_case:capital_word_frequency": Kind(
        wording.capital_words, {"capital_frequency": NUMBER, "capital_relation": RELATION}
    ),
    "change_case:english_capital": Kind(wording.english_capital),
    "change_case:english_lowercase": Kind(wording.english_lowercase),
    "punctuation:no_comma": Kind(wording.no_comma),
}
