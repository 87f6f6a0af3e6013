"""A row of a public set, in the forms in which it is published, as one with the columns question, answer,
choices and rationale. Standard library only.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]
ROLES = {"question": "question", "answer": "answer", "choices": "choices", "rationale": "rationale"}


def plain(row: Values) -> dict[str, Any]:
    """As it is: question and answer (GSM8K, Last Letters)."""
    return dict(row)


def arithmetic(row: Values) -> dict[str, Any]:
    """AddSub, SingleEq and MultiArith as their authors and the Hub have them, and SVAMP."""
    named = {
        "sQuestion": "question",
        "question_concat": "question",
        "final_ans": "answer",
        "Answer": "answer",
        "Equation": "equation",
        "Type": "type",
        "ID": "number",
    }
    shaped = {named.get(name, name): value for name, value in row.items() if name not in _PARTS}
    if "Body" in row and "Question" in row:
        shaped["question"] = f"{str(row['Body']).strip()} {str(row['Question']).strip()}"
    if isinstance(row.get("lSolutions"), list) and row["lSolutions"]:
        shaped["answer"] = row["lSolutions"][0]
    return shaped


_PARTS = ("Body", "Question", "lSolutions", "lEquations", "lAlignments", "iIndex", "lQueryVars")


def strategy_qa(row: Values) -> dict[str, Any]:
    """The answer is yes or no; the worked solution is told as reasoning, or as a list of facts."""
    shaped = _big_bench(row)
    answer = shaped.get("answer")
    shaped.pop("choices", None)  # they are yes and no
    shaped["answer"] = (
        ("no", "yes")[answer] if isinstance(answer, bool) else _first(answer).strip(". ").lower()
    )
    facts = shaped.pop("reasoning", None) or shaped.pop("facts", None) or ""
    shaped["rationale"] = " ".join(map(str, facts)) if isinstance(facts, list) else facts
    return shaped


def commonsense_qa(row: Values) -> dict[str, Any]:
    """The authors' nested question, or the Hub's flat one."""
    asked = row.get("question")
    flat = dict(row)
    if isinstance(asked, Mapping):
        flat |= {"question": asked.get("stem"), "choices": asked.get("choices")}
        flat["question_concept"] = asked.get("question_concept", "")
    flat["answer"] = flat.pop("answerKey", None)
    return flat


def aqua(row: Values) -> dict[str, Any]:
    named = {"options": "choices", "correct": "answer"}
    return {named.get(name, name): value for name, value in row.items()}


def coin_flip(row: Values) -> dict[str, Any]:
    shaped = _big_bench(row)
    return shaped | {"answer": _first(shaped.get("answer")).strip().lower()}


def big_bench_choices(row: Values) -> dict[str, Any]:
    """Questions with choices; the answer is the text of one. The full stop that ends each is left away."""
    shaped = _big_bench(row)
    choices = shaped.get("choices")
    if isinstance(choices, list):
        shaped["choices"] = [str(choice).strip().rstrip(".") for choice in choices]
    return shaped | {"answer": _first(shaped.get("answer")).strip().rstrip(".")}


def date_understanding(row: Values) -> dict[str, Any]:
    """The authors tell the right date first, nearly always: the choices are put into an order of their own,
    the same each time, or a model that always says A would be right."""
    shaped = big_bench_choices(row)
    if isinstance(choices := shaped.get("choices"), list):
        shaped["choices"] = sorted(choices, key=lambda choice: _rank(f"{shaped.get('question')} {choice}"))
    return shaped


def _rank(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _big_bench(row: Values) -> dict[str, Any]:
    """BIG-bench's own ``input`` and ``target_scores``, and what the Hub makes of them."""
    shaped = dict(row)
    for name, role in (
        ("input", "question"),
        ("inputs", "question"),
        ("target", "answer"),
        ("targets", "answer"),
    ):
        if name in shaped:
            shaped.setdefault(role, shaped[name])
            del shaped[name]
    scores = shaped.pop("target_scores", None)
    if isinstance(scores, Mapping) and scores:
        shaped["choices"] = list(scores)
        shaped["answer"] = max(scores, key=lambda choice: scores[choice])
    offered = shaped.pop("multiple_choice_targets", None)
    shaped.pop("multiple_choice_scores", None)
    if offered:
        shaped["choices"] = offered
    return shaped


def _first(answer: Any) -> str:
    if isinstance(answer, list) and answer:
        answer = answer[0]
    return "" if answer is None else str(answer)
