"""What the requests of :mod:`pipelines.attention.requests` are answered with: arrays with named axes."""

from dataclasses import dataclass

import numpy as np

MEASURES = (
    "entropy",  # of a row's weights, in nats, mean over the queries
    "distance",  # mean distance between a query and its keys, in tokens, by weight
    "first",  # mass on the first token: the sink
    "itself",  # mass of a query on its own place
    "previous",  # mass on the token just before
    "duplicate",  # mass on earlier tokens that are the same; mean over the queries that have one
    "induction",  # mass on tokens that came after an earlier same token; the same mean
)


@dataclass(frozen=True)
class Tokens:
    """A sequence as the model read it. ``starts`` and ``ends`` are characters of the text it came from, both
    -1 where a token has none there; ``special`` marks tokens that stand for no text; ``generated`` is the
    number of tokens at the end that the model wrote itself."""

    ids: np.ndarray  # int32 [n]
    texts: tuple[str, ...]
    special: np.ndarray  # bool [n]
    starts: np.ndarray  # int32 [n]
    ends: np.ndarray  # int32 [n]
    generated: int = 0


@dataclass(frozen=True)
class Part:
    """One kind of attention of a model. ``thumbnails`` holds in each cell the largest weight of ``cell`` ×
    ``cell`` tokens, as ``255 · sqrt(weight)``; ``windows`` is the sliding window of each layer in tokens, 0
    for none; ``measures`` is in the order of MEASURES, NaN where it has no meaning."""

    name: str  # one of requests.PARTS
    queries: Tokens
    keys: Tokens
    layers: int
    heads: int
    kv_heads: int
    causal: bool
    cell: int
    thumbnails: np.ndarray  # uint8 [layer, head, query cell, key cell]
    measures: np.ndarray  # float32 [layer, head, measure]
    windows: np.ndarray  # int32 [layer]


@dataclass(frozen=True)
class Stream:
    """The residual stream of one stack of layers, each the mean over positions of the length of a vector:
    ``residual`` before the first layer and after each; ``attention``, ``cross`` (empty without it) and
    ``mlp`` are what these wrote."""

    name: str  # self, encoder or decoder
    residual: np.ndarray  # float32 [layer + 1]
    attention: np.ndarray  # float32 [layer]
    cross: np.ndarray  # float32 [layer] or [0]
    mlp: np.ndarray  # float32 [layer]


@dataclass(frozen=True)
class Captured:
    """``positions`` is how the model knows order: rope, learned, sinusoidal, alibi, relative or none.
    ``loss[i]`` is -log p of token i given those before it, in nats, ``ranks[i]`` its rank (0: likeliest);
    NaN and -1 where there is no such prediction (the first token; all of a masked model).
    ``exact`` is False where whole matrices of the library's slow attention were taken."""

    kind: str  # causal-lm, masked-lm, seq2seq-lm or encoder
    parts: tuple[Part, ...]
    streams: tuple[Stream, ...]
    positions: str
    loss: np.ndarray  # float32 [n], of the last sequence: the decoder's, or the only one
    ranks: np.ndarray  # int32 [n]
    exact: bool
    seconds: float


@dataclass(frozen=True)
class Head:
    """``weights`` are ``high · sqrt(weight)`` as whole numbers, ``high`` 65535 or 255; where ``cell`` > 1
    each is the largest of ``cell`` × ``cell`` tokens, and exact rows are to be had by a RowsRequest."""

    weights: np.ndarray  # uint16 or uint8 [query, key]
    cell: int


@dataclass(frozen=True)
class Rows:
    weights: np.ndarray  # float32 [count, key]


@dataclass(frozen=True)
class QueryKey:
    """``scores = (q · k) · scaling``, capped by ``softcap`` (0: not), plus ``bias``; where ``allowed``,
    their softmax is ``weights``. ``plain_*`` are the vectors before the rotation of RoPE and ``angles`` its
    turn at each position, in radians between -π and π, for each pair of dimensions that turns (``pairs``): by
    a positive angle the first towards the second. All four are empty for a layer without RoPE. With YaRN what
    turns is also made longer, the same for all. ``table`` is what a learned or sinusoidal table adds to the
    embedding at the query's position, empty without one."""

    query: np.ndarray  # float32 [d]
    keys: np.ndarray  # float32 [m, d]
    plain_query: np.ndarray  # float32 [d]
    plain_keys: np.ndarray  # float32 [m, d]
    angles: np.ndarray  # float32 [m, pairs]
    pairs: np.ndarray  # int32 [pairs, 2]; at most d / 2
    table: np.ndarray  # float32 [embedding] or [0]
    scaling: float
    softcap: float
    bias: np.ndarray  # float32 [m]
    allowed: np.ndarray  # bool [m]
    scores: np.ndarray  # float32 [m]
    weights: np.ndarray  # float32 [m]
    kv_head: int
    window: int
    sink: float  # weight of a learnt sink that is no token; 0 without one


