"""A causal model with random weights that writes for a minute and never ends by itself.

Its layers are very many and very narrow. What a token costs is then the calls of Python and PyTorch, which a
wide vector unit, many cores or a large cache hardly shorten: it is slow on every machine.
"""

from pathlib import Path

_TEXT = "Anna found a red kite by the river. The little dog barked at the cat. Once upon a time. "
_LAYERS, _WIDTH, _CONTEXT = 320, 16, 4096


def add_slow_writer(folder: Path) -> str:
    """Write the model into ``folder``; returns its name."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from pipelines.training.tokenizer import train_tokenizer

    words = train_tokenizer([_TEXT] * 10, 400)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=_CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    # A tied row of zeros has the logit 0, and some other token always has more. Halves of characters are left
    # out like the end: who repeats them shows nothing until it is done.
    unseen = [token for token in range(len(words)) if not words.decode([token]).strip().isalnum()]
    with torch.no_grad():
        model.get_input_embeddings().weight[[words.eos_token_id, *unseen]] = 0
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return f"path:{folder}"
