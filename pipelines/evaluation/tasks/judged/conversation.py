"""One or two questions put to a model after each other; the second with the first and its answer before it.
Standard library only.
"""

from collections.abc import Mapping, Sequence

from pipelines.evaluation.records import Answerer, Write

# FastChat's temperatures: what has one right answer is answered greedily.
_TEMPERATURES = {
    **dict.fromkeys(("math", "coding", "reasoning", "extraction"), 0.0),
    **dict.fromkeys(("stem", "humanities"), 0.1),
}
_OTHER = 0.7
_MOST_TOKENS = 1024
Messages = list[dict[str, str]]


def answered(
    questions: Sequence[Sequence[str]], categories: Sequence[str], model: Answerer, seed: int
) -> list[list[str]]:
    """The answers of each conversation; all first questions are asked at once, then all second ones."""
    answers: list[list[str]] = [[] for _ in questions]
    for turn in range(max(map(len, questions), default=0)):
        places = [place for place, asked in enumerate(questions) if turn < len(asked)]
        writes = [
            Write(
                model.chat(messages(questions[place][: turn + 1], answers[place])),
                max_new_tokens=_MOST_TOKENS,
                temperature=_TEMPERATURES.get(categories[place], _OTHER),
                seed=seed,
            )
            for place in places
        ]
        for place, (text, *_) in zip(places, model.write(writes), strict=True):
            answers[place].append(text.strip())
    return answers


def messages(asked: Sequence[str], answers: Sequence[str]) -> Messages:
    """The conversation up to the last question.

    >>> [turn["content"] for turn in messages(["Why?", "And how?"], ["So."])]
    ['Why?', 'So.', 'And how?']
    """
    turns = []
    for place, question in enumerate(asked):
        turns.append({"role": "user", "content": question})
        if place < len(answers):
            turns.append({"role": "assistant", "content": answers[place]})
    return turns


def judged(prompts: Sequence[Sequence[Mapping[str, str]]], judge: Answerer) -> list[str]:
    """What the judge says, greedily."""
    writes = [Write(judge.chat(prompt), max_new_tokens=_MOST_TOKENS) for prompt in prompts]
    return [text for text, *_ in judge.write(writes)]
