"""The tokenizer of the check is the one that training loads, and costs no torch where it need not."""

import json
import subprocess
import sys

import pytest
from transformers import AutoTokenizer

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.models import minilm
from pipelines.models.catalogue import Catalogue
from pipelines.training.checks.folder import limits_of, tokenizer_in
from tests.support.small_tokenizers import texts

HOUSE = REPOSITORY / "assets" / "models" / "story-base"


@pytest.mark.parametrize("name", ["house/story-base", minilm.NAME])
def test_it_reads_as_training_s_does(name, tmp_path):
    folder = Catalogue(Settings(home=tmp_path)).tokenizer_folder(name)
    mine, theirs = tokenizer_in(folder), AutoTokenizer.from_pretrained(folder)
    for text in texts(seed=3, count=40):
        assert mine(text)["input_ids"] == theirs(text)["input_ids"]
    for role in ("eos_token_id", "pad_token_id", "bos_token_id", "chat_template", "model_max_length"):
        assert getattr(mine, role) == getattr(theirs, role)
    assert tokenizer_in(folder) is mine


def test_limits_are_the_config_s(tmp_path):
    tokenizer = tokenizer_in(HOUSE)
    assert limits_of(HOUSE, tokenizer) == (1024, 4096)
    tokenizer.save_pretrained(tmp_path)
    assert limits_of(tmp_path, tokenizer_in(tmp_path)) == (1024, 0)
    (tmp_path / "config.json").write_text(json.dumps({"n_positions": 512, "vocab_size": 50}))
    assert limits_of(tmp_path, tokenizer_in(tmp_path)) == (512, 50)


def test_a_folder_without_a_tokenizer_is_said(tmp_path):
    with pytest.raises(GlassworksError, match="no tokenizer that can be read"):
        tokenizer_in(tmp_path)


def test_a_check_with_a_house_model_imports_no_torch(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"prompt": f"Say {n}", "completion": "Yes"}) for n in range(9)))
    code = f"""
import sys
from pipelines.training.checks.handler import check_data
from pipelines.training.checks.requests import CheckRequest
spec = {{"base": "house/story-base", "dataset": "path:x", "chat_template": "house"}}
*_, answer = check_data(CheckRequest(spec, {str(rows)!r}, {str(HOUSE)!r}), None)
assert answer.preview and "torch" not in sys.modules, sorted(m for m in sys.modules if "torch" in m)[:5]
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
