"""The part of a script that finds words: BM25 as the app's word index computes it. The figures and names are
those of :mod:`pipelines.rag.index`, which imports too much to be asked here; a test holds them together.
"""

from pipelines.common.words import word_pattern
from pipelines.rag.scripts.facts import Asked

K1, B, METHOD = 0.9, 0.4, "lucene"
STOP_WORDS = {
    "english": "STOPWORDS_EN_PLUS",
    **{
        language: f"STOPWORDS_{language.upper()}"
        for language in (
            "french", "german", "spanish", "italian", "portuguese", "dutch", "swedish", "danish", "norwegian",
            "russian",
        )
    },
}  # fmt: skip
_WIDE = 92  # characters of the pattern in a line
_ANALYSED = '''\
# A word is a run of letters and their marks; of scripts without spaces each character is one.
WORD = re.compile(
{pattern})
{constants}

def words(text):
    """In small letters, without the words that say little and without endings."""
    found = WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
{parted}    return {kept}
'''
_PARTED = """\
    found = [part for word in found for part in re.split("['’]", word)]
"""
_INDEX = '''\
bm25 = bm25s.BM25(k1={k1}, b={b}, method="{method}")
bm25.index([words(text) for text in texts], create_empty_token=False, show_progress=False)


def word_scores(question):
    """BM25 of every chunk{of}."""
{scores}


def by_words(question):
    """Chunk -> score, the best that have a word of the question."""
    scores = word_scores(question)
    order = [at for at in np.argsort(-scores, kind="stable") if scores[at] > 0{allowed}]
    return {{int(at): float(scores[at]) for at in order[:CANDIDATES]}}
'''
_ONE = """\
    known = bm25.get_tokens_ids(words(question))
    return bm25.get_scores_from_ids(known) if known else np.zeros(len(texts))
"""
_SEVERAL = """\
    found = [np.zeros(len(texts))]
    for wording in [question, *OTHER_WORDINGS]:
        if known := bm25.get_tokens_ids(words(wording)):
            found.append(bm25.get_scores_from_ids(known))
    return np.max(found, axis=0)
"""


def by_words(asked: Asked) -> list[str]:
    """How a text's words are told, and the scores of every chunk."""
    index = _INDEX.format(
        k1=K1,
        b=B,
        method=METHOD,
        of=", the best of all wordings" if asked.queries else "",
        scores=(_SEVERAL if asked.queries else _ONE).rstrip("\n"),
        allowed=" and at in ALLOWED" if asked.filtered else "",
    )
    return [_analysed(asked.collection.language), index]


def _analysed(language: str) -> str:
    stop, constants, kept = STOP_WORDS.get(language), "", "found"
    if stop:
        constants += f"STOP = frozenset(stopwords.{stop})\n"
        kept = "[word for word in found if word not in STOP]"
    if language != "none":
        constants += f'stemmer = Stemmer.Stemmer("{language}")\n'
        kept = f"stemmer.stemWords({kept})"
    parted = "" if language == "english" else _PARTED
    return _ANALYSED.format(
        pattern=_lines(word_pattern().pattern), constants=constants, parted=parted, kept=kept
    )


def _lines(pattern: str) -> str:
    """The pattern as texts below each other, in plain ASCII."""
    lines = [""]
    for character in pattern:
        piece = "'" if character == "'" else ascii(character)[1:-1].replace('"', '\\"')
        if len(lines[-1]) + len(piece) > _WIDE:
            lines.append("")
        lines[-1] += piece
    return "".join(f'    "{line}"\n' for line in lines)
