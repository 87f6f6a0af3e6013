"""A causal model with random weights that writes for half a minute and never ends by itself."""

from pathlib import Path

_TEXT = "Anna found a red kite by the river. The little dog barked at the cat. Once upon a time. "
_SIZES = {"num_layers": 16, "hidden_size": 256, "num_heads": 4, "num_kv_heads": 4, "intermediate_size": 704}


def add_slow_writer(folder: Path) -> str:
    """Write the model into ``folder``; returns its name."""
    import torch

    from pipelines.training.objectives import objective_of
    from pipelines.training.specs import PretrainSpec
    from pipelines.training.tokenizer import train_tokenizer

    words = train_tokenizer([_TEXT] * 10, 400)
    model = objective_of("llama").build(PretrainSpec(context_length=4096, **_SIZES), words)
    with torch.no_grad():  # a tied row of zeros has the logit 0, and some other token always has more
        model.get_input_embeddings().weight[words.eos_token_id] = 0
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return f"path:{folder}"
