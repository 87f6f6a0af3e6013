"""The part of a script that ranks: words, meaning, both joined, and the later stages; only what the settings
ask for. ``vector_of``, ``vectors_at`` and ``nearest`` are those of its flavour.
"""

from pipelines.rag.scripts.facts import Asked
from pipelines.rag.scripts.words import by_words

_ONE_VECTOR = '''\
def cosines_of(question, wanted):
    """Chunk -> cosine."""
    return dict(zip(wanted, (vectors_at(wanted) @ vector_of(question)).tolist())) if wanted else {}


def by_meaning(question):
    """Chunk -> cosine, the nearest of all."""
    return dict(nearest(vector_of(question)))
'''
_VECTORS = '''\
def query_vectors(question):
    """Of the question and of its other wordings."""
    own = vector_of(question)
{mixed}    return [own, *map(vector_of, OTHER_WORDINGS)]


def cosines_of(question, wanted):
    """Chunk -> cosine, the best of all wordings."""
    if not wanted:
        return {{}}
    cosines = np.max([vectors_at(wanted) @ vector for vector in query_vectors(question)], axis=0)
    return dict(zip(wanted, map(float, cosines)))


def by_meaning(question):
    """Chunk -> cosine, the nearest of all."""
    found = {{}}
    for vector in query_vectors(question):
        for at, cosine in nearest(vector):
            found[at] = max(cosine, found.get(at, cosine))
    return dict(ranked(found)[:CANDIDATES])
'''
_MIXED = (
    "    own = own + vector_of(HYPOTHETICAL)  # an invented answer: what is like it is searched (HyDE)\n"
    "    own = own / np.linalg.norm(own)\n"
)
_WEIGHTED = '''\
def candidates(question):
    """Weighted fusion: each retriever's scores scaled to 0..1 over the candidates of both, then added."""
    words, meaning = by_words(question), by_meaning(question)
    meaning |= cosines_of(question, [at for at in words if at not in meaning])
    scores = word_scores(question)
    words |= {at: float(scores[at]) for at in meaning if at not in words}
    words, meaning = scaled(words), scaled(meaning)
    return ranked({at: DENSE_WEIGHT * meaning[at] + (1 - DENSE_WEIGHT) * words[at] for at in words})


def scaled(scores):
    low, high = min(scores.values(), default=0), max(scores.values(), default=0)
    if high <= low:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {at: (score - low) / (high - low) for at, score in scores.items()}
'''
_RRF = '''\
def candidates(question):
    """Reciprocal rank fusion: 1 / (k + rank) of both lists, added."""
    found = {}
    for ranking in (by_words(question), by_meaning(question)):
        for rank, at in enumerate(ranking, 1):
            found[at] = found.get(at, 0) + 1 / (RRF_K + rank)
    return ranked(found)
'''
_ALONE = """\
def candidates(question):
    return list({retriever}(question).items())
"""
_RANKED = '''\
def ranked(scores):
    """(chunk, score), best first; equal ones stay in order."""
    return sorted(scores.items(), key=lambda one: -one[1])


def without_copies(ranking):
    """Of passages with the same words the best alone."""
    seen = {}
    for at, score in ranking:
        seen.setdefault(" ".join(texts[at].split()).casefold(), (at, score))
    return list(seen.values())
'''
_MMR = '''\
def varied(ranking, count):
    """MMR: MMR_SHARE x relevance (scaled to 0..1) less the rest x the likeness to what was taken before."""
    scores = np.array([score for _, score in ranking], np.float64)
    span = np.ptp(scores)
    relevance = (scores - scores.min()) / span if span > 0 else np.ones(len(scores))
    vectors = vectors_at([at for at, _ in ranking]).astype(np.float64)
    free, nearest_taken, taken = np.ones(len(ranking), bool), np.full(len(ranking), -np.inf), []
    for _ in range(min(count, len(ranking))):
        penalty = (1 - MMR_SHARE) * nearest_taken if taken else 0.0
        values = np.where(free, MMR_SHARE * relevance - penalty, -np.inf)
        best = int(np.argmax(values))
        taken.append((ranking[best][0], float(values[best])))
        free[best] = False
        nearest_taken = np.maximum(nearest_taken, vectors @ vectors[best])
    return taken
'''
_RERANK = '''\
reranker = CrossEncoder(options.reranker)


def read_again(question, ranking):
    """A cross-encoder reads the question and each passage together."""
    places = [at for at, _ in ranking]
    scores = reranker.predict([(question, texts[at]) for at in places], show_progress_bar=False)
    return ranked(dict(zip(places, map(float, scores))))
'''
_NEIGHBOURS = '''\
def with_neighbours(hits):
    """Up to NEIGHBOURS chunks before and after each hit, in the order of the document; the run of chunks with
    the best hit first."""
    order = {at: rank for rank, (at, _) in enumerate(hits)}
    best, runs = {}, []
    for at, score in hits:
        for near in range(max(0, at - NEIGHBOURS), min(len(chunks), at + NEIGHBOURS + 1)):
            if chunks[near]["document"] == chunks[at]["document"]:
                best[near] = max(score, best.get(near, score))
    for at in sorted(best):
        together = at - 1 in best and chunks[at - 1]["document"] == chunks[at]["document"]
        if not together:
            runs.append([])
        runs[-1].append((at, best[at]))
    runs.sort(key=lambda run: min(order[at] for at, _ in run if at in order))
    return [one for run in runs for one in run]
'''


def ranking(asked: Asked) -> list[str]:
    """The parts, in the order in which a script has them; the last is ``search``."""
    search = asked.search
    parts = by_words(asked) if asked.words else []
    if asked.meaning:
        parts.append(_vectors(asked))
    if search.mode == "hybrid":
        parts.append(_RRF if search.fusion == "rrf" else _WEIGHTED)
    else:
        parts.append(_ALONE.format(retriever="by_words" if asked.words else "by_meaning"))
    parts.append(_RANKED)
    parts += [_MMR] if search.mmr < 1 else []
    parts += [_RERANK] if search.reranker else []
    parts += [_NEIGHBOURS] if search.neighbours else []
    return [*parts, _search(asked)]


def _vectors(asked: Asked) -> str:
    if not asked.queries and not asked.hypothetical:
        return _ONE_VECTOR
    return _VECTORS.format(mixed=_MIXED if asked.hypothetical else "")


def _search(asked: Asked) -> str:
    search = asked.search
    lines = ["def search(question):", '    """(chunk, score) of the hits, best first."""']
    lines.append("    ranking = without_copies(candidates(question))")
    count = "3 * TOP_K" if search.reranker else "TOP_K"
    lines += [f"    ranking = varied(ranking, {count})"] if search.mmr < 1 else []
    lines += ["    ranking = read_again(question, ranking)"] if search.reranker else []
    lines.append(
        "    return with_neighbours(ranking[:TOP_K])" if search.neighbours else "    return ranking[:TOP_K]"
    )
    return "\n".join(lines) + "\n"
