"""New pairs: blind, whole or not kept, and such that they can be made again."""

import pytest

from pipelines.core.errors import ConflictError, NotAllowedError, NotFoundError
from pipelines.generation.specs import DecodingSpec
from pipelines.preferences.prompts import prompts_of
from pipelines.preferences.records import Message
from pipelines.preferences.specs import RoundSpec
from tests.support.preference_rounds import Writer, joined, opened

SPEC = RoundSpec(
    model_a="house/a",
    model_b="house/b",
    prompts="own",
    own_prompts=("One?", "Two?", "Three?"),
    temperature_a=0.5,
    repeat_share=0,
    seed=7,
)


@pytest.fixture
def writer():
    return Writer()


@pytest.fixture
def service(settings, writer):
    return opened(settings, runtime=writer, encode=lambda model, _: (5, 6) if model == "house/a" else ())


@pytest.fixture
def found(service):
    return service.create(SPEC, "ann")


def test_the_texts_grow_side_by_side_and_the_pair_is_open_at_the_end(service, found, writer):
    *growing, last = service.generate(found.id, "ann")
    assert growing[0].loading and not any(one.done or one.pair for one in growing)
    assert any(one.left and one.right and one.left != last.left for one in growing)
    assert last.done and service.next(found.id, "ann").pair == last.pair
    shown = service.next(found.id, "ann")
    assert (shown.left, shown.right, shown.prompt) == (last.left, last.right, last.prompt)
    (pair,) = service.pairs(found.id, "ann")
    assert {last.left, last.right} == {pair.text_a, pair.text_b} and pair.text_a.startswith("house/a ")
    assert writer.ended.count("house/a") == writer.ended.count("house/b") == 1


def test_sides_are_by_chance_also_while_they_are_written(service, found):
    first = {next(m.left for m in service.generate(found.id, "ann", "Hi") if m.left)[1:8] for _ in range(40)}
    assert first == {"house/a", "house/b"}


def test_a_pair_names_what_made_it_so_that_it_can_be_made_again(service, found, writer):
    list(service.generate(found.id, "ann", "Hi"))
    (pair,) = service.pairs(found.id, "ann")
    assert (pair.model_a, pair.model_b, pair.origin) == ("house/a", "house/b", "generated")
    asked = {one.model: one for one in writer.asked}
    assert DecodingSpec.from_dict(pair.settings_a) == asked["house/a"].decoding
    assert DecodingSpec.from_dict(pair.settings_b) == asked["house/b"].decoding
    assert pair.settings_a["seed"] != pair.settings_b["seed"] and pair.settings_a["temperature"] == 0.5
    assert asked["house/a"].ids == (5, 6) and asked["house/b"].prompt == "Hi"
    list(service.generate(found.id, "ann", "Hi"))
    other = service.create(SPEC, "ben")
    for _ in range(2):
        list(service.generate(other.id, "ben", "Hi"))
    one, two = service.pairs(found.id, "ann"), service.pairs(other.id, "ben")
    assert [(p.text_a, p.text_b) for p in one] == [(p.text_a, p.text_b) for p in two]
    assert one[0].text_a != one[1].text_a, "the same prompt again draws anew"


def test_prompts_come_in_the_round_s_order_and_are_used_up(service, found):
    asked = [list(service.generate(found.id, "ann"))[-1].prompt for _ in range(3)]
    assert asked == [(Message("user", one),) for one in prompts_of(SPEC)]
    assert service.prompts_left(found.id, "ann") == 0
    with pytest.raises(ConflictError, match="one of your own"):
        list(service.generate(found.id, "ann"))
    assert list(service.generate(found.id, "ann", "Mine?"))[-1].done


def test_two_who_ask_at_once_get_two_prompts_and_what_is_left_comes_again(service, found):
    joined(service, found, "ben")
    one, two = service.generate(found.id, "ann"), service.generate(found.code, "ben")
    first, second = next(one).prompt, next(two).prompt
    assert first != second
    one.close()
    assert next(service.generate(found.id, "ann")).prompt == first
    assert list(two)[-1].done and service.prompts_left(found.id, "ann") == 2


def test_who_closes_it_ends_both_and_nothing_is_kept(service, found, writer):
    moments = service.generate(found.id, "ann")
    next(one for one in moments if one.left)
    moments.close()
    assert sorted(writer.ended) == ["house/a", "house/b"] and service.pairs(found.id, "ann") == ()


def test_a_text_that_breaks_off_is_not_kept(service, found, writer):
    writer.breaks = True
    with pytest.raises(ConflictError, match="broke off"):
        list(service.generate(found.id, "ann"))
    assert service.pairs(found.id, "ann") == () and service.prompts_left(found.id, "ann") == 3


def test_a_model_that_fails_says_why(service, found, writer):
    writer.fails["house/b"] = NotFoundError("There is no such model.")
    with pytest.raises(NotFoundError, match="no such model"):
        list(service.generate(found.id, "ann"))
    assert service.pairs(found.id, "ann") == ()


def test_only_annotators_of_an_open_round_have_pairs_made(service, found, writer):
    with pytest.raises(NotAllowedError):
        list(service.generate(found.code, "ben"))
    joined(service, found, "ben")
    with pytest.raises(NotFoundError):
        list(service.generate(found.code, "ben", "Hi", SPEC))
    service.close_round(found.id, "ann")
    with pytest.raises(ConflictError, match="closed"):
        list(service.generate(found.id, "ann"))
    assert writer.asked == []


def test_a_round_that_closes_meanwhile_keeps_no_pair(service, found):
    moments = service.generate(found.id, "ann")
    next(moments)
    service.close_round(found.id, "ann")
    with pytest.raises(ConflictError, match="closed"):
        list(moments)
    assert service.pairs(found.id, "ann") == ()


def test_the_owner_may_have_other_models_answer(service, found, writer):
    list(service.generate(found.id, "ann", "Hi", RoundSpec(model_a="house/c", model_b="house/d")))
    assert [(one.model_a, one.model_b) for one in service.pairs(found.id, "ann")] == [("house/c", "house/d")]


def test_some_new_pairs_are_repeated(settings, writer):
    service = opened(settings, runtime=writer)
    found = service.create(RoundSpec(**{**SPEC.to_dict(), "repeat_share": 0.5}), "ann")
    for n in range(40):
        list(service.generate(found.id, "ann", f"Question {n}"))
    kept = service.pairs(found.id, "ann")
    assert 45 <= len(kept) <= 75 and sum(not one.repeats for one in kept) == 40
