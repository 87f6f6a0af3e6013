"""The parts of the tab over real stores, with results that no model was asked for."""

from types import SimpleNamespace

import pytest

from pipelines.evaluation.service import EvaluationService
from tests.support import workshop
from tests.support.evaluated import write_result

asked_by, plain, do = workshop.asked_by, workshop.services, workshop.do


@pytest.fixture
def services(plain, settings):
    plain.evaluation = EvaluationService(settings)
    return plain


@pytest.fixture
def results(settings):
    """Two house models on the same twelve items, and one that only the owner may ask."""
    some = [number % 3 == 0 for number in range(12)]
    return SimpleNamespace(
        base=write_result(settings, "house/story-base", some, parts=("short", "long")),
        instruct=write_result(settings, "house/story-instruct", [True] * 12, parts=("short", "long")),
        hub=write_result(settings, "someone/private", some, parts=("short", "long")),
        sums=write_result(settings, "house/story-base", [True, False], task="arithmetic", wanted=9),
    )
