"""The part of a script that keeps the vectors: an array, LangChain's Chroma, or LlamaIndex's. All give
``vector_of``, ``vectors_at`` and ``nearest``; then what makes the search a retriever of the library.
"""

from pipelines.rag.scripts.facts import LANGCHAIN, LLAMAINDEX, PLAIN, Asked

_ENCODER = """\
encoder = SentenceTransformer(options.embedder)
"""
_PLAIN = '''\
matrix = encoder.encode_document(texts, normalize_embeddings=True)


def vector_of(text):
    return encoder.encode_query(text, normalize_embeddings=True)


def vectors_at(places):
    return matrix[places]


def nearest(vector):
    """(chunk, cosine), compared with all of them."""
    cosines = matrix @ vector
    order = np.argsort(-cosines, kind="stable"){allowed}
    return [(int(at), float(cosines[at])) for at in order[:CANDIDATES]]
'''
_LANGCHAIN = '''\
class Embedder(Embeddings):
    def embed_documents(self, given):
        return encoder.encode_document(given, normalize_embeddings=True).tolist()

    def embed_query(self, text):
        return encoder.encode_query(text, normalize_embeddings=True).tolist()


store = Chroma("chunks", Embedder(), collection_configuration={{"hnsw": {{"space": "cosine"}}}})
for start in range(0, len(texts), BATCH):
    store.add_texts(texts[start : start + BATCH], ids=IDS[start : start + BATCH])


def vector_of(text):
    return np.array(store.embeddings.embed_query(text), np.float32)


def vectors_at(places):
    got = store.get(ids=[IDS[at] for at in places], include=["embeddings"])
    by_id = dict(zip(got["ids"], got["embeddings"]))
    return np.array([by_id[IDS[at]] for at in places], np.float32)


def nearest(vector):
    """(chunk, cosine), by the store's index."""
    found = store.similarity_search_by_vector_with_relevance_scores(vector.tolist(), k={count})
    places = [PLACE[document.id] for document, _ in found]{allowed}
    places = places[:CANDIDATES]
    return list(zip(places, (vectors_at(places) @ vector).tolist()))
'''
_LLAMAINDEX = '''\
class Embedder(BaseEmbedding):
    def _get_text_embeddings(self, given):
        return encoder.encode_document(given, normalize_embeddings=True).tolist()

    def _get_text_embedding(self, text):
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query):
        return encoder.encode_query(query, normalize_embeddings=True).tolist()

    async def _aget_query_embedding(self, query):
        return self._get_query_embedding(query)


client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
cosine = {{"hnsw": {{"space": "cosine"}}}}
kept = client.create_collection("chunks", configuration=cosine, embedding_function=None)
store = ChromaVectorStore(chroma_collection=kept)
embedder = Embedder()
VectorStoreIndex(
    NODES, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedder
)


def vector_of(text):
    return np.array(embedder.get_query_embedding(text), np.float32)


def vectors_at(places):
    got = kept.get(ids=[IDS[at] for at in places], include=["embeddings"])
    by_id = dict(zip(got["ids"], got["embeddings"]))
    return np.array([by_id[IDS[at]] for at in places], np.float32)


def nearest(vector):
    """(chunk, cosine), by the store's index."""
    query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k={count})
    places = [PLACE[one] for one in store.query(query).ids]{allowed}
    places = places[:CANDIDATES]
    return list(zip(places, (vectors_at(places) @ vector).tolist()))
'''
_LC_RETRIEVER = '''\
class Retriever(BaseRetriever):
    """The search above as LangChain takes it."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [
            Document(texts[at], id=IDS[at], metadata={"source": source(chunks[at]), "score": score})
            for at, score in search(query)
        ]
'''
_LI_RETRIEVER = '''\
class Retriever(BaseRetriever):
    """The search above as LlamaIndex takes it."""

    def _retrieve(self, query_bundle):
        return [NodeWithScore(node=NODES[at], score=score) for at, score in search(query_bundle.query_str)]
'''
_IDS = """\
IDS = [chunk["id"] for chunk in chunks]
PLACE = {one: at for at, one in enumerate(IDS)}
"""
_NODES = 'NODES = [TextNode(id_=chunk["id"], text=chunk["text"]) for chunk in chunks]\n'
_BATCH = "BATCH = 1000  # texts that the store takes at once\n"
_STORES = {PLAIN: _PLAIN, LANGCHAIN: _LANGCHAIN, LLAMAINDEX: _LLAMAINDEX}
_ALLOWED_ROWS = "\n    order = [at for at in order if at in ALLOWED]"
_ALLOWED_PLACES = "\n    places = [at for at in places if at in ALLOWED]"


def named(flavour: str, asked: Asked) -> str:
    """The chunks as the flavour names them."""
    if flavour == PLAIN:
        return ""
    batch = _BATCH if flavour == LANGCHAIN and asked.vectors else ""
    return _IDS + (_NODES if flavour == LLAMAINDEX else batch)


def store(flavour: str, asked: Asked) -> list[str]:
    """Nothing where no vector is needed."""
    if not asked.vectors:
        return []
    allowed = _ALLOWED_ROWS if flavour == PLAIN else _ALLOWED_PLACES
    count = "len(IDS)" if asked.filtered else "min(CANDIDATES, len(IDS))"
    text = _STORES[flavour].format(allowed=allowed if asked.filtered else "", count=count)
    return [_ENCODER + ("\n\n" if flavour != PLAIN else "") + text]


def retriever(flavour: str) -> list[str]:
    return {LANGCHAIN: [_LC_RETRIEVER], LLAMAINDEX: [_LI_RETRIEVER]}.get(flavour, [])
