"""How well a model expects a text, however long: read and encoded in pieces, its windows in batches, nothing
of it kept but sums and the first tokens.
"""

from collections.abc import Callable, Generator, Iterable, Iterator

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.evaluation.language.ledger import Ledger, Placed
from pipelines.evaluation.language.losses import Scorer
from pipelines.evaluation.language.result import LanguageResult
from pipelines.evaluation.language.windows import Size
from pipelines.models.ends import holders_of
from pipelines.models.loader import LoadedModel

KEPT = 2_048  # tokens of the first document that can be looked at one by one
BATCH = 4_096  # tokens that are read at once
_POOL = 8  # batches whose windows are sorted by length before they are read
_CONTEXT = 2_048  # of an architecture without a limit, as lm-evaluation-harness has it


def measure(
    loaded: LoadedModel,
    documents: Iterable[str],
    context: int = 0,
    stride: int = 0,
    advance: Callable[[int], None] = lambda characters: None,
    batch_tokens: int = 0,
    keep: int = KEPT,
) -> LanguageResult:
    """Each document from its own beginning, after the model's start token, as lm-evaluation-harness does it
    (``loglikelihood_rolling``, there with a stride of the whole context) with a tokenizer that puts nothing
    before a text: where one does, the harness also asks for that token and counts it with the text.

    ``context`` 0 is the model's own, ``stride`` 0 all of that. ``advance`` hears how many characters more are
    done and may raise to give up; to end early and keep what there is, end ``documents``. Raises SpecError
    for a context that the model has not, GlassworksError where there is no text.
    """
    steps = measuring(loaded, documents, context, stride, batch_tokens, keep)
    while True:
        try:
            advance(next(steps))
        except StopIteration as end:
            return end.value


def measuring(
    loaded: LoadedModel,
    documents: Iterable[str],
    context: int = 0,
    stride: int = 0,
    batch_tokens: int = 0,
    keep: int = KEPT,
) -> Generator[int, None, LanguageResult]:
    """The same in steps of a batch each: yields the characters that are done with it, returns the result."""
    loaded.need("causal-lm")
    size = size_of(loaded, context, stride)
    ledger, scorer = Ledger(loaded, start_token(loaded), size, keep), Scorer(loaded)
    placed = (one for text in documents for one in ledger.placed(_whole(text)))
    for batch in _batches(placed, batch_tokens or BATCH):
        for one, losses in zip(batch, scorer.read([one.window for one in batch]), strict=True):
            ledger.add(one, losses)
        yield ledger.advanced()
    result = ledger.result()
    if not len(result.documents):
        raise GlassworksError("There is no text to measure: give one of two tokens or more.")
    return result


def size_of(loaded: LoadedModel, context: int, stride: int) -> Size:
    """In tokens; raises SpecError for what the model has not."""
    limit = loaded.context_length
    if limit is not None and context > limit:
        raise SpecError("context_length", context, f"at most {limit:,} tokens with {loaded.name}, or 0")
    context = context or limit or _CONTEXT
    if stride > context:
        raise SpecError("stride", stride, f"at most the context, {context:,} tokens with {loaded.name}")
    return Size(context, stride or context)


def start_token(loaded: LoadedModel) -> int | None:
    """What stands before a text: BOS, else EOS; None for a model that has neither."""
    holders = (loaded.tokenizer, *holders_of(loaded))
    for holder in holders:
        for key in ("bos_token_id", "eos_token_id"):
            if isinstance(found := getattr(holder, key, None), int):
                return found
    return None


def _whole(text: str) -> str:
    """JSON may hold half of a surrogate pair, which no encoding has."""
    return text.encode("utf-8", "replace").decode()


def _batches(placed: Iterator[Placed], tokens: int) -> Iterator[list[Placed]]:
    """Windows of about the same length together, of at most so many ``tokens`` with what fills them up; one
    that is longer stands alone."""
    for pool in _pools(placed, _POOL * tokens):
        pool.sort(key=lambda one: len(one.window.ids), reverse=True)
        batch: list[Placed] = []
        for one in pool:
            if batch and (len(batch) + 1) * len(batch[0].window.ids) > tokens:
                yield batch
                batch = []
            batch.append(one)
        yield batch


def _pools(placed: Iterator[Placed], tokens: int) -> Iterator[list[Placed]]:
    pool, held = [], 0
    for one in placed:
        pool.append(one)
        held += len(one.window.ids)
        if held >= tokens:
            yield pool
            pool, held = [], 0
    if pool:
        yield pool
