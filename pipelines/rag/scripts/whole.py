"""The script as a whole. Torch-free: only text is made here."""

import ast
from collections.abc import Iterable

from pipelines.core.errors import SpecError
from pipelines.rag.scripts.answering import answering, lead, model_options
from pipelines.rag.scripts.chunks import CHUNKS_FILE, reading
from pipelines.rag.scripts.facts import FLAVOURS, LANGCHAIN, LLAMAINDEX, Asked, remark, value
from pipelines.rag.scripts.ranking import ranking
from pipelines.rag.scripts.stores import named, retriever, store

_NEEDS = {
    "plain": "",
    LANGCHAIN: ", langchain-core, langchain-chroma",
    LLAMAINDEX: ", llama-index-core, llama-index-vector-stores-chroma",
}
_IMPORTS = """\
import argparse
import json
import os
import re
import unicodedata
from pathlib import Path
"""
_LIBRARIES = """\
import bm25s
import chromadb
import numpy as np
import Stemmer
import torch
from bm25s import stopwords
from huggingface_hub import InferenceClient
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from peft import PeftModel
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers import (
    AutoModelForCausalLM,
    AutoModelForQuestionAnswering,
    AutoTokenizer,
)
"""
_LLAMA_LIBRARIES = """\
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.vector_stores import VectorStoreQuery
from llama_index.vector_stores.chroma import ChromaVectorStore
"""
_CHUNKS = """\
chunks = read_chunks()
texts = [chunk["text"] for chunk in chunks]
"""
_ALLOWED = "ALLOWED = {at for at, chunk in enumerate(chunks) if may_be_found(chunk)}\n"
_SOURCE = """\
def source(chunk):
    page = f", page {chunk['page']}" if chunk["page"] else ""
    heading = f": {chunk['heading']}" if chunk["heading"] else ""
    return f"{chunk['name']}{page}{heading}"
"""
_MAIN = """\
def main():
    question = options.question
{found}    for rank, (at, score) in enumerate(hits, 1):
        beginning = " ".join(texts[at].split())[:90]
        print(f"{{rank}}\\t{{score:.4f}}\\t{{chunks[at]['id']}}\\t{{source(chunks[at])}}\\t{{beginning}}")
{answered}

if __name__ == "__main__":
    main()
"""
_FOUND = "    hits = search(question)\n"
_LC_FOUND = """\
    hits = [(PLACE[one.id], one.metadata["score"]) for one in Retriever().invoke(question)]
"""
_LI_FOUND = """\
    hits = [(PLACE[one.node_id], one.score) for one in Retriever().retrieve(question)]
"""
_PASSAGES = """\
    passages = [chunks[at] for at, _ in hits]
    if options.no_answer or not passages:
        return
"""
_WRITTEN = '    print("\\nAnswer:", write(question, passages))\n'
_LC_WRITTEN = """\
    given = {"question": RunnablePassthrough(), "documents": Retriever()}
    chain = given | RunnableLambda(
        lambda one: write(one["question"], [chunks[PLACE[found.id]] for found in one["documents"]])
    )
    print("\\nAnswer:", chain.invoke(question))
"""
_SPANNED = """\
    _, text, where = exact_span(question, passages)
    print(f"\\nExact span: {text} ({where})")
"""


def script_of(flavour: str, asked: Asked) -> str:
    """The text of a Python file that searches the collection's chunks as the app does, prints the hits and
    answers. Raises :class:`SpecError` for a flavour that there is not and text that no file can hold."""
    if flavour not in FLAVOURS:
        raise SpecError("flavour", flavour, f"one of {', '.join(FLAVOURS)}")
    parts = [
        _options(asked),
        _settings(asked),
        reading(asked),
        _SOURCE,
        _CHUNKS + (_ALLOWED if asked.filtered else "") + named(flavour, asked),
        *store(flavour, asked),
        *ranking(asked),
        *retriever(flavour),
        *answering(asked),
        _main(flavour, asked),
    ]
    body = "\n\n".join(part.strip("\n") + "\n" for part in parts if part)
    return f"{_head(flavour, asked)}\n{_imports(flavour, body)}\n\n{body}"


def _options(asked: Asked) -> str:
    add = "options.add_argument"
    embedder = value(asked.collection.embedder)
    lines = [
        "options = argparse.ArgumentParser()",
        f'{add}("question", nargs="?", default={value(asked.question)})',
        f'{add}("--chunks", default={value(CHUNKS_FILE)}, help="the export of the collection")',
        f'{add}("--documents", nargs="*", help="text files to cut here, in the place of --chunks")',
        f'{add}("--embedder", default={embedder}, help="a name on the Hub, or a folder")',
    ]
    if asked.search.reranker:
        lines.append(f'{add}("--reranker", default={value(asked.search.reranker)})')
    lines += model_options(asked)
    if asked.writes or asked.extracts:
        lines.append(f'{add}("--no-answer", action="store_true", help="print the passages alone")')
    return "\n".join([*lines, "options = options.parse_args()"]) + "\n"