@dataclass(frozen=True)
class Lens:
    """Row 0 is the embedding, row l what stands after layer l; the last is the model's own output. ``ranks``
    is where the final likeliest token stood (0: first), ``kl`` the nats that are lost by taking that row's
    distribution for the final one: KL(final ‖ row); ``entropy`` is of the row's own, in nats. ``texts`` are
    those of the ids that occur."""

    first: int
    ids: np.ndarray  # int32 [layer + 1, count, top_k]
    probabilities: np.ndarray  # float32, the same
    ranks: np.ndarray  # int32 [layer + 1, count]
    kl: np.ndarray  # float32 [layer + 1, count]
    entropy: np.ndarray  # float32 [layer + 1, count]
    texts: dict[str, str]  # id as digits → the token's text


@dataclass(frozen=True)
class Attribution:
    """For each token up to the position, or all of a model that sees both ways. ``removed`` is how much the
    explained token's log-probability falls, in nats, when no query may see that token; ``rollout`` and
    ``flow`` follow the weights down through the layers (flow is empty for long texts), each summing to 1;
    ``gradient`` is gradient × input. The tokens are the encoder's in an encoder–decoder. ``agreement`` leaves
    out a method that tells no token from another."""

    position: int
    token_id: int
    token: str
    log_prob: float
    removed: np.ndarray  # float32 [n]
    rollout: np.ndarray  # float32 [n]
    flow: np.ndarray  # float32 [n] or [0]
    gradient: np.ndarray  # float32 [n]
    agreement: dict[str, float]  # method → Spearman's rank correlation with ``removed``


@dataclass(frozen=True)
class RunOutcome:
    """What came of one run. ``loss`` as in Captured. ``ids`` are the likeliest next tokens after the text, of
    an encoder–decoder after the target that it was given, of a masked model those at its first mask;
    ``sample`` is what is written from there on, empty where the model cannot write."""

    loss: np.ndarray  # float32 [n]
    ids: np.ndarray  # int32 [top_k]
    probabilities: np.ndarray  # float32 [top_k]
    texts: tuple[str, ...]
    sample: str


@dataclass(frozen=True)
class Intervened:
    """``shared`` has both runs' probabilities of the same tokens: the union of both lists."""

    before: RunOutcome
    after: RunOutcome
    shared_ids: np.ndarray  # int32 [k]
    shared_texts: tuple[str, ...]
    shared: np.ndarray  # float32 [2, k]
    kl: float  # from the distribution before to that after, in nats


@dataclass(frozen=True)
class Patched:
    """``recovered`` is 1 where the patched run answers like the clean one, 0 where like the corrupted."""

    clean: tuple[str, ...]
    corrupted: tuple[str, ...]
    answer: str
    other: str
    clean_difference: float
    corrupted_difference: float
    recovered: np.ndarray  # float32 [layer, position]


@dataclass(frozen=True)
class TokenNeighbours:
    ids: np.ndarray  # int32 [count]
    texts: tuple[str, ...]
    cosines: np.ndarray  # float32 [count]
    norm: float  # length of the vector that was asked about
    twin: float  # cosine of a single token's input and output vector: 1 where tied, NaN for several or none


@dataclass(frozen=True)
class TokenMap:
    ids: np.ndarray  # int32 [n]
    texts: tuple[str, ...]
    xy: np.ndarray  # float32 [n, 2]
    marked: np.ndarray  # bool [n]
    explained: np.ndarray  # float32 [2]: share of the variance along each axis


@dataclass(frozen=True)
class Context:
    """``cosines[l, i]``: between the static vector of token ``first + i`` and its vector after l layers;
    ``neighbours`` are the tokens whose static vectors are nearest to it after each layer. ``tokens`` are all
    of the text, ``texts`` those of the neighbours."""

    tokens: Tokens
    first: int
    cosines: np.ndarray  # float32 [layer + 1, count]
    neighbours: np.ndarray  # int32 [layer + 1, count, 3]
    texts: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """``part`` of the first model beside that of the other; ``change`` is 127 · (other − one), by cell, of
    the weights that the thumbnails show; ``distance`` the mean over queries of half the sum of |other −
    one|: how much of the mass has moved, 0 to 1."""

    one: Captured
    other: Captured
    change: tuple[np.ndarray, ...]  # for each part int8 [layer, head, query cell, key cell]
    distance: tuple[np.ndarray, ...]  # for each part float32 [layer, head]
