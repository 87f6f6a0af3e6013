"""From a metric's name to what computes it. Imports the libraries that do, each when it is asked for."""

from pipelines.evaluation.metrics.metric import TextMetric
from pipelines.evaluation.metrics.specs import MetricSettings


def opened(name: str, settings: MetricSettings) -> TextMetric:
    """Any but BERTScore, which needs an encoder."""
    return _MAKERS.get(name, _rouge)(name, settings)


def _bleu(name: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.bleu import Bleu, SelfBleu

    return SelfBleu(settings) if name == "self_bleu" else Bleu(settings)


def _chrf(_: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.chrf import Chrf

    return Chrf(settings)


def _ter(_: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.ter import Ter

    return Ter(settings)


def _rouge(name: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.rouge import Rouge

    return Rouge(settings, name)


def _meteor(_: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.meteor import Meteor

    return Meteor(settings)


def _matching(name: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.matching import ExactMatch, TokenF1

    return ExactMatch(settings) if name == "exact_match" else TokenF1(settings)


def _edit_distance(_: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.edit_distance import EditDistance

    return EditDistance(settings)


def _distinct(_: str, settings: MetricSettings) -> TextMetric:
    from pipelines.evaluation.metrics.distinct import Distinct

    return Distinct(settings)


_MAKERS = {
    "bleu": _bleu,
    "self_bleu": _bleu,
    "chrf": _chrf,
    "ter": _ter,
    "meteor": _meteor,
    "exact_match": _matching,
    "f1": _matching,
    "edit_distance": _edit_distance,
    "distinct": _distinct,
}
