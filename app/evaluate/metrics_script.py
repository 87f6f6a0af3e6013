"""The same figures by the libraries themselves, as a Python file for a visitor to take away. No Gradio."""

import re
from dataclasses import replace
from pprint import pformat

from app.evaluate.metrics_board import Asked, Board
from pipelines.evaluation.metrics.specs import FOUND, SPACES, SQUAD, WORDS, MetricSettings

_HEAD = '''"""Text metrics by the libraries that are their references.

{needs}
"""

'''
_INLINE = """predictions = {predictions}
references = {references}  # of each prediction, one or more"""
_FROM_FILE = """import json
texts = json.load(open("metrics.json", encoding="utf-8"))  # saved by “All figures .json”
predictions, references = texts["predictions"], texts["references"]"""
_MOST = 20_000  # characters that stand in the script itself
_STREAMS = (
    "most = max(map(len, references))\n"
    "streams = [[each[n] if n < len(each) else None for each in references] for n in range(most)]\n"
)
_SQUAD = """
def normalised(text):
    text = "".join(one for one in text.lower() if one not in set(string.punctuation))
    return " ".join(re.sub(r"\\b(a|an|the)\\b", " ", text).split())
"""
_F1 = """
def f1(said, wanted):
    said, wanted = normalised(said).split(), normalised(wanted).split()
    both = sum((Counter(said) & Counter(wanted)).values())
    return 2 * both / (len(said) + len(wanted)) if said and wanted else float(said == wanted)
"""
_EDITS = """
def edits(said, wanted):
    row = list(range(len(wanted) + 1))
    for at, one in enumerate(said, start=1):
        above, row = row, [at]
        for there, other in enumerate(wanted, start=1):
            row.append(min(above[there] + 1, row[-1] + 1, above[there - 1] + (one != other)))
    return row[-1]
"""


def script_of(board: Board) -> str:
    """Runs as it stands and prints a line for each metric of the first system, in their order. Many texts it
    reads from the file that the page saves."""
    asked, settings = board.asked, _settings(board)
    parts = [_PARTS.get(name, _rouge)(name, settings) for name in asked.metrics]
    packages = sorted({name for name, _, _ in parts if name})
    needs = f"pip install {' '.join(packages)}" if packages else "No library is needed."
    texts = _texts(asked)
    imports = {line for _, lines, _ in parts for line in lines} | ({"import json"} & {texts[:11]})
    lines = sorted(imports, key=lambda line: (line.startswith("from"), line))
    bodies = dict.fromkeys(piece for _, _, body in parts for piece in body)
    pieces = ["\n".join(lines), texts.removeprefix("import json\n"), *bodies]
    return _HEAD.format(needs=needs) + "\n\n".join(piece for piece in pieces if piece)


def _texts(asked: Asked) -> str:
    if sum(map(len, asked.predictions)) + sum(len(one) for each in asked.references for one in each) > _MOST:
        return _FROM_FILE
    references = [list(each) for each in asked.references]
    return _INLINE.format(
        predictions=pformat(list(asked.predictions), width=100), references=pformat(references, width=100)
    )


def _settings(board: Board) -> MetricSettings:
    """As they came to be here: the layer that was read, and no synonyms where there is no WordNet."""
    told = " ".join(found.signature for found in board.found)
    layer = re.search(r"\|layer:(\d+)\|", told)
    settings = replace(board.asked.settings, layer=int(layer[1])) if layer else board.asked.settings
    return replace(settings, synonyms=False) if "|synonyms:no|" in told else settings


Part = tuple[str, tuple[str, ...], tuple[str, ...]]  # packages, imports, pieces of the body


def _bleu(_: str, given: MetricSettings) -> Part:
    made = _bleu_made(given)
    body = (
        f"bleu = {made}\nprint('BLEU', bleu.corpus_score(predictions, streams).score, bleu.get_signature())\n"
    )
    return "sacrebleu", ("from sacrebleu.metrics import BLEU",), (_STREAMS, body)


def _self_bleu(_: str, given: MetricSettings) -> Part:
    made = _bleu_made(given, ", effective_order=True")
    body = (
        f"sentence_bleu = {made}\n"
        "scores = [\n    sentence_bleu.sentence_score(text, predictions[:n] + predictions[n + 1 :]).score\n"
        "    for n, text in enumerate(predictions)\n]\nprint('Self-BLEU', sum(scores) / len(scores))\n"
    )
    return "sacrebleu", ("from sacrebleu.metrics import BLEU",), (body,)


def _bleu_made(given: MetricSettings, more: str = "") -> str:
    return (
        f"BLEU(tokenize={given.tokenize!r}, lowercase={given.lowercase}, smooth_method={given.smoothing!r}, "
        f"max_ngram_order={given.max_order}{more})"
    )


def _chrf(_: str, given: MetricSettings) -> Part:
    made = (
        f"CHRF(char_order={given.char_order}, word_order={given.word_order}, beta={given.beta}, "
        f"lowercase={given.lowercase})"
    )
    body = (
        f"chrf = {made}\nprint('chrF', chrf.corpus_score(predictions, streams).score, chrf.get_signature())\n"
    )
    return "sacrebleu", ("from sacrebleu.metrics import CHRF",), (_STREAMS, body)


