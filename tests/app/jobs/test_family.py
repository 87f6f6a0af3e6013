"""Cards and details of the family tree, for the owner and for a visitor."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.family import cards, details_html, family_of, lineage_json
from app.figures.family_tree import family_tree_html
from pipelines.core.errors import NotFoundError
from pipelines.models.entries import ModelEntry

HOSTILE = "<img src=x onerror=alert(1)>"
HASH, CODE = "fdb291f5" + 56 * "0", "adee3470" + 32 * "0"


@pytest.fixture
def add(services):
    def made(title="Tales", owner="owner", parent=None, tokenizer="train", **spec):
        job = services.jobs.submit("pretrain", {}, owner, title)
        lineage = {
            "parent": parent,
            "method": "pretraining",
            "corpus": {"id": HOSTILE, "sha256": HASH},
            "tokenizer": tokenizer,
            "code_version": CODE,
            "metrics": {"bits_per_byte": 1.25},
            "spec": {"seed": 1, "num_layers": 2, **spec},
        }
        facts = {"architecture": HOSTILE, "parameters": 9_000, "context_length": 8, "vocab_size": 300}
        sizes = {"capabilities": frozenset(), "bytes_on_disk": 1, "created": 5.0}
        entry = ModelEntry(f"run/{job.id}", title, Path(), **facts, lineage=lineage, **sizes)
        services.models.rows.append(entry)
        return entry.name

    return made


def test_a_card_says_the_main_things_in_short(services, add, asked_by):
    parent = add()
    child = add("Child", parent=parent)
    first, second = cards(family_of(services, asked_by()))
    assert (first.name, first.depth, second.name, second.depth) == (parent, 0, child, 1)
    assert {("parameters", "9 k"), ("bits/byte", "1.25"), ("data", HASH[:8]), ("code", CODE[:8])} < set(
        first.facts
    )


def test_an_adapter_hangs_from_its_base_and_says_how_small_it_is(services, add, asked_by):
    parent, child = add(), add("Child")
    small = {"lineage": {}, "adapter_of": parent, "adapter_parameters": 40}
    services.models.rows[:] = [
        replace(entry, **small) if entry.name == child else entry for entry in services.models.rows
    ]
    family = family_of(services, asked_by())
    first, second = cards(family)
    assert (first.name, second.name, second.depth) == (parent, child, 1)
    assert ("of them the adapter's", "40") in second.facts
    assert "9,000, 40 of them the adapter&#x27;s" in details_html(family, child)
    assert "adapter" not in details_html(family, parent)


def test_what_was_trained_from_a_checkpoint_hangs_from_its_run(services, add, asked_by):
    parent = add()
    child = add("Child", parent=f"{parent}@50")
    places = {place.name: place for place in family_of(services, asked_by()).places}
    assert set(places) == {parent, child} and places[child].parent == parent


def test_details_hold_the_whole_origin_and_mark_what_was_changed(services, add, asked_by):
    child = add("Child", parent=add(), num_layers=5)
    html = details_html(family_of(services, asked_by()), child)
    assert HASH in html and CODE in html and "1.25" in html
    open_part, folded = html.split("<details>")
    assert "≠" in open_part and "Layers" in open_part and "Seed" not in open_part and "Seed" in folded


def test_where_the_tokenizer_came_from_is_told(services, add, asked_by):
    own, taken = add(), add("Taken", tokenizer="run/0123456789ab")
    family = family_of(services, asked_by())
    assert "learnt on its data" in details_html(family, own)
    assert "run/0123456789ab" in details_html(family, taken)
    assert lineage_json(services, taken, asked_by())["model"]["tokenizer"] == "run/0123456789ab"
    assert lineage_json(services, taken, asked_by("mallory"))["model"]["tokenizer"] is None


def test_text_of_users_is_escaped(services, add, asked_by):
    name = add(HOSTILE, parent=HOSTILE)
    family = family_of(services, asked_by())
    assert "<img" not in details_html(family, name) + family_tree_html(cards(family))


def test_a_strangers_run_shows_its_place_and_no_more(services, add, asked_by):
    name = add(parent="path:/home/someone/secret")
    family = family_of(services, asked_by("eve"))
    html = details_html(family, name) + family_tree_html(cards(family))
    for hidden in (HASH[:8], CODE[:8], "1.25", "secret", "Layers"):
        assert hidden not in html
    assert "for whoever trained it" in html
    assert "secret" in family_tree_html(cards(family_of(services, asked_by())))


@pytest.mark.parametrize("name", ["run/0000000000zz", HOSTILE, None, 7, ["x"]])
def test_an_unknown_card_is_refused(services, asked_by, name):
    with pytest.raises(NotFoundError, match="There is no model"):
        details_html(family_of(services, asked_by()), name)
