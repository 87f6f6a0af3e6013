"""What is kept of a visitor, and that nothing of it is left, once more."""

from tests.app.your_data.conftest import data, keeper, plain, services
from tests.app.your_data.test_yours import (
    test_every_kind_can_be_kept_and_every_table_of_visitors_is_known,
    test_nothing_is_left_of_who_was_forgotten,
)

__all__ = [
    "data",
    "keeper",
    "plain",
    "services",
    "test_every_kind_can_be_kept_and_every_table_of_visitors_is_known",
    "test_nothing_is_left_of_who_was_forgotten",
]
