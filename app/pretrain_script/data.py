"""Of the script: texts, tokenizer, windows and their mixture."""

from app.pretrain_script.model import source_of
from pipelines.training.objectives.sizes import sentinels_needed
from pipelines.training.specs import PretrainSpec

_TEXTS = '''\
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed({seed})
random.seed({seed})


def split(file):
    """(documents to train on, documents held out). The app holds out by each text's content instead."""
    documents = [text.strip() for text in Path(file).read_text(encoding="utf-8").split("<|endoftext|>")]
    documents = [text for text in documents if text]
    random.shuffle(documents)
    held = max(1, round({validation_share} * len(documents)))
    return documents[held:], documents[:held]


'''

_LEARN = """\
core = Tokenizer(models.BPE())
core.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
core.decoder = decoders.ByteLevel()
special = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|tool|>"]
special += ["<|mask|>", "<|pad|>"]
{sentinels}learner = trainers.BpeTrainer(
    vocab_size={vocab_size},
    min_frequency=2,
    special_tokens=special,
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
)
{learn}
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=core, eos_token="<|endoftext|>", pad_token="<|pad|>", mask_token="<|mask|>"
)
"""
_LEARN_FROM_ONE = "core.train_from_iterator(train_texts, learner)"
_LEARN_FROM_BOTH = """\
room, of_second = {ratio:.6g} * sum(map(len, train_texts)), []  # as much of it as the training will see
for text in second_texts:
    if room > 0:
        of_second.append(text)
    room -= len(text)
core.train_from_iterator([*train_texts, *of_second], learner)"""

_TAKE = """\
tokenizer = AutoTokenizer.from_pretrained({source!r})  # a folder or a Hub name
tokenizer.eos_token = tokenizer.eos_token or tokenizer.sep_token
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
"""

_WINDOWS = '''\
def encoded(documents):
    """One row of token ids, each document ended by the end-of-text token."""
    ids = []
    for text in documents:
        ids += [*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
    return torch.tensor(ids)


def windows(row, context):
    """Windows of context + 1 ids without end, shuffled anew for each pass over the row."""
    starts = range(0, len(row) - context, context)
    while True:
        for start in random.sample(starts, len(starts)):
            yield row[start : start + context + 1]


'''
_ONE = '''\
def batches(context, size, share):
    """ids[sequence, context + 1] without end."""
    drawn = windows(train_row, context)
    while True:
        yield torch.stack([next(drawn) for _ in range(size)])


train_row, held_row = encoded(train_texts), encoded(held_texts)
held_rows = {"validation": held_row}
'''
_MIXED = '''\
def batches(context, size, share):
    """ids[sequence, context + 1] without end; ``share`` of the sequences are from the second text, evenly."""
    first, second, drawn = windows(train_row, context), windows(second_row, context), 0
    while True:
        rows = []
        for _ in range(size):
            is_second = int((drawn + 1) * share) > int(drawn * share)
            rows.append(next(second if is_second else first))
            drawn += 1
        yield torch.stack(rows)


train_row, second_row = encoded(train_texts), encoded(second_texts)
held_rows = {"validation": encoded(held_texts), "second text": encoded(second_held)}
'''


def texts_code(spec: PretrainSpec) -> str:
    code = _TEXTS.format(seed=spec.seed, validation_share=spec.validation_share)
    code += 'train_texts, held_texts = split("corpus.txt")\n'
    return code + ('second_texts, second_held = split("second.txt")\n' if spec.second_corpus else "")


def tokenizer_code(spec: PretrainSpec) -> str:
    if spec.start_from or spec.tokenizer != "train":
        mask = 'tokenizer.mask_token = tokenizer.mask_token or "<|mask|>"\n'
        taken = _TAKE.format(source=source_of(spec.start_from or spec.tokenizer))
        return taken + (mask if spec.architecture == "bert" else "")
    return _LEARN.format(sentinels=_sentinels(spec), vocab_size=spec.vocab_size, learn=_learn(spec))


def batches_code(spec: PretrainSpec) -> str:
    return "\n" + _WINDOWS + (_MIXED if spec.second_corpus else _ONE)


def _sentinels(spec: PretrainSpec) -> str:
    if spec.architecture != "t5":
        return ""
    return f'special += [f"<|extra_{{n}}|>" for n in range({sentinels_needed(spec)})]\n'


def _learn(spec: PretrainSpec) -> str:
    share = spec.plan.second_tokens / spec.plan.tokens
    return _LEARN_FROM_BOTH.format(ratio=share / (1 - share)) if share else _LEARN_FROM_ONE
