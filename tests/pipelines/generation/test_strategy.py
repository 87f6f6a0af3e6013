"""Strategies by name: what counts, what is refused, and in which words."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.generation.strategy import Strategy, strategy
from pipelines.generation.strategy_names import KINDS, PENALTIES, WARPERS, settings_of

_NEEDS = {"assisted": {"draft": "d"}, "contrastive_decoding": {"amateur": "a"}}


@pytest.mark.parametrize("name", KINDS)
def test_every_name_has_a_strategy_with_what_makes_it_what_it_is(name):
    one = strategy(name, _NEEDS.get(name))
    assert set(one.kind.own) <= set(one.effective()) and set(one.effective()) <= set(knobs(Strategy))
    assert Strategy(**{"name": name, **one.effective()}) == one
    assert one.kind.title and one.kind.words.endswith((".", ")."))


@pytest.mark.parametrize(
    ("name", "settings", "field"),
    [
        ("sample", {"temperature": 0}, "temperature"),
        ("top_p", {"top_p": 0}, "top_p"),
        ("top_p", {"top_p": 1.5}, "top_p"),
        ("greedy", {"temperature": 0.5}, "temperature"),
        ("beam", {"num_beams": 5, "num_beam_groups": 2}, "num_beam_groups"),
        ("beam", {"diversity_penalty": 1.0}, "diversity_penalty"),
        ("dola", {"temperature": 0.5}, "temperature"),
        ("constrained", {"pattern": ""}, "pattern"),
        ("constrained", {"constraint": "none"}, "constraint"),
        ("assisted", {}, "draft"),
        ("contrastive_decoding", {}, "amateur"),
        ("sample", {"nonsense": 1}, "nonsense"),
        ("nucleus", {}, "name"),
        (["greedy"], {}, "name"),
        ("greedy", "settings", "parameters"),
    ],
)
def test_a_wrong_setting_is_named(name, settings, field):
    with pytest.raises(SpecError) as caught:
        strategy(name, settings)
    assert caught.value.field == field


def test_what_counts_depends_on_whether_it_draws():
    assert "temperature" not in settings_of("dola", False)
    assert set(WARPERS) <= set(settings_of("dola", True)) and set(PENALTIES) <= set(
        settings_of("dola", False)
    )
    assert strategy("dola", {"do_sample": True, "temperature": 0.5}).draws
    assert not strategy("dola").draws and strategy("top_k").draws and not strategy("greedy").draws
    with pytest.raises(SpecError, match="draw is off"):
        strategy("dola", {"top_k": 5})


def test_rows_and_models():
    assert strategy("beam", {"num_beams": 6}).rows == 6 and strategy("greedy").rows == 1
    assert strategy("contrastive_search", {"num_candidates": 3}).rows == 3
    assert strategy("assisted", {"draft": "d"}).models == ("d",) and strategy("greedy").models == ()


def test_equal_strategies_have_equal_digests_and_others_others():
    digests = {strategy(name, _NEEDS.get(name)).digest() for name in KINDS}
    assert len(digests) == len(KINDS) and strategy("top_k").digest() == strategy("top_k").digest()
    assert strategy("top_k", {"top_k": 41}).digest() != strategy("top_k").digest()
