"""The figures shown before a launch: they follow from the spec, and move the right way."""

import pytest

from pipelines.training.corpora import CorpusInfo
from pipelines.training.estimate import estimate
from pipelines.training.size import size_of
from pipelines.training.specs import PretrainSpec
from pipelines.training.speed import Speed, Work, compiling_pays

INFO = CorpusInfo("sample", "Sample", 2000, 2_000_000, 2_000_000, ())


def test_figures_follow_from_the_spec(settings):
    spec = PretrainSpec.from_dict({"size": 3})
    made = estimate(spec, INFO, settings)
    assert made.parameters == size_of(spec).parameters
    assert made.tokens == spec.max_steps * spec.batch_size * spec.context_length
    assert made.flops == pytest.approx(size_of(spec).flops_per_token(spec.context_length) * made.tokens)
    assert 400_000 < made.tokens / made.epochs < 1_000_000  # 2 MB of text at 2 to 5 characters a token
    assert made.seconds > 0 and made.memory_bytes > 6e8 and made.disk_bytes > 26 * made.parameters


def test_a_bigger_model_costs_more(settings):
    Speed(settings).remember(Work(1e12, 1), 10, compiled=False)
    made = [estimate(PretrainSpec.from_dict({"size": s}), INFO, settings) for s in (1, 4, 8)]
    for field in ("parameters", "flops", "seconds", "memory_bytes", "disk_bytes"):
        values = [getattr(m, field) for m in made]
        assert values == sorted(values) and values[0] < values[-1]


def test_notes_warn(settings):
    def notes(**fields) -> str:
        return " ".join(estimate(PretrainSpec.from_dict(fields), INFO, settings).notes)

    assert "by heart" in notes(size=1, max_steps=100_000)
    assert "Few tokens" in notes(size=8, max_steps=100, warmup_steps=1)
    short = CorpusInfo("sample", "Sample", 1, 60, 60, ())
    assert "shorter than one context" in " ".join(estimate(PretrainSpec(), short, settings).notes)


def test_speed_is_remembered_and_small_models_teach_nothing(settings):
    speed = Speed(settings)
    work = Work(flops=1e12, layer_passes=10)
    speed.remember(work, 100.0, compiled=False)
    assert speed.seconds(work, compiled=False) == pytest.approx(100.0)
    assert speed.seconds(work, compiled=True) < 100.0
    speed.remember(Work(flops=1e3, layer_passes=1000), 2.5, compiled=False)
    assert speed.seconds(work, compiled=False) == pytest.approx(100.0)


def test_compiling_pays_for_long_runs_only():
    assert not compiling_pays(60) and compiling_pays(3600)


def test_what_is_chosen_moves_the_figures(settings):
    def made(**fields):
        given = {"size": 3, "compile": False, **fields}
        return estimate(
            PretrainSpec.from_dict(given), INFO, settings, INFO if "second_corpus" in given else None
        )

    plain = made()
    assert made(gradient_checkpointing=True).memory_bytes < plain.memory_bytes
    assert made(gradient_checkpointing=True).seconds > plain.seconds
    assert made(optimizer="muon").memory_bytes < plain.memory_bytes < made(average_decay=0.9).memory_bytes
    assert made(second_corpus="sample", second_share=0.5).epochs == pytest.approx(plain.epochs / 2)
    stages = ["0.5 context=64", "0.5"]
    assert made(stages=stages).tokens == pytest.approx(0.75 * plain.tokens)


def test_a_model_that_is_there_brings_its_size(settings):
    house = estimate(PretrainSpec(start_from="house/story-base"), INFO, settings)
    assert house.parameters > 5_000_000
