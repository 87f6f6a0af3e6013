"""What a run will be and cost, before it is launched: parameters, tokens, arithmetic, memory, disk, time.

By formula and from the machine's measured speed; nothing is built or read. Torch-free.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.training.checkpoints import kept_steps
from pipelines.training.corpora import CorpusInfo
from pipelines.training.measure import EVAL_TOKENS, SHORT_CONTEXT, WIDE_HEAD
from pipelines.training.size import Size, size_of, size_of_entry
from pipelines.training.specs import PretrainSpec
from pipelines.training.speed import COMPILE_SECONDS, Speed, Work, compiling_pays

# Characters a token of English prose by vocabulary, measured with the tokenizer that is learnt here.
_VOCABULARIES = (300, 512, 1024, 2048, 4096, 8192, 65_536)
_CHARS_PER_TOKEN = (1.5, 2.4, 3.2, 3.7, 4.0, 4.2, 4.6)

_LIBRARIES_BYTES = 600_000_000  # a process with torch and transformers loaded
_ADAMW_BYTES = 16  # a parameter in training, in fp32: itself, its gradient, two averages
_MUON_BYTES = 12  # one average only
_CHECKPOINTED = 4 / 3  # the forward pass is done twice
_HEAD = 64  # units of a usual head
_START_SECONDS = 10.0  # importing the libraries, reading the corpus, learning the tokenizer
_SAMPLED_LAYER_SECONDS = 0.001
_MANY_EPOCHS = 8
_FEW_TOKENS = 2  # tokens a parameter: a tenth of the compute-optimal ratio of about 20


@dataclass(frozen=True)
class Estimate:
    """``tokens`` are those the run will draw, ``epochs`` how often it passes over the corpus for that
    (NaN for a data set that is still to be fetched); ``flops`` of the whole run; ``seconds`` None when
    unknown; ``notes`` are for the visitor."""

    parameters: int
    tokens: int
    epochs: float
    flops: float
    memory_bytes: int
    disk_bytes: int
    seconds: float | None
    notes: tuple[str, ...]


def estimate(
    spec: PretrainSpec, info: CorpusInfo, settings: Settings, second: CorpusInfo | None = None
) -> Estimate:
    """``info`` and ``second`` describe the spec's corpora."""
    size, vocab = _size(spec, settings)
    plan = spec.plan
    known = {name: i for name, i in (("", info), ("second ", second)) if i and i.documents}
    held_in = {name: _train_tokens(spec, i, vocab) for name, i in known.items()}
    drawn = {"": plan.tokens - plan.second_tokens, "second ": plan.second_tokens}
    flops = size.flops(plan)
    return Estimate(
        parameters=size.parameters,
        tokens=plan.tokens,
        epochs=drawn[""] / held_in[""] if "" in held_in else math.nan,
        flops=flops,
        memory_bytes=_LIBRARIES_BYTES + _state_bytes(spec, size) + _activation_bytes(spec, size, vocab),
        disk_bytes=_disk_bytes(spec, size, sum(held_in.values()), vocab),
        seconds=_seconds(spec, flops, settings, size.layers),
        notes=tuple(_notes(spec, {n: (drawn[n], held_in[n]) for n in held_in}, size.parameters)),
    )


def work_of(spec: PretrainSpec, flops: float, steps: int, layers: int) -> Work:
    """``flops`` are those of all ``steps`` together."""
    return Work(flops, steps * spec.gradient_accumulation_steps * layers)


def _train_tokens(spec: PretrainSpec, info: CorpusInfo, vocab: int) -> float:
    tokens = info.characters / float(np.interp(vocab, _VOCABULARIES, _CHARS_PER_TOKEN)) + info.documents
    return max(1.0, tokens * (1 - spec.validation_share))


def _seconds(spec: PretrainSpec, flops: float, settings: Settings, layers: int) -> float:
    speed, work = Speed(settings), work_of(spec, flops, spec.max_steps, layers)
    again = _CHECKPOINTED if spec.gradient_checkpointing else 1.0
    plain = again * speed.seconds(work, compiled=False)
    around = _START_SECONDS + _between_seconds(spec, plain, layers)
    if spec.compile and compiling_pays(plain):
        shapes = len({(s.context, s.batch_size) for s in spec.plan.stages})
        return again * speed.seconds(work, compiled=True) + shapes * COMPILE_SECONDS + around
    return plain + around


