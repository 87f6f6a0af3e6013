"""Of the script for a causal model: what it reads of a row and what it learns there, and its trainer."""

from pipelines.training.tuning.chat_template import marks_replies
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.specs import SftSpec

_SPECIALS = """\
tokenizer.eos_token = tokenizer.eos_token or tokenizer.sep_token
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
"""
_TEMPLATE = '''\
# Who speaks, what is said, and between {{% generation %}} and {{% endgeneration %}} what is learnt.
tokenizer.chat_template = """\\
{template}"""
'''
_LABELLED = '''\
def labelled(ids, learnt):
    """As the trainer takes a row: a token that is only read has the label −100. The first follows nothing."""
    labels = [id_ if yes else -100 for id_, yes in zip(ids, learnt, strict=True)]
    return {"input_ids": ids[:MAX_LENGTH], "labels": [-100, *labels[1:MAX_LENGTH]]}


'''
_ENDED = """\
def ended(text):
    return text if text.endswith(tokenizer.eos_token) else text + tokenizer.eos_token


"""
_TEXT = '''\
def encoded(row):
    """A text and the token that ends it, all of which is learnt."""
    ids = tokenizer(ended(row["text"]), verbose=False).input_ids
    return labelled(ids, [True] * len(ids))
'''
_COMPLETION = '''\
def encoded(row):
    """Prompt and completion in one piece; learnt is all after the tokens that the prompt alone would have."""
    ids = tokenizer(row["prompt"] + ended(row["completion"]), verbose=False).input_ids
    alone = tokenizer(row["prompt"], verbose=False).input_ids
    same = [first == second for first, second in zip(alone, ids, strict=False)] + [False]
    shared = same.index(False)
    return labelled(ids, [False] * shared + [True] * (len(ids) - shared))
'''
_MARKED = '''\
def encoded(row):
    """A conversation as the template writes it; learnt is what it marks with {% generation %}."""
    found = tokenizer.apply_chat_template(
        row["messages"], return_dict=True, return_assistant_tokens_mask=True
    )
    return labelled(found["input_ids"], found["assistant_masks"])
'''
_UNMARKED = '''\
# The template of this base does not mark what is learnt with {% generation %}, so it is found in its text.
special = {*tokenizer.all_special_ids}
special |= {id_ for id_, token in tokenizer.added_tokens_decoder.items() if token.special}


def rendered(messages, prompt=False):
    """The conversation as text; None where the template refuses it: a program may raise anything."""
    try:
        return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
    except Exception:
        return None


def replies(messages, text):
    """Of all that the assistant says: first character, the one after the last, whether the end is certain.
    A reply is what it adds to the messages before it or, where those are rewritten then, its own words."""
    at = 0
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before, after = rendered(messages[:number], prompt=True), rendered(messages[: number + 1])
        said = message["content"].strip()
        place = text.find(said, at) if said else -1
        start = len(before) if before is not None and text.startswith(before) else place
        certain = after is not None and text.startswith(after)
        end = len(after) if certain else place + len(said)
        if start >= 0 and (certain or place >= 0) and start < end:
            yield start, end, certain
            at = end


def encoded(row):
    """A conversation as the template writes it; learnt are the tokens of the replies, with what ends them."""
    text = rendered(row["messages"])
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids, learnt = found["input_ids"], [False] * len(found["input_ids"])
    for start, end, certain in replies(row["messages"], text):
        touched = [i for i, (a, b) in enumerate(found["offset_mapping"]) if a < end and b > start]
        after = touched[-1] + 1 if touched else len(ids)
        if not certain and after < len(ids) and ids[after] in special:
            touched.append(after)
        for i in touched:
            learnt[i] = True
    return labelled(ids, learnt)
'''
_ROWS = """\
def learns(row):
    return any(label != -100 for label in row["labels"])


train = [row for row in map(encoded, rows_of("train.jsonl")) if learns(row)]
validation = [row for row in map(encoded, rows_of("validation.jsonl")) if learns(row)]
every = max(1, -(-sum(len(row["input_ids"]) for row in validation) // {most:_}))
validation = validation[::every]  # about {most:,} tokens are enough to measure on
"""


def forms(spec: SftSpec, facts: Facts) -> str:
    """In which form the rows are written: ``text``, ``messages`` or ``completion``."""
    if spec.task == "continue":
        return "text"
    return "messages" if facts.template else "completion"


def tokens(spec: SftSpec, facts: Facts) -> Part:
    """The tokenizer as the run has it."""
    code = _SPECIALS
    if spec.chat_template == "house" and spec.task != "continue":
        code += _TEMPLATE.format(template=facts.template)
    return part(code)


def reading(spec: SftSpec, facts: Facts) -> Part:
    """``encoded(row)``."""
    form = forms(spec, facts)
    if form == "text":
        return part(_LABELLED + _ENDED + _TEXT)
    if form == "completion":
        return part(_LABELLED + _ENDED + _COMPLETION)
    return part(_LABELLED + (_MARKED if marks_replies(facts.template) else _UNMARKED))


def rows(most: int) -> Part:
    """``most`` tokens of the held-out rows are measured on."""
    return part(_ROWS.format(most=most))
