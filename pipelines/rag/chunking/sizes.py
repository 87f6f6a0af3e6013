"""How large chunks may be. Standard library only."""

from pipelines.rag.specs import ChunkSpec


def capped_size(spec: ChunkSpec, limit: int) -> int:
    """Tokens of a chunk at most: what is asked for, or what the embedding model reads where that is less."""
    return max(1, min(spec.chunk_size, limit))


def capped_overlap(spec: ChunkSpec, limit: int) -> int:
    """At most half of the size, as where a spec is made."""
    return min(spec.chunk_overlap, capped_size(spec, limit) // 2)


def cap_note(spec: ChunkSpec, limit: int) -> str:
    """What to say where the size was capped; else nothing."""
    if spec.chunk_size <= limit:
        return ""
    return (
        f"The embedding model reads {limit:,} tokens at a time: chunks have at most that many, not "
        f"{spec.chunk_size:,}."
    )
