"""Every kind of instruction against lm-evaluation-harness's own checks, on texts put together at random of
what they look for.
"""

import random

import pytest

from pipelines.evaluation.tasks.writing.ifeval import counting
from pipelines.evaluation.tasks.writing.ifeval.following import loosely, strictly
from pipelines.evaluation.tasks.writing.ifeval.kinds import KINDS
from tests.support.ifeval_oracle import ifeval

PIECES = [
    "Sure, here it is:", "The story of Tom Sawyer", "the cat", "THE CAT SAT", "U.S. NASA", "Dr. Smith left.",
    "It was 3.5 miles. He ran!", "Why? Because.", "hello", "A-OK", "cats, dogs", "Catalogue of cats",
    "my answer is no", "My answer is no.", "My answer is maybe.", "P.S. Bye", "P. P. S. More", "p.p.s", "PS",
    "[name]", "[]", "*bold*", "**bolder**", "* *", "* a point", "- a dash", " * indented", "** no point",
    "***", "******", "\n\n", "\n", "\n***\n", "<<A title>>", "<< >>", "<<>>", "Section 1", "SECTION 2",
    "Section3", "Day 4", '{"a": 1}', "```json", "```", "[1, 2]", '"', '"quoted"', "Any other questions?",
    "any other questions", "!", "#", "12", "e.g. this", "...", "  ", "Der Hund ist da.",
]  # fmt: skip
RELATIONS = counting.RELATIONS


def given(kind: str, rng: random.Random, prompt: str) -> dict:
    number, relation = rng.randrange(1, 5), rng.choice(RELATIONS)
    words = rng.sample(["cat", "dog", "hello", "Tom Sawyer", "no", "A"], 2)
    match kind.partition(":")[2]:
        case "existence":
            return {"keywords": words[: rng.randrange(1, 3)]}
        case "frequency":
            return {"keyword": words[0], "frequency": number, "relation": relation}
        case "forbidden_words":
            return {"forbidden_words": words}
        case "letter_frequency":
            letter = rng.choice("aethQz")
            return {"letter": letter, "let_frequency": 3 * number, "let_relation": relation}
        case "response_language":
            return {"language": rng.choice(["en", "de"])}
        case "number_sentences":
            return {"num_sentences": number, "relation": relation}
        case "number_paragraphs":
            return {"num_paragraphs": number}
        case "number_words":
            return {"num_words": 5 * number, "relation": relation}
        case "nth_paragraph_first_word":
            first = rng.choice(["the", "hello", "SURE", "my"])
            return {"num_paragraphs": number, "nth_paragraph": rng.randint(1, number), "first_word": first}
        case "number_placeholders":
            return {"num_placeholders": number}
        case "postscript":
            return {"postscript_marker": rng.choice(["P.S.", "P.P.S", "PS"])}
        case "number_bullet_lists":
            return {"num_bullets": number}
        case "number_highlighted_sections":
            return {"num_highlights": number}
        case "multiple_sections":
            return {"section_spliter": rng.choice(["Section", "SECTION", "Day"]), "num_sections": number}
        case "repeat_prompt":
            return {"prompt_to_repeat": prompt}
        case "end_checker":
            return {"end_phrase": rng.choice(["Any other questions?", " any other questions"])}
        case "capital_word_frequency":
            return {"capital_frequency": number, "capital_relation": relation}
    return {}


def text_for(kind: str, rng: random.Random) -> str:
    """At random; for the kinds that hardly ever hold by chance also what they ask for."""
    text = "".join(rng.choice(PIECES) + rng.choice([" ", " ", "\n", "\n\n"]) for _ in range(rng.randrange(9)))
    match kind.partition(":")[2]:
        case "json_format" if rng.random() < 0.5:
            inner = rng.choice(['{"a": [1]}', "[]", "{a}", '"x"'])
            return rng.choice(["", "```json\n", "```JSON ", "```"]) + inner + rng.choice(["", "\n```"])
        case "two_responses" if rng.random() < 0.5:
            between, end = rng.choice(["******", "*****"]), rng.choice(["", "******"])
            return f"one {between} {rng.choice(['two', 'one'])}{end}"
        case "quotation" if rng.random() < 0.5:
            return f' "{text}"'
        case "english_capital":
            return text.upper()
        case "english_lowercase":
            return text.lower()
        case "repeat_prompt" if rng.random() < 0.5:
            return f" Say it again. {text}"
        case "end_checker" if rng.random() < 0.5:
            return f'{text}Any other questions?" '
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_verdicts(kind):
    oracle, rng, seen = ifeval(), random.Random(kind), set()
    counting._punkt.cache_clear()  # it was perhaps asked for before the oracle had found it
    for _ in range(300):
        prompt, text = "Say it again.", text_for(kind, rng)
        arguments = given(kind, rng, prompt)
        asked = oracle.InputExample(0, [kind], prompt, [arguments])
        strict = oracle.test_instruction_following_strict(asked, text).follow_instruction_list
        loose = oracle.test_instruction_following_loose(asked, text).follow_instruction_list
        assert strictly(text, [(kind, arguments)]) == strict, (text, arguments)
        assert loosely(text, [(kind, arguments)]) == loose, (text, arguments)
        seen.add(strict[0])
    assert seen == {True, False}


def test_there_are_all_kinds():
    ifeval()
    from lm_eval.tasks.ifeval.instructions_registry import INSTRUCTION_DICT

    assert len(KINDS) == 25 and set(KINDS) == set(INSTRUCTION_DICT)
