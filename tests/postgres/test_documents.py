"""The tests of what is searched once more, and of the service what counts and sums."""

from tests.pipelines.rag.test_service import (  # noqa: F401
    notes,
    service,
    test_bounds_are_told_before_anything_is_kept,
    test_two_visitors_with_the_same_names_have_two_collections_and_two_documents,
)
from tests.pipelines.rag.test_store import *  # noqa: F403
