"""Virtual tokens in training: PEFT's configs of them for a model, and what a prefix begins from."""

from typing import Any

import torch
from peft import (
    PeftConfig,
    PrefixTuningConfig,
    PromptTuningConfig,
    TaskType,
    prompt_embeddings_from_past_key_values,
)
from peft.utils import load_peft_weights, set_peft_model_state_dict

from pipelines.models.virtual import left_by, takes_virtual_tokens
from pipelines.training.tuning.names import check_window, nothing_for, past_of
from pipelines.training.tuning.specs import TuneSpec


def virtual_config(model: Any, spec: TuneSpec) -> PeftConfig:
    """For the methods ``prompt`` and ``prefix``. Raises :class:`SpecError` for a model that virtual tokens
    cannot stand before."""
    config = model.config.get_text_config()
    past = past_of(config.to_dict())
    if past is None or not takes_virtual_tokens(model):
        raise nothing_for(spec.method, config.model_type)
    layers, heads, width = past
    sizes = {
        "num_layers": layers,
        "num_attention_heads": heads,
        "num_virtual_tokens": spec.num_virtual_tokens,
    }
    if spec.method == "prompt":
        # Vectors of tokens, not noise: what the base has met before is the better beginning.
        return PromptTuningConfig(
            task_type=TaskType.CAUSAL_LM,
            token_dim=model.get_input_embeddings().embedding_dim,
            prompt_tuning_init="SAMPLE_VOCAB",
            **sizes,
        )
    check_window(spec.num_virtual_tokens, getattr(config, "sliding_window", None))
    return PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, token_dim=heads * width, **sizes)


@torch.no_grad()
def begin(wrapped: Any) -> None:
    """Let a prefix begin as what tokens drawn from the vocabulary leave in the cache: random keys and values
    would disturb the base."""
    base, encoder = wrapped.get_base_model(), wrapped.prompt_encoder[wrapped.active_adapter]
    count = wrapped.active_peft_config.num_virtual_tokens
    embedding = base.get_input_embeddings()
    ids = torch.randint(0, embedding.num_embeddings, (count,)).to(base.device)
    training = base.training
    cache = left_by(base.eval(), embedding(ids))
    base.train(training)
    layers = [(layer.keys.float(), layer.values.float()) for layer in cache.layers]
    encoder.load_prompt_embeddings(prompt_embeddings_from_past_key_values(layers, num_virtual_tokens=count))


def learns_virtual_tokens(model: Any) -> bool:
    """Whether a model of ``methods.prepare`` learns virtual tokens."""
    config = getattr(model, "active_peft_config", None)
    return config is not None and config.is_prompt_learning


def put_back(model: Any, checkpoint: str) -> None:
    """The virtual tokens of a checkpoint into the model, which goes on learning them: PEFT itself loads such
    only to be used."""
    set_peft_model_state_dict(model, load_peft_weights(checkpoint, device="cpu"), model.active_adapter)
