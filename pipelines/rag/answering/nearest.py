"""The sentence that has most to do with a question: for a model that reads little at once.

That it is one was measured with ``house/story-instruct``, which learnt to read at most 420 characters: on 300
training questions of FairytaleQA with five retrieved passages each, token F1 was .140 with the best sentence,
.113 with two, .122 with three (200 questions), and .124 with the one around the extracted answer. On 200
validation questions it is .168, and .044 with all passages in the numbered form
(``benchmarks/rag_answers.py``). Pure.
"""

from collections.abc import Sequence

from pipelines.common.sentences import sentences_of
from pipelines.rag.answering.words import content, shared, weights

CHARACTERS = 420


def nearest_sentence(question: str, texts: Sequence[str]) -> tuple[int, str]:
    """(place of its text, the sentence, cut at a word where it is too long). Of sentences that have as much
    of the question the first is taken; ``texts`` are best first. One that says nothing beyond the question,
    such as a heading, is taken where there is no other. Without any sentence (0, "").

    >>> nearest_sentence("Who ate the cake?", ["It rained.", "A fox came. The bear ate the cake. He slept."])
    (1, 'The bear ate the cake.')
    >>> nearest_sentence("What is attention?", ["Attention\\n\\nAttention weighs what other tokens say."])
    (0, 'Attention weighs what other tokens say.')
    """
    found = [(number, text[a:b]) for number, text in enumerate(texts) for a, b in sentences_of(text)]
    if not found:
        return 0, ""
    weight, wanted = weights(sentence for _, sentence in found), content(question)
    telling = [one for one in found if not set(content(one[1])) <= set(wanted)]
    number, sentence = max(telling or found, key=lambda one: shared(wanted, content(one[1]), weight))
    return number, _short(" ".join(sentence.split()))


def _short(sentence: str) -> str:
    if len(sentence) <= CHARACTERS:
        return sentence
    return sentence[: CHARACTERS + 1].rpartition(" ")[0] or sentence[:CHARACTERS]
