"""What each kind of worker process can be asked: one line an operation, as ``module:name`` strings.

Strings, because the page side must know the messages without importing a handler (and with it torch), and
because the runtime may not import the topics.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

Handler = Callable[[Any, Any], Iterator[Any]]
_MESSAGES = "pipelines.runtime.messages"
_GENERATION = "pipelines.generation.requests"
_FILLING = "pipelines.generation.fill_mask_requests"
_COMPARING = "pipelines.generation.comparing"
_ATTENTION = "pipelines.attention"
_TOKENIZATION = "pipelines.tokenization"
_PREDICTION = "pipelines.prediction"
_CHECKS = "pipelines.training.checks"
_LAB = "pipelines.prompting.lab"
_RAG = "pipelines.rag"
_LANGUAGE = "pipelines.evaluation.language"
_METRICS = "pipelines.evaluation.metrics"


@dataclass(frozen=True)
class Operation:
    """``handler(request, models)`` is a generator: each ``next`` is a step, and what it yields is sent as an
    event, except None (a step without one) and Waiting. ``messages`` are the other classes that cross.
    ``gpu_seconds`` is what its work may take on a GPU, besides reading the model and writing tokens."""

    request: str
    handler: str
    messages: tuple[str, ...] = ()
    gpu_seconds: int = 5


@dataclass(frozen=True)
class WorkerKind:
    """A kind of worker process. ``engine`` names a function ``(settings, send) -> Engine``; ``title`` stands
    in messages, ``name`` in the name of its log and on its command line."""

    name: str
    title: str
    engine: str
    operations: tuple[Operation, ...]

    def message_types(self) -> dict[str, type]:
        """Class name → dataclass, for every message that may cross between the processes."""
        return _classes(self.operations)

    def load_handlers(self) -> dict[type, Handler]:
        """Request class → handler. Imports what computes: for the worker's side only."""
        return {_named(operation.request): _named(operation.handler) for operation in self.operations}

    def operation(self, request: type) -> Operation:
        """The one that takes this class of request."""
        reference = f"{request.__module__}:{request.__name__}"
        return next(one for one in self.operations if one.request == reference)

    def load_engine(self) -> Callable[..., Any]:
        return _named(self.engine)


_COMMON = tuple(f"{_MESSAGES}:{name}" for name in ("Loading", "Done", "Failed", "Cancel", "Held"))
_RESIDENCY = (
    Operation(f"{_MESSAGES}:PreloadRequest", "pipelines.runtime.residency:preload"),
    Operation(f"{_MESSAGES}:UnloadRequest", "pipelines.runtime.residency:unload"),
)


_DECODED = ("Decoded", "Outcome", "Measures", "Stages")


def _deciding(request: str, handler: str, *messages: str) -> Operation:
    return Operation(
        f"{_COMPARING}:{request}",
        f"pipelines.generation.compare:{handler}",
        ("pipelines.generation.strategy:Strategy", *(f"{_COMPARING}:{message}" for message in messages)),
    )


_MEASURE = Operation(  # an encoder is asked in the one kind of worker, text alone in the other
    f"{_METRICS}.requests:MetricRequest",
    f"{_METRICS}.handlers:measure",
    tuple(
        f"{_METRICS}.answers:{name}"
        for name in ("Measured", "Pair", "Count", "Alignment", "Marked", "SystemsCompared")
    ),
)


def _inside(request: str, handler: str, *messages: str, gpu_seconds: int = 10) -> Operation:
    return Operation(
        f"{_ATTENTION}.requests:{request}",
        f"{_ATTENTION}.handlers:{handler}",
        (f"{_ATTENTION}.requests:Subject", *(f"{_ATTENTION}.{message}" for message in messages)),
        gpu_seconds,
    )


