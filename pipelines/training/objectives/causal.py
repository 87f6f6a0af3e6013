"""The next token, given all before it: what GPT and Llama models learn by."""

from collections.abc import Iterator

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from pipelines.training.loss import next_token_loss, plain_loss
from pipelines.training.model import build_model
from pipelines.training.objectives.base import Batch
from pipelines.training.samples import Sampler
from pipelines.training.specs import PretrainSpec


class NextToken:
    next_token = True
    auto_class = AutoModelForCausalLM

    def build(self, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
        return build_model(spec, len(tokenizer), tokenizer.eos_token_id, tokenizer.pad_token_id)

    def batch(self, ids: torch.Tensor, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> Batch:
        """What the model reads and what it should say next, each [item, context]."""
        return {"input_ids": ids[:, :-1].contiguous(), "targets": ids[:, 1:].contiguous()}

    def loss(self, model: PreTrainedModel, batch: Batch, plain: bool = False) -> torch.Tensor:
        compute = plain_loss if plain else next_token_loss
        return compute(model, batch["input_ids"], batch["targets"])

    def samples(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, spec: PretrainSpec
    ) -> Iterator[tuple[str, str]]:
        sampler = Sampler(tokenizer, spec.sample_prompts, spec.sample_tokens, spec.context_length, spec.seed)
        yield from sampler(model)

    def card_code(self, spec: PretrainSpec) -> str:
        prompt = spec.sample_prompts[0] if spec.sample_prompts else "Once upon a time"
        return (
            "from transformers import pipeline\n"
            'write = pipeline("text-generation", model=".")\n'
            f'print(write("{_quoted(prompt)}")[0]["generated_text"])'
        )


def _quoted(prompt: str) -> str:
    return " ".join(prompt.replace("\\", "").replace('"', "'").replace("`", "'").split())
