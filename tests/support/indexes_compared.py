"""What a comparison of indexes has measured, made up."""

from pipelines.rag.answers import IndexCompared


def rows(*names: str) -> list[IndexCompared]:
    """Each index finds less than the one before it, and is slower."""
    return [
        IndexCompared(name, 1 - 0.01 * at, 0.3 + at, 0.6 + at, 2.5 * at, 15_000_000, 200, 12_345)
        for at, name in enumerate(names)
    ]


ALL = rows("exact", "chroma hnsw", "faiss flat", "faiss hnsw", "faiss ivf")
