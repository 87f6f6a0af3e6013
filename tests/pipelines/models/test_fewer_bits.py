"""Models in 4 and 8 bits: as the library itself loads them, of any model of the app, and no wrong block."""

import bitsandbytes.functional as functional
import pytest
import torch
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from pipelines.core.errors import GlassworksError
from pipelines.models.adapters import Place
from pipelines.models.fewer_bits import in_fewer_bits
from pipelines.models.four_bits import mend
from pipelines.models.loader import load_model
from tests.support.adapters import save_adapter, wrap
from tests.support.tiny_models import build, tokenizer

CPU = torch.device("cpu")
TEXT = "Anna found a red kite by the river. The dog barked."


def logits(loaded):
    with torch.inference_mode():
        return loaded.model(**loaded.tokenizer(TEXT, return_tensors="pt")).logits


@pytest.mark.parametrize("shape", [(352, 352), (96, 352), (10, 96), (10, 32), (7, 64), (10, 100), (3, 5)])
@pytest.mark.parametrize("nested", [False, True])
def test_blocks_that_go_on_in_the_next_row_are_read_with_their_own_scale(shape, nested):
    mend()
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    packed, state = functional.quantize_4bit(matrix, quant_type="nf4", compress_statistics=nested)
    found = functional.dequantize_4bit(packed, state)
    assert found.shape == matrix.shape and float((found - matrix).norm() / matrix.norm()) < 0.11
    for start in range(0, matrix.numel(), 64):  # each block's largest is read back as it was
        block, read = (one.reshape(-1)[start : start + 64] for one in (matrix, found))
        assert float((read - block).abs().max()) < 0.16 * float(block.abs().max())


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_4_bits_are_what_the_library_loads(family, tmp_path):
    build(family).save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    whole = logits(load_model("path:x", tmp_path, CPU))
    loaded = in_fewer_bits(load_model("path:x", tmp_path, CPU), "nf4")
    assert any(isinstance(one, Linear4bit) for one in loaded.model.modules())
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
        llm_int8_skip_modules=["lm_head"],
    )
    theirs = AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.float32, quantization_config=config, device_map={"": "cpu"}
    )
    for layer in theirs.modules():
        layer.support_avx512bf16_for_cpu = False  # nothing is packed for a kernel of bf16
    with torch.inference_mode():
        wanted = theirs(**loaded.tokenizer(TEXT, return_tensors="pt")).logits
    torch.testing.assert_close(logits(loaded), wanted, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(whole, wanted, atol=1e-4)


def test_8_bits_are_close_and_take_less(tmp_path):
    build("llama").save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    whole = load_model("path:x", tmp_path, CPU)
    before, size = logits(whole), whole.bytes
    loaded = in_fewer_bits(whole, "int8")
    assert any(isinstance(one, Linear8bitLt) for one in loaded.model.modules()) and loaded.bytes < size
    found = logits(loaded)
    assert not torch.equal(found, before)
    assert float((found - before).norm() / before.norm()) < 0.05


def test_an_adapter_is_merged_first_and_the_head_stays_as_it_is(tmp_path):
    base = build("llama")
    base.save_pretrained(tmp_path / "base")
    tokenizer().save_pretrained(tmp_path / "base")
    folder = save_adapter(wrap(base), tmp_path / "adapter", "path:base", tmp_path / "base")
    place = Place("path:base", tmp_path / "base")
    whole = logits(load_model("path:x", folder, CPU, place))
    loaded = in_fewer_bits(load_model("path:x", folder, CPU, place), "int8")
    assert float((logits(loaded) - whole).norm() / whole.norm()) < 0.05
    assert loaded.model.get_output_embeddings().weight.dtype == torch.float32
    with pytest.raises(GlassworksError, match="has no linear layers"):
        in_fewer_bits(loaded, "nf4")
