"""The forest of models: identities that hold for any parents, circles and strangers among them."""

import random

import pytest

from pipelines.models.family import ancestors, descendants, forest, origin, parent_of


def named(places):
    return [place.name for place in places]


def some_models(rng):
    names = [f"m{i}" for i in range(rng.randint(0, 12))]
    others = [*names, "gone", "away", None, None]
    return [(name, rng.choice(others)) for name in names]


@pytest.mark.parametrize("seed", range(300))
def test_any_parents_make_a_forest(seed):
    rng = random.Random(seed)
    models = some_models(rng)
    parents, places = dict(models), forest(models)
    by_name = {place.name: place for place in places}
    assert len(places) == len(by_name), "no model twice"
    assert {p.name for p in places if p.here} == set(parents), "every model once"
    assert {p.name for p in places if not p.here} == {p for p in parents.values() if p} - set(parents)
    for i, place in enumerate(places):
        if place.parent is None:
            assert place.depth == 0
        else:
            assert place.parent in named(places[:i]), "a parent stands before its children"
            assert place.depth == by_name[place.parent].depth + 1
        if place.here:
            told = place.circle if place.circle else place.parent
            assert told == parents[place.name], "the named parent is kept, or said to be cut"
        assert i == 0 or place.depth <= places[i - 1].depth + 1, "depth rises by one at most"


@pytest.mark.parametrize("seed", range(50))
def test_ancestors_and_descendants_are_two_views_of_one_thing(seed):
    places = forest(some_models(random.Random(seed)))
    for place in places:
        for other in ancestors(places, place.name):
            assert place.name in named(descendants(places, other.name))
        for other in descendants(places, place.name):
            assert place.name in named(ancestors(places, other.name))
        assert len(ancestors(places, place.name)) == place.depth


def test_only_as_much_of_a_circle_is_cut_as_it_takes():
    places = forest([("a", "c"), ("b", "a"), ("c", "b"), ("d", "c")])
    assert [(p.name, p.parent, p.circle) for p in places] == [
        ("a", None, "c"),
        ("b", "a", None),
        ("c", "b", None),
        ("d", "c", None),
    ]


def test_a_model_that_names_itself_is_a_root():
    assert [(p.name, p.depth, p.circle) for p in forest([("a", "a")])] == [("a", 0, "a")]


def test_a_missing_parent_gathers_its_children_and_is_not_here():
    places = forest([("x", None), ("a", "gone"), ("b", "gone")])
    assert [(p.name, p.depth, p.here) for p in places] == [
        ("x", 0, True),
        ("gone", 0, False),
        ("a", 1, True),
        ("b", 1, True),
    ]


def test_of_two_with_one_name_the_first_counts():
    assert [(p.name, p.parent) for p in forest([("r", None), ("a", "r"), ("a", None)])] == [
        ("r", None),
        ("a", "r"),
    ]


def test_a_line_of_thousands_is_no_trouble():
    places = forest([("m0", None), *((f"m{i}", f"m{i - 1}") for i in range(1, 5000))])
    assert places[-1].depth == 4999 and len(ancestors(places, "m4999")) == 4999
    looped = forest([(f"m{i}", f"m{(i + 1) % 5000}") for i in range(5000)])
    assert sum(1 for place in looped if place.circle) == 1


def test_an_origin_reads_what_is_sound_and_passes_over_the_rest():
    told = origin(
        {
            "method": "pretrain",
            "parent": None,
            "base_model": "house/story-base",
            "corpus": {"id": "sample", "sha256": "ab"},
            "second_corpus": "upload:x",
            "metrics": {"loss": 2.0, "note": "x", "flag": True},
            "tokens_seen": 100,
            "spec": {"seed": 1},
            "code_version": "",
        }
    )
    assert (told.method, told.parent, told.code_version) == ("pretrain", "house/story-base", None)
    assert told.corpora == (("sample", "ab"), ("upload:x", "")) and told.metrics == {"loss": 2.0}
    assert (told.tokens_seen, told.spec) == (100, {"seed": 1})


@pytest.mark.parametrize(
    "odd", [{}, {"parent": 7, "corpus": [], "metrics": "x", "spec": None, "tokens_seen": "n"}]
)
def test_an_odd_lineage_is_an_empty_origin(odd):
    told = origin(odd)
    assert (told.parent, told.corpora, told.metrics, told.spec, told.tokens_seen) == (None, (), {}, {}, None)
    assert parent_of(odd) is None