def _ter(_: str, given: MetricSettings) -> Part:
    made = (
        f"TER(normalized={given.normalized}, no_punct={not given.punctuation}, "
        f"case_sensitive={given.case_sensitive})"
    )
    body = f"ter = {made}\nprint('TER', ter.corpus_score(predictions, streams).score, ter.get_signature())\n"
    return "sacrebleu", ("from sacrebleu.metrics import TER",), (_STREAMS, body)


def _rouge(name: str, given: MetricSettings) -> Part:
    split = name == "rougeLsum" and given.sentences == FOUND
    note = "# Sentences are told apart at line ends here; in the app by its own rules.\n" if split else ""
    body = (
        f"{note}rouge = RougeScorer([{name!r}], use_stemmer={given.stemmer})\n"
        "pairs = zip(predictions, references)\n"
        f"scores = [rouge.score_multi(each, said)[{name!r}].fmeasure for said, each in pairs]\n"
        f"print({name!r}, sum(scores) / len(scores))\n"
    )
    return "rouge-score", ("from rouge_score.rouge_scorer import RougeScorer",), (body,)


def _meteor(_: str, given: MetricSettings) -> Part:
    words = "str.split" if given.meteor_words == SPACES else "NLTKWordTokenizer().tokenize"
    nothing = "class NoWords:\n    def synsets(self, word):\n        return []\n\n\nwords_net = NoWords()\n"
    net = "words_net = wordnet  # needs nltk.download('wordnet')\n"
    body = (
        f"words = {words}\n{net if given.synonyms else nothing}scores = [\n"
        "    meteor_score([words(one) for one in each], words(said), wordnet=words_net)\n"
        "    for said, each in zip(predictions, references)\n]\nprint('METEOR', sum(scores) / len(scores))\n"
    )
    lines = (
        "from nltk.corpus import wordnet",
        "from nltk.tokenize import NLTKWordTokenizer",
        "from nltk.translate.meteor_score import meteor_score",
    )
    return "nltk", lines, (body,)


def _bertscore(_: str, given: MetricSettings) -> Part:
    layers = f", num_layers={given.layer}" if given.layer else ""
    body = (
        "# Fails on an empty text under transformers 5; such a pair scores 0 in the app.\n"
        "found = bert_score.score(\n"
        f"    predictions, references, model_type={given.model!r}, idf={given.idf}{layers}\n)\n"
        "print('BERTScore', found[2].mean().item())\n"
    )
    return "bert-score", ("import bert_score",), (body,)


def _exact_match(_: str, given: MetricSettings) -> Part:
    body = (
        "pairs = zip(predictions, references)\n"
        "hits = [normalised(said) in map(normalised, each) for said, each in pairs]\n"
        "print('Exact match', sum(hits) / len(hits))\n"
    )
    return "", ("import re", "import string"), (_normal(given), body)


def _f1(_: str, given: MetricSettings) -> Part:
    body = (
        "scores = [max(f1(said, one) for one in each) for said, each in zip(predictions, references)]\n"
        "print('Token F1', sum(scores) / len(scores))\n"
    )
    return "", ("from collections import Counter", "import re", "import string"), (_normal(given), _F1, body)


def _normal(given: MetricSettings) -> str:
    return _SQUAD if given.normal == SQUAD else "\ndef normalised(text):\n    return text\n"


def _edit_distance(_: str, given: MetricSettings) -> Part:
    lower, split = (".lower()" if given.lowercase else ""), (".split()" if given.unit == WORDS else "")
    body = (
        f"def units(text):\n    return text{lower}{split}\n\n\ntotal = length = 0\n"
        "for said, each in zip(predictions, references):\n"
        "    ways = [(edits(units(said), units(one)), len(units(one))) for one in each]\n"
        "    fewest = min(ways, key=lambda way: way[0] / max(1, way[1]))\n"
        "    total, length = total + fewest[0], length + fewest[1]\nprint('Edit distance', total / length)\n"
    )
    return "", (), (_EDITS, body)


def _distinct(_: str, given: MetricSettings) -> Part:
    body = (
        f"split = BLEU(tokenize={given.tokenize!r}, lowercase={given.lowercase})._preprocess_segment\n"
        f"grams, n = [], {given.distinct_order}\nfor text in predictions:\n    words = split(text).split()\n"
        "    grams += [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]\n"
        "print('Distinct-n', len(set(grams)) / len(grams))\n"
    )
    return "sacrebleu", ("from sacrebleu.metrics import BLEU",), (body,)


_PARTS = {
    "bleu": _bleu,
    "chrf": _chrf,
    "ter": _ter,
    "meteor": _meteor,
    "bertscore": _bertscore,
    "exact_match": _exact_match,
    "f1": _f1,
    "edit_distance": _edit_distance,
    "distinct": _distinct,
    "self_bleu": _self_bleu,
}
