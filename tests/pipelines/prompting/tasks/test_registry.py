"""All sets by name."""

import json
import subprocess
import sys

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.prompting.tasks.public.sets import PUBLIC
from pipelines.prompting.tasks.registry import KINDS, kind_named


def test_every_kind_says_what_it_is():
    for name, kind in KINDS.items():
        assert name == kind.name and name.isidentifier()
        assert kind.title and kind.about.endswith(".") and kind.licence and kind.source
        assert (kind.count is None) == kind.made != (name in PUBLIC)
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)
    assert len(KINDS["bbh"].parts) == 27


def test_names_are_found_and_those_that_are_not_are_told_what_there_is():
    assert kind_named("coin_flip") == (KINDS["coin_flip"], "")
    assert kind_named("bbh/navigate") == (KINDS["bbh"], "navigate")
    for bad, words in (
        ("coins", "one of arithmetic, arithmetic_large, "),
        ("", "one of arithmetic"),
        (None, "one of arithmetic"),
        (["bbh"], "one of arithmetic"),
        ("bbh/coins", "bbh/ and one of boolean_expressions"),
        ("bbh/", "bbh/ and one of"),
        ("gsm8k/main", "gsm8k, which has no parts"),
    ):
        with pytest.raises(SpecError, match="task accepts") as caught:
            kind_named(bad)
        assert words in str(caught.value)


def test_the_list_costs_nothing_to_import():
    code = (
        "import sys, json; import pipelines.prompting.tasks.registry; "
        "print(json.dumps([n for n in sys.modules if n.split('.')[0] in "
        "('datasets', 'huggingface_hub', 'numpy', 'torch', 'yaml', 'pydantic', 'pandas')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == [], done.stderr
