"""The bundled prompts, and those of a round."""

import json
import re

import pytest

from pipelines.core.errors import SpecError
from pipelines.preferences.prompts import FILE, bundled, messages_of, prompts_of
from pipelines.preferences.records import Message
from pipelines.preferences.specs import MAX_PROMPT, PURPOSES, RoundSpec


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def subject(text: str) -> str:
    """What a prompt is about, however it is asked for."""
    return re.sub(r"^(tell|write) (me )?a (short )?story about |^write this in the present", "", words(text))


def test_no_bundled_prompt_is_there_twice_in_any_words():
    every = [one for purpose in PURPOSES for one in bundled(purpose)]
    rows = json.loads(FILE.read_text(encoding="utf-8"))["prompts"]
    assert len(every) == len(rows) and len({subject(one) for one in every}) == len(every)


def test_the_held_out_part_has_every_kind_and_enough_prompts():
    rows = json.loads(FILE.read_text(encoding="utf-8"))["prompts"]
    kinds = {purpose: {row["kind"] for row in rows if row["for"] == purpose} for purpose in PURPOSES}
    assert kinds["collect"] == kinds["revote"] == {"tell", "continue", "rewrite", "explain", "problem"}
    assert len(bundled("collect")) >= 200 and len(bundled("revote")) >= 60
    assert all(set(row) == {"kind", "for", "prompt"} for row in rows)


def test_bundled_prompts_are_short_plain_text():
    for purpose in PURPOSES:
        for one in bundled(purpose):
            assert one == one.strip() and one.isascii() and len(one) <= 200 and "<" not in one


def test_a_round_has_the_prompts_of_its_purpose_in_an_order_of_its_seed():
    one, same, other = (prompts_of(RoundSpec(seed=seed)) for seed in (1, 1, 2))
    assert one == same != other and set(one) == set(other) == set(bundled("collect"))
    assert set(prompts_of(RoundSpec(purpose="revote"))).isdisjoint(one)


def test_own_prompts_are_taken_once_each_and_empty_lines_not():
    spec = RoundSpec(prompts="own", own_prompts=["Hi", "", " Hi ", "Ho"])
    assert sorted(prompts_of(spec)) == ["Hi", "Ho"]
    assert len(prompts_of(RoundSpec(prompts="own", own_prompts=[f"Line {n}" for n in range(5_000)]))) == 5_000
    with pytest.raises(SpecError, match="at most 5000 texts"):
        RoundSpec(prompts="own", own_prompts=["x"] * 5_001)


def test_the_system_prompt_stands_before_the_prompt():
    assert messages_of(RoundSpec(), " Hi ") == (Message("user", "Hi"),)
    assert messages_of(RoundSpec(system="Be kind."), "Hi")[0] == Message("system", "Be kind.")
    for wrong in ("", " \n", "x" * (MAX_PROMPT + 1), None, 3):
        with pytest.raises(SpecError, match="prompt"):
            messages_of(RoundSpec(), wrong)
