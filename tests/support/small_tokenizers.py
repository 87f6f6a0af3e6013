"""Small tokenizers of each kind, learnt on the spot, and texts that are hard on them."""

import json
import random
from functools import lru_cache

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.tokenizer_json import from_backend
from tests.support.chat_templates import CONTROL, SPECIAL

SENTENCES = (
    "The quick brown fox jumps over the lazy dog, and nobody was surprised.",
    "Naïve café crowds déjà vu: 17 croissants, 2026 coffees!",
    "Привет, мир! Как дела сегодня, друзья?",
    "日本語の文章はとても短いです。",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "def add(a, b):\n    return a + b  # adds two numbers\n",
    "You are helpful. system user assistant says hello to the world 👩‍🚀🌊",
)
PIECES = (
    *(
        "the",
        " fox",
        "dog ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "café",
        "e\u0301",
        "Ω",
        "日本",
        "мир",
        "مرحبا",
        "👩‍🚀",
        "🏳️‍🌈",
    ),
    *(
        "\u200d",
        "\x00",
        "\x7f",
        "12",
        "2026",
        ".",
        "?!",
        "'s",
        "a" * 40,
        "##",
        "▁",
        "Ġ",
        "<s>",
        "</s>",
        "<|im_end|>",
    ),
    *("\ufeff", "\u0300\u0301", "ﬁ", "İ", "ß", "\u2028", "<unk>", "[INST]", "İstanbul", "̈", "\U000e0001"),
)


def special_tokens() -> list[AddedToken]:
    return [AddedToken(token, special=True, normalized=False) for token in (*SPECIAL.values(), *CONTROL)]


def texts(seed: int, count: int) -> list[str]:
    """Odd texts: words, emoji with joiners, combining marks, right-to-left, NUL, control tokens, nothing."""
    rng = random.Random(seed)
    made = ["".join(rng.choices(PIECES, k=rng.randint(1, 30))) for _ in range(count - 1)]
    return ["", *made]


def make_bpe() -> Tokenizer:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=special_tokens(),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(SENTENCES * 3, trainer)
    return core


def make_wordpiece() -> Tokenizer:
    core = Tokenizer(models.WordPiece(unk_token="<unk>"))
    core.normalizer = normalizers.BertNormalizer()
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special_tokens(), show_progress=False)
    core.train_from_iterator(SENTENCES * 3, trainer)
    ends = [("<s>", core.token_to_id("<s>")), ("</s>", core.token_to_id("</s>"))]
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=ends
    )
    return core


def make_unigram() -> Tokenizer:
    core = Tokenizer(models.Unigram())
    core.normalizer = normalizers.NFKC()
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=special_tokens(), unk_token="<unk>", show_progress=False
    )
    core.train_from_iterator(SENTENCES * 3, trainer)
    core.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", core.token_to_id("</s>"))]
    )
    return core


def make_byte_fallback() -> Tokenizer:
    """BPE as Llama 2 has it: words with their ▁, and every byte for what is not in the vocabulary."""
    core = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=special_tokens(), show_progress=False)
    core.train_from_iterator(SENTENCES * 3, trainer)
    told = json.loads(core.to_str())
    vocabulary = told["model"]["vocab"]
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    core = Tokenizer.from_str(json.dumps(told))
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return core


MAKERS = {"bpe": make_bpe, "wordpiece": make_wordpiece, "unigram": make_unigram}


@lru_cache
def backend(kind: str) -> Tokenizer:
    """Made once; for those who change nothing in it."""
    return MAKERS[kind]()


def loaded(kind: str) -> LoadedTokenizer:
    core = backend(kind)
    return from_backend(kind, core, json.loads(core.to_str()), SPECIAL)


def transformers_tokenizer(kind: str, **given):
    """The same tokenizer in transformers' hands."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(backend(kind).to_str()), **SPECIAL, **given
    )
