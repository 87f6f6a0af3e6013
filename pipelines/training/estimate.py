"""What a run will be and cost, before it is launched: parameters, tokens, arithmetic, memory, disk, time.

By formula and from the machine's measured speed; nothing is built or read. Torch-free.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.training.corpora import CorpusInfo
from pipelines.training.measure import EVAL_TOKENS
from pipelines.training.size import count_parameters, flops_per_token
from pipelines.training.specs import PretrainSpec
from pipelines.training.speed import COMPILE_SECONDS, Speed, Work, compiling_pays

__all__ = ["Estimate", "count_parameters", "estimate"]

# Characters a token of English prose by vocabulary, measured with the tokenizer that is learnt here.
_VOCABULARIES = (300, 512, 1024, 2048, 4096, 8192, 65_536)
_CHARS_PER_TOKEN = (1.5, 2.4, 3.2, 3.7, 4.0, 4.2, 4.6)

_LIBRARIES_BYTES = 600_000_000  # a process with torch and transformers loaded
_STATE_BYTES = 16  # a parameter in training, in fp32: itself, its gradient, AdamW's two averages
_START_SECONDS = 10.0  # importing the libraries, reading the corpus, learning the tokenizer
_SAMPLED_LAYER_SECONDS = 0.001
_MANY_EPOCHS = 8
_FEW_TOKENS = 2  # tokens a parameter: a tenth of the compute-optimal ratio of about 20


@dataclass(frozen=True)
class Estimate:
    """``tokens`` are those the run will draw, ``epochs`` how often it passes over the corpus for that;
    ``flops`` of the whole run; ``seconds`` None when unknown; ``notes`` are for the visitor."""

    parameters: int
    tokens: int
    epochs: float
    flops: float
    memory_bytes: int
    disk_bytes: int
    seconds: float | None
    notes: tuple[str, ...]


def estimate(spec: PretrainSpec, info: CorpusInfo, settings: Settings) -> Estimate:
    vocab = _vocabulary(spec, settings)
    tokens = spec.max_steps * spec.tokens_per_step
    corpus_tokens = (
        info.characters / float(np.interp(vocab, _VOCABULARIES, _CHARS_PER_TOKEN)) + info.documents
    )
    held_in = max(1.0, corpus_tokens * (1 - spec.validation_share))
    parameters = count_parameters(spec, vocab)
    flops = flops_per_token(spec, vocab) * tokens
    return Estimate(
        parameters=parameters,
        tokens=tokens,
        epochs=tokens / held_in,
        flops=flops,
        memory_bytes=_LIBRARIES_BYTES + _STATE_BYTES * parameters + _activation_bytes(spec, vocab),
        disk_bytes=int(2 * 12 * parameters + 2 * parameters + corpus_tokens * (2 if vocab <= 2**16 else 4)),
        seconds=_seconds(spec, flops, settings),
        notes=tuple(_notes(spec, tokens, held_in, parameters)),
    )


def work_of(spec: PretrainSpec, flops: float, steps: int) -> Work:
    """``flops`` are those of all ``steps`` together."""
    return Work(flops, steps * spec.gradient_accumulation_steps * spec.num_layers)


def _seconds(spec: PretrainSpec, flops: float, settings: Settings) -> float:
    speed, work = Speed(settings), work_of(spec, flops, spec.max_steps)
    plain = speed.seconds(work, compiled=False)
    around = _START_SECONDS + _between_seconds(spec, plain)
    if spec.compile and compiling_pays(plain):
        return speed.seconds(work, compiled=True) + COMPILE_SECONDS + around
    return plain + around


def _between_seconds(spec: PretrainSpec, training: float) -> float:
    """Validation (a forward pass, so a third of a step's cost a token) and samples (a pass a token)."""
    tokens = spec.max_steps * spec.tokens_per_step
    validated = (spec.max_steps // spec.eval_every + 1) * EVAL_TOKENS
    sampled = (spec.max_steps // spec.checkpoint_every + 1) * len(spec.sample_prompts) * spec.sample_tokens
    return training * validated / tokens / 3 + sampled * spec.num_layers * _SAMPLED_LAYER_SECONDS


def _vocabulary(spec: PretrainSpec, settings: Settings) -> int:
    if spec.tokenizer == "train":
        return spec.vocab_size
    return Catalogue(settings).get(spec.tokenizer).vocab_size


def _activation_bytes(spec: PretrainSpec, vocab: int) -> int:
    """What a forward pass keeps for the backward: some 12 rows of the width and 3 of the MLP a layer, the
    logits in 16 bits, in 32 and as a gradient. Attention keeps no matrix of scores (fused)."""
    row = spec.num_layers * (12 * spec.hidden_size + 3 * spec.intermediate_size) * 4 + vocab * 10
    return spec.batch_size * spec.context_length * row


def _notes(spec: PretrainSpec, tokens: float, held_in: float, parameters: int) -> list[str]:
    notes = []
    if held_in < spec.context_length:
        notes.append("The corpus is shorter than one context: add text, or lower the context.")
    elif tokens > _MANY_EPOCHS * held_in:
        notes.append(
            f"Each text is seen about {tokens / held_in:.0f} times: the model will learn it by heart."
        )
    if tokens < _FEW_TOKENS * parameters:
        notes.append("Few tokens for so many parameters: a smaller model or more steps would learn more.")
    return notes
