"""A model of the house's size with random weights, for benchmarks: about 5.4 million parameters."""

from pathlib import Path

from tokenizers import ByteLevelBPETokenizer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCAB = 4096
PROMPT = "Once upon a time there was a little crab who lived under a stone by the sea."


def save_house_size(folder: Path) -> Path:
    """A whole artefact; it has no end token, so it writes as many tokens as it is asked for."""
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=256,
        intermediate_size=688,
        num_hidden_layers=6,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    learner = ByteLevelBPETokenizer()
    numbers = (f"{n} {n:b} {n:x}" for n in range(20_000))  # any text that has so many different pieces
    learner.train_from_iterator([PROMPT, *numbers], vocab_size=VOCAB, special_tokens=["<|end|>"])
    PreTrainedTokenizerFast(tokenizer_object=learner._tokenizer).save_pretrained(folder)
    return folder