def _settings(asked: Asked) -> str:
    search, cut = asked.search, asked.collection.chunking
    lines = [f"CHUNK_SIZE, CHUNK_OVERLAP = {cut.chunk_size}, {cut.chunk_overlap}  # tokens"]
    lines.append(f"TOP_K, CANDIDATES = {search.top_k}, {search.candidates}")
    if search.mode == "hybrid":
        rrf = search.fusion == "rrf"
        lines.append(f"RRF_K = {search.rrf_k}" if rrf else f"DENSE_WEIGHT = {search.dense_weight!r}")
    lines += [f"MMR_SHARE = {search.mmr!r}"] if search.mmr < 1 else []
    lines += [f"NEIGHBOURS = {search.neighbours}"] if search.neighbours else []
    if asked.queries or asked.hypothetical:
        lines.append(f"OTHER_WORDINGS = {value(asked.queries)}")
    lines += [f"HYPOTHETICAL = {value(asked.hypothetical)}"] if asked.hypothetical else []
    if asked.writes:
        lines.append(f"MAX_NEW_TOKENS = {asked.answer.max_new_tokens}")
        lines += [f"TEMPERATURE = {asked.answer.temperature!r}"] if asked.writer.url else []
        lines += [f"LEAD = {value(lead(asked))}"] if lead(asked) else []
    return "\n".join(lines) + "\n"


def _main(flavour: str, asked: Asked) -> str:
    found = {LANGCHAIN: _LC_FOUND, LLAMAINDEX: _LI_FOUND}.get(flavour, _FOUND)
    answered = _PASSAGES if asked.writes or asked.extracts else ""
    if asked.writes:
        answered += _LC_WRITTEN if flavour == LANGCHAIN else _WRITTEN
    if asked.extracts:
        answered += _SPANNED
    return _MAIN.format(found=found, answered=answered)


def _head(flavour: str, asked: Asked) -> str:
    """Remarks on what it is and what it needs."""
    uses = [
        name for name, used in (("bm25s, PyStemmer", asked.words), ("sentence-transformers", True)) if used
    ]
    served = asked.writes and asked.writer.url
    models = [one for one, used in ((asked.writer, asked.writes), (asked.reader, asked.extracts)) if used]
    uses += ["peft"] if any(one.adapters for one in models) else []
    uses += ["huggingface_hub"] if served else []
    cut = asked.collection.chunking.method
    lines = [
        f"# {remark(f'“{asked.question}” to the collection “{asked.collection.name}”', 160)}",
        "#",
        f"# {FLAVOURS[flavour]}, made by Glassworks: the same passages for the same question, and an answer",
        f"# from them. It needs numpy, transformers, {', '.join(uses)}{_NEEDS[flavour]}.",
        "#",
        f"# The chunks are read from {CHUNKS_FILE}, the export of the collection: so they are the app's to",
        f"# the character (cut by “{cut}”). --documents cuts text files here, by tokens alone.",
    ]
    lines += [f"# {remark(line, 160)}" for one in models for line in one.said]
    if asked.writes or asked.extracts:
        lines.append("# Left out: whether the documents hold an answer at all, and which claims they back.")
    search = asked.search
    if (search.queries and not asked.queries) or (search.hyde and not asked.hypothetical):
        lines.append("# Left out: other wordings of the question that a model writes (multi-query, HyDE).")
    return "\n".join(lines) + "\n"


def _imports(flavour: str, body: str) -> str:
    """What of the libraries the script uses."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    libraries = _LIBRARIES if flavour != LLAMAINDEX else _LLAMA_LIBRARIES + _without_langchain(_LIBRARIES)
    blocks = (_kept(_IMPORTS, used), _kept(libraries, used))
    return "\n".join(block for block in blocks if block)


def _without_langchain(libraries: str) -> str:
    return "\n".join(line for line in libraries.splitlines() if "langchain" not in line) + "\n"


def _kept(lines: str, used: Iterable[str]) -> str:
    plain, of = [], {}
    for statement in ast.parse(lines).body:
        if isinstance(statement, ast.Import):
            one = statement.names[0]
            plain += [ast.unparse(statement)] if (one.asname or one.name) in used else []
        else:
            names = sorted(one.name for one in statement.names if one.name in used)
            of |= {statement.module: names} if names else {}
    told = [f"from {module} import {', '.join(names)}" for module, names in sorted(of.items())]
    return "".join(f"{line}\n" for line in [*sorted(plain, key=str.lower), *told])
