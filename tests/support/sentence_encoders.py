"""Encoders with random weights, built on the spot and saved as their libraries save them."""

from pathlib import Path

WIDTH = 32


def save_bert(folder: Path, tokens: int = 400) -> Path:
    """Two layers, four heads; reads with a tokenizer of a few words."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    fast = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=fast, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokens,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(folder)
    return folder


def save_encoder(folder: Path, prompts: dict[str, str] | None = None) -> Path:
    """A sentence-transformers model: that BERT, its first state taken, a dense layer and its length made 1;
    ``prompts`` are put before texts. Its limit is 48 tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    save_bert(folder / "bert")
    read = Transformer(str(folder / "bert"), max_seq_length=48)
    torch.manual_seed(1)
    modules = [read, Pooling(WIDTH, "cls"), Dense(WIDTH, 12), Normalize()]
    model = SentenceTransformer(modules=modules, prompts=prompts or {}, device="cpu")
    model.save_pretrained(str(folder / "whole"), create_model_card=False)
    return folder / "whole"