INFERENCE = WorkerKind(
    "inference",
    "inference worker",
    "pipelines.runtime.serving:build_engine",
    (
        *_RESIDENCY,
        _MEASURE,
        Operation(
            f"{_GENERATION}:GenerateRequest",
            "pipelines.generation.handler:generate",
            (
                "pipelines.generation.specs:DecodingSpec",
                f"{_GENERATION}:Started",
                f"{_GENERATION}:Token",
                f"{_GENERATION}:Finished",
            ),
        ),
        _deciding("DecodeRequest", "decode", "DecodeStarted", "DecodeStep", "Wrote", "Beams", *_DECODED),
        _deciding("StepRequest", "step", "StepShown", "Stages", "Curve", "Cut"),
        Operation(
            "pipelines.generation.reading_requests:ReadRequest",
            "pipelines.generation.reading:read",
            ("pipelines.generation.reading_requests:Read",),
        ),
        Operation(
            f"{_FILLING}:FillMaskRequest",
            "pipelines.generation.fill_mask:fill_mask",
            tuple(f"{_FILLING}:{name}" for name in ("FillMaskSpec", "Filled", "Gap", "Filling")),
        ),
        Operation(
            f"{_FILLING}:NextTokensRequest",
            "pipelines.generation.next_tokens:next_tokens",
            tuple(f"{_FILLING}:{name}" for name in ("FillMaskSpec", "NextTokens", "Filling")),
        ),
        Operation(
            f"{_PREDICTION}.requests:PredictRequest",
            f"{_PREDICTION}.handlers:predict",
            tuple(
                f"{_PREDICTION}.requests:{name}"
                for name in ("Label", "Labels", "Reward", "Entity", "Entities", "AnswerSpan", "Answers")
            ),
        ),
        Operation(
            f"{_LANGUAGE}.requests:LanguageRequest",
            f"{_LANGUAGE}.handler:language",
            (
                f"{_LANGUAGE}.requests:Measuring",
                *(f"{_LANGUAGE}.result:{name}" for name in ("LanguageResult", "Shown")),
            ),
            gpu_seconds=30,
        ),
        _inside(
            "CaptureRequest", "capture",
            "answers:Captured", "answers:Part", "answers:Tokens", "answers:Stream",
        ),
        _inside("HeadRequest", "head", "answers:Head"),
        _inside("RowsRequest", "rows", "answers:Rows"),
        _inside("QueryKeyRequest", "query_key", "answers:QueryKey"),
        _inside("LensRequest", "lens", "answers:Lens"),
        _inside("ContextRequest", "context", "answers:Context", "answers:Tokens"),
        _inside("NeighboursRequest", "neighbours", "answers:TokenNeighbours"),
        _inside("MapRequest", "token_map", "answers:TokenMap"),
        _inside("AttributeRequest", "attribute", "answers:Attribution", gpu_seconds=40),
        _inside(
            "InterveneRequest", "intervene",
            "interventions:Intervention", "answers:Intervened", "answers:RunOutcome",
        ),
        _inside("PatchRequest", "patch", "answers:Patched", gpu_seconds=60),
        _inside("DifferenceRequest", "difference", "answers:Difference"),
    ),
)  # fmt: skip


def _tokenizing(request: str, handler: str, *messages: str) -> Operation:
    return Operation(
        f"{_TOKENIZATION}.requests:{request}",
        f"{_TOKENIZATION}.handlers:{handler}",
        tuple(f"{_TOKENIZATION}.{message}" for message in messages),
    )


