"""Looks at what the question alone finds, for :mod:`pipelines.rag.retrieval.answerable` to judge."""

from pipelines.rag.retrieval import bm25, dense
from pipelines.rag.retrieval.answerable import CALIBRATED, TOP, Signs, signs
from pipelines.rag.retrieval.ranking import Ranking, union
from pipelines.rag.retrieval.run import Run


def signs_of(run: Run) -> Signs:
    """Whatever other wordings were searched and however the passages were ordered: of the question itself."""
    scope, lexical = run.scope, run.scope.library.lexical
    words, meaning = _words(run), _meaning(run)
    first = union(words.ids, meaning.ids if meaning else ())
    run.read(first)
    language = scope.collection.spec.language
    seen = {word for one in first if one in run.passages for word in lexical.words(run.text(one), language)}
    return signs(words, meaning, lexical.weights(scope.id, scope.question), seen)


def _words(run: Run) -> Ranking:
    """The first :data:`TOP`."""
    if run.words is not None and run.scope.spec.candidates >= TOP:
        return run.words.first(TOP)
    return bm25.for_wording(run.scope, run.scope.question, TOP)


def _meaning(run: Run) -> Ranking | None:
    """None where no vector was asked for. Cosines of another model than the one that was measured say nothing
    here, and BM25 speaks alone."""
    scope = run.scope
    if scope.question_vector is None or scope.collection.spec.embedder != CALIBRATED:
        return None
    if run.meaning is not None and scope.spec.candidates >= TOP:
        return run.meaning.first(TOP)
    return dense.for_vector(scope, scope.question_vector, TOP, scope.spec.index, scope.allowed)[0]
