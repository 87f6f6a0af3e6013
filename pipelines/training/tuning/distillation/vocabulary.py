"""Whether two models read the same tokens, as a distillation needs: by their tokenizers' files where a page
asks, by the tokenizers themselves in a job. Standard library only.
"""

from collections.abc import Mapping
from pathlib import Path

from pipelines.core.errors import SpecError
from pipelines.core.files import read_json

Vocabulary = Mapping[str, int]


def vocabulary_in(folder: Path) -> Vocabulary | None:
    """Token → id from ``tokenizer.json``; None where there is none, or none that is known here."""
    told = read_json(folder / "tokenizer.json", None)
    model = told.get("model") if isinstance(told, dict) else None
    if not isinstance(model, dict):
        return None
    own = model.get("vocab")
    if isinstance(own, list):  # unigram: pairs of a token and its score, the id is the place
        own = {str(pair[0]): place for place, pair in enumerate(own) if isinstance(pair, list) and pair}
    if not isinstance(own, dict):
        return None
    added = (one for one in told.get("added_tokens") or () if isinstance(one, dict))
    return {**own, **{str(one.get("content")): one.get("id") for one in added}}


def check_shared(student: str, ours: Vocabulary | None, teacher: str, theirs: Vocabulary | None) -> None:
    """Raise :class:`SpecError` naming both models unless the same tokens have the same ids in both. A
    vocabulary that is not known is not refused."""
    if ours is None or theirs is None or ours == theirs:
        return
    apart = next(token for token in {**ours, **theirs} if ours.get(token) != theirs.get(token))
    accepted = (
        f"a model with the vocabulary of the student {student} (the same {len(ours):,} tokens with the same "
        f"ids, as its own relatives have); {teacher} has {len(theirs):,} tokens, and {apart!r} is "
        f"{_id(theirs, apart)} there and {_id(ours, apart)} in the student's. Or leave base empty for a new "
        "student with the teacher's vocabulary"
    )
    raise SpecError("teacher", teacher, accepted)


def _id(vocabulary: Vocabulary, token: str) -> str:
    return f"id {vocabulary[token]}" if token in vocabulary else "unknown"
