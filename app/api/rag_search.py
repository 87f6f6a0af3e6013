"""Named endpoint of the retrieval: passages of a collection for a question, and how they were found.

Nothing is computed here: it validates, asks the service and returns plain JSON.
"""

from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.errors import shown
from app.rag.search_rights import check_search
from app.rag.trace_files import as_json
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.rag.specs import SearchSpec


def build(services: Services) -> None:
    """Add the endpoint to the page that is being built."""

    def rag_search(request: gr.Request, collection: str, query: str, settings: Any = "{}") -> dict[str, Any]:
        """Find passages of a collection of documents, best first, with a trace of every stage.

        Parameters:
            collection: the name or id of a collection of yours, or the id of a shared one; "lessons" is the
                one that comes with the app.
            query: a question, or words to look for.
            settings: a JSON object with any of: "mode" ("hybrid", "dense" or "bm25"), "top_k" (1 to 50),
                "candidates" of each retriever, "fusion" ("weighted" or "rrf"), "dense_weight" (0 to 1),
                "rrf_k", "mmr" (1 is relevance alone), "reranker" (a cross-encoder's name), "neighbours"
                (0 to 3 chunks around each hit), "index" ("auto", "exact", "hnsw" or "faiss"), and the filters
                "documents" (names or ids), "kinds" ("pdf", "docx", "markdown", "html", "text", "csv",
                "jsonl", "code"), "heading" and "pages" ("3" or "10-20"). "queries" and "hyde" need a model
                that writes: see /rag_ask.
        Returns:
            {"query", "chunks": [{"rank", "score", "id", "text", "source" (the document's name), "document"
            (its id), "position" (of the chunk in it), "start", "end" (characters of the document's text),
            "page" (0 for none), "heading", "tokens"}], "answerable": the probability, 0 to 1, that the
            collection holds an answer, "stages": [{"name", "note" (what the scores are), "seconds", "ids",
            "scores"}] in the order bm25, dense, fusion, copies, mmr, rerank, neighbours, those that were
            asked for, "passages": every id of the stages → as in "chunks", "index": which one served,
            "searched": chunks of the collection, "seconds"}.
        """
        spec = SearchSpec.from_dict(spec_object(settings))
        if spec.queries or spec.hyde:
            name, value = ("queries", spec.queries) if spec.queries else ("hyde", True)
            raise SpecError(
                name, value, "nothing here: other wordings need a model that writes, see /rag_ask"
            )
        visitor = services.identity.visitor(request)
        check_search(spec, visitor)
        return as_json(services.rag.search(collection, query, spec, visitor.id))

    gr.api(shown(rag_search), api_name="rag_search")