def _between_seconds(spec: PretrainSpec, training: float, layers: int) -> float:
    """Validation (a forward pass, so a third of a step's cost a token) and samples (a pass a token)."""
    corpora = 2 if spec.second_corpus else 1
    validated = (spec.max_steps // spec.eval_every + 1) * EVAL_TOKENS * corpora
    sampled = (spec.max_steps // spec.checkpoint_every + 1) * len(spec.sample_prompts) * spec.sample_tokens
    return training * validated / spec.plan.tokens / 3 + sampled * layers * _SAMPLED_LAYER_SECONDS


def _size(spec: PretrainSpec, settings: Settings) -> tuple[Size, int]:
    """The model's size and its vocabulary."""
    if spec.start_from:
        entry = Catalogue(settings).get(spec.start_from)
        return size_of_entry(entry), entry.vocab_size
    vocab = _vocabulary(spec, settings)
    return size_of(spec, vocab), vocab


def _state_bytes(spec: PretrainSpec, size: Size) -> int:
    averages = _MUON_BYTES if spec.optimizer == "muon" else _ADAMW_BYTES
    return (averages + (4 if spec.average_decay else 0)) * size.parameters


def _disk_bytes(spec: PretrainSpec, size: Size, corpus_tokens: float, vocab: int) -> int:
    """Two checkpoints with their optimiser, the model and its snapshots, the encoded text."""
    state = _state_bytes(spec, size) - 4 * size.parameters  # gradients are not kept
    kept = kept_steps(spec.max_steps, spec.checkpoint_every, spec.keep_checkpoints)
    return int(
        2 * state + 2 * (1 + len(kept)) * size.parameters + corpus_tokens * (2 if vocab <= 2**16 else 4)
    )


def _vocabulary(spec: PretrainSpec, settings: Settings) -> int:
    if spec.tokenizer == "train":
        return spec.vocab_size
    return Catalogue(settings).tokenizer(spec.tokenizer).vocab_size


def _activation_bytes(spec: PretrainSpec, size: Size, vocab: int) -> int:
    """What a forward pass keeps for the backward: some 12 rows of the width and 3 of the MLP a layer (with
    gradient checkpointing one row, and one layer in full), the logits in 16 bits, in 32 and as a gradient.
    Attention may keep its scores, twice in 16 bits, where it is compiled for short contexts and wide heads on
    the CPU; fused it keeps none."""
    heads = spec.num_heads if not spec.start_from else max(1, size.width // _HEAD)
    context = spec.plan.longest_context
    head_size = _HEAD if spec.start_from else spec.hidden_size // spec.num_heads
    keeps_scores = spec.compile and context <= SHORT_CONTEXT and head_size >= WIDE_HEAD
    scores = heads * context if keeps_scores else 0
    mlp = spec.intermediate_size if not spec.start_from else 3 * size.width
    layer = 12 * size.width + 3 * mlp + scores
    kept = layer + size.layers * size.width if spec.gradient_checkpointing else size.layers * layer
    return spec.plan.largest_pass * (4 * kept + vocab * 10)


def _notes(spec: PretrainSpec, corpora: dict[str, tuple[float, float]], parameters: int) -> list[str]:
    """``corpora``: name → (tokens drawn, tokens there)."""
    notes = []
    for name, (drawn, there) in corpora.items():
        if there < spec.context_length:
            notes.append(f"The {name}corpus is shorter than one context: add text, or lower the context.")
        elif drawn > _MANY_EPOCHS * there:
            notes.append(
                f"Each text of the {name}corpus is seen about {drawn / there:.0f} times: the model will "
                "learn it by heart."
            )
    if spec.plan.tokens < _FEW_TOKENS * parameters and not spec.start_from:
        notes.append("Few tokens for so many parameters: a smaller model or more steps would learn more.")
    return notes
