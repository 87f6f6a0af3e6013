"""Parquet, with the names of its classes where the Hub's libraries have left them in the file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipelines.training.rows.table import BadRowsError, Limits, Row, Table, tabled
from pipelines.training.rows.values import named_by, plain

_BATCH = 1_000


def read_parquet(file: Path, limits: Limits) -> Table:
    """Raises :class:`BadRowsError`; nothing is unpacked of a file that says it holds more than the limits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(file)
        _check_size(source.metadata, file.name, limits)
        named = _class_names(source.schema_arrow.metadata or {})
        return tabled(_rows(source, named, file.name, limits), file.name, limits)
    except (pa.ArrowException, OSError) as fault:
        said = str(fault).splitlines()[0][:200]
        raise BadRowsError(f"{file.name} is not Parquet that can be read: {said}") from None


def _check_size(metadata: Any, name: str, limits: Limits) -> None:
    if metadata.num_rows > limits.rows:
        raise BadRowsError(f"{name} has more than the {limits.rows:,} rows accepted here.")
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if size > limits.bytes:
        raise BadRowsError(f"{name} unpacks to more than {limits.bytes / 1e6:,.0f} MB.")


def _rows(source: Any, named: dict[str, Callable], name: str, limits: Limits) -> Iterator[tuple[int, Row]]:
    number, size = 0, 0
    for batch in source.iter_batches(batch_size=_BATCH, use_threads=False):
        size += batch.nbytes
        if size > 2 * limits.bytes:  # what the file says of its size may be untrue
            raise BadRowsError(f"{name} unpacks to more than {limits.bytes / 1e6:,.0f} MB.")
        for row in batch.to_pylist():
            number += 1
            yield number, {c: named[c](v) if c in named else plain(v, c) for c, v in row.items()}


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, Callable]:
    """Column → what turns its numbers into names of classes."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        columns = {column: _names_in(feature) for column, feature in features.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {column: named_by(names) for column, names in columns.items() if names}


def _names_in(feature: Any) -> list[str]:
    """The names of a ClassLabel, or of a list of them."""
    if isinstance(feature, list) and feature:
        return _names_in(feature[0])
    if not isinstance(feature, dict):
        return []
    names = feature.get("names", [])
    if feature.get("_type") == "ClassLabel" and isinstance(names, list):
        return [str(name) for name in names]
    return _names_in(feature.get("feature")) if feature.get("_type") in ("Sequence", "List") else []