TOKENIZERS = WorkerKind(
    "tokenizers",
    "tokenizer worker",
    f"{_TOKENIZATION}.serving:build_engine",
    (
        *_RESIDENCY,
        _MEASURE,
        _tokenizing(
            "CompareRequest", "compare",
            "comparison:Comparison", "comparison:Compared", "measures:Measures",
        ),
        _tokenizing("WindowRequest", "window", "window:Window", "window:Lane"),
        _tokenizing("TokensRequest", "tokens", "rows:TokenRows"),
        _tokenizing(
            "RoundTripRequest", "round_trip", "roundtrip:RoundTrip", "roundtrip:Difference"
        ),
        _tokenizing("StagesRequest", "stages", "answers:Stages", "stage_view:Stage", "stage_view:Piece"),
        _tokenizing(
            "ReplayRequest", "replay",
            "replay.bpe:BpeReplay", "replay.bpe:Step",
            "replay.wordpiece:WordPieceReplay", "replay.wordpiece:Match",
            "replay.unigram:Lattice",
        ),
        _tokenizing("ChatRequest", "chat", "chat:RenderedChat", "chat_spans:RoleSpan"),
        _tokenizing("BatchRequest", "batch", "batch_spec:Batch"),
        _tokenizing("VocabularyRequest", "vocabulary", "vocabulary:Page", "vocabulary:Entry"),
        _tokenizing("NeighboursRequest", "neighbours", "vocabulary:Neighbours", "vocabulary:Merge"),
        _tokenizing("DescribeRequest", "describe", "answers:Described", "special_tokens:SpecialToken"),
        _tokenizing("LanguagesRequest", "languages", "answers:Languages", "measures:LanguageRow"),
        Operation(
            f"{_CHECKS}.requests:CheckRequest",
            f"{_CHECKS}.handler:check_data",
            tuple(
                f"{_CHECKS}.requests:{name}"
                for name in ("Checking", "Checked", "Finding", "PreviewRow", "Lengths")
            ),
        ),
        Operation(
            f"{_LAB}.requests:LookRequest",
            f"{_LAB}.looking:look",
            (f"{_LAB}.requests:Looked", f"{_LAB}.requests:PromptPiece"),
        ),
        Operation(
            f"{_LAB}.requests:SizeRequest",
            f"{_LAB}.looking:size",
            (f"{_LAB}.requests:Sized", f"{_LAB}.requests:SizedCell"),
        ),
        Operation(
            f"{_RAG}.answering.requests:PromptRequest",
            f"{_RAG}.answering.prompting:prompt",
            (
                *(f"{_RAG}.{one}" for one in ("requests:Passage", "answering.requests:Turn")),
                *(f"{_RAG}.answering.answers:{one}" for one in ("Prompted", "PromptToken")),
            ),
        ),
    ),
)  # fmt: skip


def _retrieving(request: str, handler: str, *messages: str) -> Operation:
    return Operation(
        f"{_RAG}.requests:{request}",
        f"{_RAG}.{handler}",
        tuple(f"{_RAG}.{message}" for message in messages),
    )


RETRIEVAL = WorkerKind(
    "retrieval",
    "retrieval worker",
    f"{_RAG}.serving:build_engine",
    (
        _retrieving("IndexRequest", "indexing.handler:index", "answers:Indexed"),
        _retrieving("RemoveRequest", "indexing.handler:remove", "answers:Removed"),
        _retrieving(
            "SearchRequest", "retrieval.search:search",
            "specs:SearchSpec", "requests:Passage", "answers:Stage", "answers:Found",
        ),
        _retrieving(
            "ChunkRequest", "chunking.handler:chunk",
            "specs:ChunkSpec", "documents.document:Mark", "answers:ChunkedBy",
        ),
        _retrieving("MapRequest", "retrieval.map:mapped", "answers:Mapped"),
        _retrieving("SupportRequest", "answering.support:support", "answers:Claim", "answers:Supported"),
        _retrieving("CompareIndexesRequest", "index.compare:compare", "answers:IndexCompared"),
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (INFERENCE, TOKENIZERS, RETRIEVAL)}


@cache
def _classes(operations: tuple[Operation, ...]) -> dict[str, type]:
    references = [*_COMMON]
    for operation in operations:
        references += [operation.request, *operation.messages]
    found: dict[str, type] = {}
    for cls in map(_named, references):
        if found.setdefault(cls.__name__, cls) is not cls:
            raise TypeError(f"two messages are called {cls.__name__}: they would be taken for each other")
    return found


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
