"""The tokenizer worker's handler of a check. Its tokenizers are not those of the worker's cache, which are no
transformers tokenizers; see :mod:`pipelines.training.checks.folder`."""

from collections.abc import Iterator
from typing import Any

from pipelines.training.checks.requests import CheckRequest


def check_data(request: CheckRequest, models: Any) -> Iterator[Any]:
    from pipelines.training.checks.run import check

    yield from check(request)
