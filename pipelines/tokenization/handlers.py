"""Handlers of the tokenizer worker: each loads the tokenizers that its request names, and answers once."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.fields import from_dict
from pipelines.tokenization import batch as batches
from pipelines.tokenization import comparison, roundtrip, rows, stage_view
from pipelines.tokenization import window as windows
from pipelines.tokenization.answers import Described, Languages, Stages
from pipelines.tokenization.batch_spec import BatchSpec
from pipelines.tokenization.chat import render_chat
from pipelines.tokenization.conversation import Conversation
from pipelines.tokenization.describe import describe as described
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.measures import compression_by_language
from pipelines.tokenization.memo import Memo
from pipelines.tokenization.replay.bpe import replay_bpe
from pipelines.tokenization.replay.unigram import lattice
from pipelines.tokenization.replay.wordpiece import replay_wordpiece
from pipelines.tokenization.requests import (
    BatchRequest,
    ChatRequest,
    CompareRequest,
    DescribeRequest,
    LanguagesRequest,
    NeighboursRequest,
    ReplayRequest,
    RoundTripRequest,
    StagesRequest,
    TokensRequest,
    VocabularyRequest,
    WindowRequest,
    names_of,
)
from pipelines.tokenization.vocabulary import VocabularyQuery

_MEMO = Memo()
_REPLAYS = {"bpe": replay_bpe, "wordpiece": replay_wordpiece, "unigram": lattice}
Handler = Callable[[Any, Any], Iterator[Any]]


def answering(answer: Callable[..., Any]) -> Handler:
    """A handler from a function of the request and the tokenizers that it names, in order: one that returns
    the answer, or a generator that yields Waiting and returns it."""

    def handle(request: Any, tokenizers: Any) -> Iterator[Any]:
        with ExitStack() as held:
            loaded = []
            for name in names_of(request):
                loaded.append((yield from held.enter_context(tokenizers.use(name)).ready()))
            given = answer(request, *loaded)
            yield (yield from given) if isinstance(given, Generator) else given

    return handle


@answering
def compare(request: CompareRequest, *loaded: LoadedTokenizer) -> Iterator[Any]:
    timed = yield from _MEMO.timed(loaded, request.text, request.add_special_tokens)
    encodings, seconds = zip(*timed, strict=True)
    return comparison.compare(loaded, encodings, seconds)


@answering
def window(request: WindowRequest, *loaded: LoadedTokenizer) -> Iterator[Any]:
    encodings = yield from _MEMO.encoded(loaded, request.text, request.add_special_tokens)
    starts = _MEMO.line_starts(request.text, request.width)
    return windows.make_window(encodings, starts, request.first, request.lines)


@answering
def tokens(request: TokensRequest, loaded: LoadedTokenizer) -> Iterator[Any]:
    (encoded,) = yield from _MEMO.encoded([loaded], request.text, request.add_special_tokens)
    return rows.token_rows(encoded, request.first, request.count)


@answering
def round_trip(request: RoundTripRequest, loaded: LoadedTokenizer) -> Iterator[Any]:
    (encoded,) = yield from _MEMO.encoded([loaded], request.text, False)
    return roundtrip.round_trip(loaded, encoded)


@answering
def stages(request: StagesRequest, loaded: LoadedTokenizer) -> Stages:
    special = request.add_special_tokens
    return Stages(stage_view.stages(loaded, request.text, add_special_tokens=special))


@answering
def replay(request: ReplayRequest, loaded: LoadedTokenizer) -> Any:
    if loaded.kind not in _REPLAYS:
        raise GlassworksError(
            f"{loaded.name} is a {loaded.kind} tokenizer: whole words are looked up, so nothing is merged."
        )
    return _REPLAYS[loaded.kind](loaded, request.word)


@answering
def chat(request: ChatRequest, loaded: LoadedTokenizer) -> Any:
    conversation = Conversation(
        tuple(request.messages),
        tuple(request.tools),
        request.add_generation_prompt,
        request.continue_final_message,
    )
    return render_chat(loaded, conversation, request.template)


@answering
def batch(request: BatchRequest, loaded: LoadedTokenizer) -> Any:
    return batches.make_batch(loaded, request.texts, from_dict(BatchSpec, request.spec), request.pairs)


@answering
def vocabulary(request: VocabularyRequest, loaded: LoadedTokenizer) -> Any:
    return loaded.index.page(from_dict(VocabularyQuery, request.query))


@answering
def neighbours(request: NeighboursRequest, loaded: LoadedTokenizer) -> Any:
    return loaded.index.neighbours(request.id)


@answering
def describe(request: DescribeRequest, loaded: LoadedTokenizer) -> Described:
    return described(loaded)


@answering
def languages(request: LanguagesRequest, loaded: LoadedTokenizer) -> Languages:
    return Languages(compression_by_language(loaded))
