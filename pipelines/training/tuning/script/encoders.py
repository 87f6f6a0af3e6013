"""Of the script for an encoder: what each task reads of a row and asks there, and how it measures answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.training.tuning.names import HEADS
from pipelines.training.tuning.script import base, head, method, order, training
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.specs import EncoderSpec


@dataclass(frozen=True)
class Lesson:
    """One task: ``config`` is what the model is told beside its own, ``count`` over how many targets of a
    batch its loss is a mean, ``collator`` what makes a batch of rows, as expressions; ``reading`` encodes the
    rows, ``measuring`` has ``answers_of`` and ``measured``."""

    auto: str
    config: dict[str, str]
    count: str
    collator: str
    reading: Part
    measuring: Part
    rows: str = "train"


def of_encoder(spec: EncoderSpec, facts: Facts) -> Sequence[Part]:
    lesson = _LESSONS[spec.task](spec)
    collator = part("", f"transformers:{lesson.collator.partition('(')[0]}")
    return (
        head.options(facts),
        order.settings(spec),
        base.precision(spec, facts),
        base.chained(facts, "AutoModelForMaskedLM"),
        base.tokenizer(),
        lesson.reading,
        order.batches(),
        order.plan(spec, facts.tokens),
        base.model(
            spec, facts, lesson.auto, [*HEADS, "decoder"], lesson.config, "the new head begins at random"
        ),
        method.method(spec, facts),
        lesson.measuring,
        training.muon(spec),
        training.encoder_trainer(spec, facts, lesson.count),
        training.encoder_going(spec, facts, spec.what.measure, lesson.collator, lesson.rows),
        Part("", collator.imports),
    )


_LABELS_CONFIG = {
    "num_labels": "len(LABELS)",
    "id2label": "dict(enumerate(LABELS))",
    "label2id": "{label: number for number, label in enumerate(LABELS)}",
}
_FILES = 'train_rows, validation_rows = rows_of("train.jsonl"), rows_of("validation.jsonl")\n'
_ENCODED = "train, validation = [*map(encoded, train_rows)], [*map(encoded, validation_rows)]\n"

_CLASSIFY = (
    _FILES
    + '''\
LABELS = sorted({row["label"] for row in train_rows + validation_rows})


def encoded(row):
    """A text, or two that are compared, and the number of its label."""
    texts = (row["text"], row["second"]) if row.get("second") else (row["text"],)
    return {**tokenizer(*texts, truncation=True, max_length=MAX_LENGTH), "labels": LABELS.index(row["label"])}


'''
    + _ENCODED
)
_CLASSIFIED = '''\
def answers_of(outputs, batch):
    return outputs.logits.argmax(-1).tolist()


def measured(answers):
    """Macro-F1 is the mean of the F1 of each label: a rare one counts as much as a common one."""
    wanted = [row["labels"] for row in validation]
    f1 = f1_score(wanted, answers, average="macro", zero_division=0.0)
    return {"accuracy": accuracy_score(wanted, answers), "macro_f1": float(f1)}
'''


def _classify(spec: EncoderSpec) -> Lesson:
    return Lesson(
        auto="AutoModelForSequenceClassification",
        config={**_LABELS_CONFIG, "problem_type": '"single_label_classification"'},
        count='len(batch["input_ids"])',
        collator="DataCollatorWithPadding(tokenizer)",
        reading=part(_CLASSIFY),
        measuring=part(
            _CLASSIFIED, "sklearn.metrics:accuracy_score, sklearn.metrics:f1_score", "scikit-learn"
        ),
    )


_TAG = (
    _FILES
    + '''\
types = sorted({tag[2:] for row in train_rows + validation_rows for tag in row["tags"] if tag != "O"})
LABELS = ["O", *(f"{prefix}-{name}" for name in types for prefix in "BI")]


def firsts(words, pieces):
    """For each word the first piece that has a character of it; None where it was cut off."""
    found, at = [], 0
    for word in words:
        end = at + len(word)
        found.append(next((i for i, (a, b) in enumerate(pieces) if a < end and b > at), None))
        at = end + 1
    return found


def encoded(row):
    """Words with a space between; the first piece of a word is asked for its tag, all others are not."""
    text = " ".join(row["words"])
    made = tokenizer(text, truncation=True, max_length=MAX_LENGTH, return_offsets_mapping=True)
    row["firsts"] = firsts(row["words"], made.pop("offset_mapping"))
    labels = [-100] * len(made["input_ids"])
    for place, tag in zip(row["firsts"], row["tags"], strict=True):
        if place is not None:
            labels[place] = LABELS.index(tag)
    return {**made, "labels": labels}


'''
    + _ENCODED
)
_TAGGED = '''\
def answers_of(outputs, batch):
    return outputs.logits.argmax(-1).tolist()


def measured(answers):
    """A name counts only when its first word, its last word and its type are right (strict BIO). A word that
    was cut off counts as outside of every name."""
    given = [
        ["O" if place is None else LABELS[line[place]] for place in row["firsts"]]
        for line, row in zip(answers, validation_rows, strict=True)
    ]
    wanted = [row["tags"] for row in validation_rows]
    if all(tag == "O" for tags in wanted + given for tag in tags):
        return {"entity_f1": 0.0}
    return {"entity_f1": float(f1_score(wanted, given, mode="strict", scheme=IOB2, zero_division=0))}
'''


def _tag(spec: EncoderSpec) -> Lesson:
    return Lesson(
        auto="AutoModelForTokenClassification",
        config=_LABELS_CONFIG,
        count='max(1, int((batch["labels"] != -100).sum()))',
        collator="DataCollatorForTokenClassification(tokenizer)",
        reading=part(_TAG),
        measuring=part(_TAGGED, "seqeval.metrics:f1_score, seqeval.scheme:IOB2", "seqeval"),
    )


_ANSWER = (
    _FILES
    + '''\
for number, row in enumerate(validation_rows):
    row["number"] = number
windows = []  # of the held-out rows: (row, which tokens are of the context, where each stands in it)


def shortened(text, most):
    """The text, cut after so many tokens."""
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    places = found["offset_mapping"]
    return text if len(places) <= most else text[: places[most - 1][1]]


def target(row, places, inside):
    """First and last token of the first answer that lies in the window; (0, 0) where none does."""
    for answer, begin in zip(row["answers"], row["starts"], strict=True):
        finish = begin + len(answer)
        hit = [i for i, yes in enumerate(inside) if yes and places[i][0] < finish and places[i][1] > begin]
        if hit and places[hit[0]][0] <= begin and places[hit[-1]][1] >= finish:
            return hit[0], hit[-1]
    return 0, 0


def encoded(row):
    """Question and context, in as many windows as the context needs; two that follow share a quarter."""
    question = shortened(row["question"], MAX_LENGTH // 2)
    room = MAX_LENGTH - len(tokenizer(question, "").input_ids)
    made = tokenizer(
        question,
        row["context"],
        truncation="only_second",
        max_length=MAX_LENGTH,
        stride=min(MAX_LENGTH // 4, room // 2),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    for window in range(len(made["input_ids"])):
        inside = [part == 1 for part in made.sequence_ids(window)]
        places = made["offset_mapping"][window]
        if "number" in row:
            windows.append((row, inside, places))
        start, end = target(row, places, inside)
        ids = {name: made[name][window] for name in tokenizer.model_input_names if name in made}
        yield {**ids, "start_positions": start, "end_positions": end}


train = [window for row in train_rows for window in encoded(row)]
validation = [window for row in validation_rows for window in encoded(row)]
'''
)
_ANSWERED = '''\
def answers_of(outputs, batch):
    logits = outputs.start_logits, outputs.end_logits
    return list(zip(*(side.float().cpu().numpy() for side in logits), strict=True))


def best_span(starts, ends, inside):
    """(score, first, last) of the best span of at most 30 tokens of the context."""
    may, far = np.array(inside), np.arange(len(inside))[None, :] - np.arange(len(inside))[:, None]
    scores = starts[: len(may), None].astype(float) + ends[None, : len(may)]
    scores[~(may[:, None] & may[None, :] & (far >= 0) & (far < 30))] = -np.inf
    first, last = np.unravel_index(scores.argmax(), scores.shape)
    return scores[first, last], first, last


def words_of(text):
    """As SQuAD compares answers: small letters, no punctuation, no articles."""
    plain = text.lower().translate(str.maketrans("", "", string.punctuation))
    return re.sub(r"\\b(a|an|the)\\b", " ", plain).split()


def overlap(wanted, given):
    """F1 over words."""
    wanted, given = words_of(wanted), words_of(given)
    if not wanted or not given:
        return float(wanted == given)
    shared = sum((Counter(wanted) & Counter(given)).values())
    return 2 * shared / (len(wanted) + len(given))


def measured(answers):
    """The best span over all windows of a row; no answer only where that scores more in all of them, and only
    if some row to learn from has none."""
    best, nothing = [(-np.inf, "")] * len(validation_rows), [np.inf] * len(validation_rows)
    for (starts, ends), (row, inside, places) in zip(answers, windows, strict=True):
        score, first, last = best_span(starts, ends, inside)
        number = row["number"]
        nothing[number] = min(nothing[number], float(starts[0] + ends[0]))
        if score > best[number][0]:
            best[number] = score, row["context"][places[first][0] : places[last][1]]
    may_be_none = any(not row["answers"] for row in train_rows)
    given = ["" if may_be_none and n > s else text for (s, text), n in zip(best, nothing, strict=True)]
    f1 = [
        max(overlap(answer, said) for answer in row["answers"] or [""])
        for row, said in zip(validation_rows, given, strict=True)
    ]
    return {"f1": float(np.mean(f1))}
'''


def _answer(spec: EncoderSpec) -> Lesson:
    return Lesson(
        auto="AutoModelForQuestionAnswering",
        config={},
        count='len(batch["input_ids"])',
        collator="DataCollatorWithPadding(tokenizer)",
        reading=part(_ANSWER),
        measuring=part(_ANSWERED, "collections:Counter, numpy as np, re, string"),
    )


_FILL = '''\
MASK_SHARE = {share}
special = np.zeros(len(tokenizer), bool)
special[[*tokenizer.all_special_ids, tokenizer.mask_token_id]] = True
ordinary = np.flatnonzero(~special)


def hidden(row, seed):
    """A row with some of its tokens to guess: 80 % of them are masked, 10 % another token, 10 % as they were.
    The same row and seed hide the same."""
    ids = np.array(row["input_ids"], np.int64)
    asked = max(1, round(MASK_SHARE * np.count_nonzero(~special[ids])))
    digest = hashlib.blake2b(ids.tobytes(), digest_size=8, salt=seed.to_bytes(8, "little")).digest()
    drawn = np.random.default_rng(int.from_bytes(digest, "little"))
    places = np.sort(np.argsort(drawn.random(len(ids)) + special[ids])[:asked])  # special ones come last
    labels, fate = np.full(len(ids), -100), drawn.random(asked)
    labels[places] = np.where(special[ids[places]], -100, ids[places])
    other = ordinary[drawn.integers(len(ordinary), size=asked)]
    seen = np.where(fate < 0.8, tokenizer.mask_token_id, np.where(fate < 0.9, other, ids[places]))
    ids[places] = np.where(special[ids[places]], ids[places], seen)
    return {{**row, "input_ids": ids.tolist(), "labels": labels.tolist()}}


def windows(row):
    """A text in as many pieces as it needs."""
    made = tokenizer(row["text"], truncation=True, max_length=MAX_LENGTH, return_overflowing_tokens=True)
    for window in range(len(made["input_ids"])):
        yield {{name: made[name][window] for name in tokenizer.model_input_names if name in made}}


def long_enough(row):
    return np.count_nonzero(~special[row["input_ids"]]) >= 4


train = [*filter(long_enough, (part for row in rows_of("train.jsonl") for part in windows(row)))]
held_out = filter(long_enough, (part for row in rows_of("validation.jsonl") for part in windows(row)))
validation = [hidden(row, 0) for row in held_out]
'''
_FILLED = '''\
class Masked(torch.utils.data.Dataset):
    """The rows to learn from, hidden anew in each batch: an item is asked for by (batch, row)."""

    def __len__(self):
        return len(train)

    def __getitem__(self, place):
        batch, row = place
        return hidden(train[row], SEED + 1 + batch)


order = [[(number, row) for row in rows] for number, rows in enumerate(order)]


def answers_of(outputs, batch):
    """(what was hidden, the five likeliest for each) of each row."""
    labels, best = batch["labels"].cpu().numpy(), outputs.logits.topk(5).indices.cpu().numpy()
    return [(row[row != -100], five[row != -100]) for row, five in zip(labels, best, strict=True)]


def measured(answers):
    hits = np.concatenate([five == wanted[:, None] for wanted, five in answers])
    return {"top1": float(hits[:, 0].mean()), "top5": float(hits.any(1).mean())}
'''


def _fill(spec: EncoderSpec) -> Lesson:
    return Lesson(
        auto="AutoModelForMaskedLM",
        config={},
        count='max(1, int((batch["labels"] != -100).sum()))',
        collator="DataCollatorForTokenClassification(tokenizer)",
        reading=part(_FILL.format(share=repr(spec.mask_share)), "hashlib, numpy as np"),
        measuring=part(_FILLED, "numpy as np, torch"),
        rows="Masked()",
    )


_LESSONS = {"classify": _classify, "tag": _tag, "answer": _answer, "fill": _fill}
