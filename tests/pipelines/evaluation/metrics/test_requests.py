"""What can be asked for, what is refused and in which words, and that it crosses between the processes."""

import pytest

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.evaluation.metrics.answers import Measured
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.evaluation.metrics.specs import KINDS, MetricSettings, kind_named, settings_of
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.operations import INFERENCE, TOKENIZERS


def test_every_setting_is_some_metrics_and_every_metric_has_words():
    used = {name for kind in KINDS.values() for name in kind.settings}
    assert used == set(MetricSettings.__dataclass_fields__)
    assert all(kind.about.endswith(".") and kind.title for kind in KINDS.values())


@pytest.mark.parametrize(
    "asked, told",
    [
        (("f1", ()), "predictions accepts a list of 1 to 2,000 texts"),
        (("f1", ("a",), ()), "as many as predictions: 1"),
        (("f1", ("a", "b"), (("a",),)), "as many as predictions: 2; got '1 of them'"),
        (("f1", ("a",), ((),)), "1 to 16 texts for each prediction; got 'other for prediction 1'"),
        (("f1", ("a", 3), (("a",), ("b",))), "at place 2"),
        (("f1", ("x" * 20_001,), (("a",),)), "at most 20,000 characters"),
        (("f1", ("x" * 20_000,) * 60, (("a",),) * 60), "at most 1,000,000 characters in all"),
        (("bertscore", ("x" * 20_000,) * 12, (("a",),) * 12), "at most 200,000 characters in all"),
        (("f1", ("a",), (("a",),), {"beta": 2}), "nothing for Token F1, whose settings are: normal"),
        (("bleu", ("a",), (("a",),), {"max_order": 0}), "max_order accepts a whole number from 1 to 8"),
        (("bleu", ("a",), (("a",),), ["lowercase"]), "settings accepts a JSON object"),
        (("distinct", ("a",), (("a",),)), "which looks at predictions alone"),
        (("self_bleu", ("a",)), "2 to 200 texts"),
        (("self_bleu", ("a",) * 201), "2 to 200 texts"),
    ],
)  # fmt: skip
def test_what_is_refused(asked, told):
    with pytest.raises(SpecError) as refused:
        MetricRequest(*asked)
    assert told in str(refused.value)


def test_an_unknown_metric_is_answered_by_those_there_are():
    with pytest.raises(NotFoundError, match="'blue'; there are bleu, chrf, ter"):
        MetricRequest("blue", ("a",), (("a",),))


def test_a_settings_default_is_the_reference_implementations():
    assert settings_of(kind_named("bleu"), {}) == MetricSettings()


def test_a_text_that_is_too_long_for_a_table_is_refused():
    runtime = _inline(TOKENIZERS)
    for metric, unit in (("ter", 400), ("rougeL", 700), ("meteor", 2500), ("edit_distance", 3100)):
        with pytest.raises(SpecError, match="units for"):
            runtime.call(MetricRequest(metric, ("a " * unit,), (("a",),)))
    runtime.close()


def test_it_crosses_between_the_processes():
    """The two kinds of worker know all messages, and these come back whole."""
    from pipelines.runtime.codec import decode, encode

    *_, found = _answered(MetricRequest("ter", ("a b", "c"), (("a",), ("c d", "d")), against=("a", "d")))
    for kind in (TOKENIZERS, INFERENCE):
        frame = b"".join(bytes(part) for part in encode(1, found, kind.message_types()))
        assert decode(_reader(frame), kind.message_types()) == (1, found)


def test_the_tokenizers_worker_answers(tmp_path):
    runtime = _inline(TOKENIZERS)
    (found,) = runtime.call(MetricRequest("bleu", ("a b c d",), (("a b c d",),)))
    runtime.close()
    assert isinstance(found, Measured) and found.value == pytest.approx(100.0)


def _answered(request):
    from pipelines.evaluation.metrics.handlers import measure

    return measure(request, None)


def _inline(kind) -> InlineRuntime:
    return InlineRuntime(Settings(), kind.load_engine())


def _reader(frame: bytes):
    at = 0

    def read_into(buffer):
        nonlocal at
        buffer[:] = frame[at : at + len(buffer)]
        at += len(buffer)

    return read_into


def test_others_are_answered_while_texts_are_measured():
    """A handler that works in a thread of its own lets go at once, and its thread soon after."""
    from pipelines.evaluation.metrics.handlers import measure
    from pipelines.runtime.messages import Waiting

    words = " ".join(f"w{number % 40}" for number in range(290))
    steps = measure(MetricRequest("ter", (words,) * 200, ((words[::-1],),) * 200), None)
    assert isinstance(next(steps), Waiting)
    steps.close()
    *_, found = measure(MetricRequest("ter", ("a",), (("a",),)), None)
    assert found.value == 0.0
