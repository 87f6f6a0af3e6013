"""The tokenizer of a new model: byte-level BPE learnt on its corpus, or another model's.

Knows nothing about jobs or files other than the folder that it is told to write.
"""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.models.marks import MASK, mask_id, sentinel

END_OF_TEXT, PAD = "<|endoftext|>", "<|pad|>"
# Reserved from the start, so that chat, tools and masked training later need no new rows in the embedding.
RESERVED = ("<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|tool|>", MASK, PAD)
_SENTINEL_STEM = sentinel(0).removesuffix("0|>")


def train_tokenizer(texts: Iterable[str], vocab_size: int, sentinels: int = 0) -> PreTrainedTokenizerFast:
    """Byte-level BPE of at most ``vocab_size`` tokens, special ones included (fewer on a small corpus).

    Digits stand alone, so that numbers are spelt the same way wherever they occur; every byte is in the
    alphabet, so that any text can be encoded and decoded without loss. ``sentinels`` tokens ``<|extra_0|>``,
    ``<|extra_1|>`` … follow the reserved ones: span corruption puts them where spans were.
    """
    extra = [sentinel(number) for number in range(sentinels)]
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=[_special(t) for t in (END_OF_TEXT, *RESERVED, *extra)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=PAD,
        mask_token=_special(MASK),
        additional_special_tokens=[_special(t) for t in (*RESERVED, *extra) if t not in (PAD, MASK)],
        clean_up_tokenization_spaces=False,
    )


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """A model folder's tokenizer, with an end-of-text token, a padding token and, where it can, a mask."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise GlassworksError("That model's tokenizer has no tokenizer.json; take a model that has one.")
    if tokenizer.eos_token is None:  # BERT's tokenizers end a text by their separator
        tokenizer.eos_token = tokenizer.sep_token
    if tokenizer.eos_token is None:
        raise GlassworksError("That model's tokenizer has no end-of-text token, which pretraining needs.")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.mask_token is None and mask_id(tokenizer) is not None:
        tokenizer.add_special_tokens({"mask_token": _special(MASK)})
    for how in ("local_files_only", "is_local"):  # how it was loaded here is no property to save with it
        tokenizer.init_kwargs.pop(how, None)
    return tokenizer


def without_template(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """The tokenizer, putting nothing around a text: the rows of a training have nothing there, so a new model
    must not be asked with it either (a prompt that ends in end-of-text would ask for the next text)."""
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B:1")
    return tokenizer


def _special(token: str) -> AddedToken:
    """A gap takes the space before it along, as the word that it stands for did: `` dog`` → ``<|mask|>``."""
    gap = token == MASK or token.startswith(_SENTINEL_STEM)
    return AddedToken(token, lstrip=gap, normalized=False, special=True)
