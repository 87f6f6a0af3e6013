"""Adapters with random weights, made on the spot beside a tiny base."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

LORA = {"r": 4, "lora_alpha": 16}
METHODS: dict[str, dict[str, Any]] = {  # name → what PEFT's config is given
    "lora": LORA,
    "dora": {**LORA, "use_dora": True},
    "rslora": {**LORA, "use_rslora": True},
    "ia3": {},
}
_PLACES = {
    "llama": (["q_proj", "v_proj", "down_proj"], ["down_proj"]),
    "gpt2": (["c_attn", "mlp.c_proj"], ["mlp.c_proj"]),
    "bert": (["query", "value", "output.dense"], ["output.dense"]),
}


def wrap(model: Any, family: str = "llama", method: str = "lora", seed: int = 1, **given: Any) -> Any:
    """The model with an adapter that changes what it computes by far more than rounding does."""
    from peft import IA3Config, LoraConfig, get_peft_model

    places, feedforward = _PLACES[family]
    kind = IA3Config if method == "ia3" else LoraConfig
    own = {"feedforward_modules": feedforward} if method == "ia3" else {"fan_in_fan_out": family == "gpt2"}
    wrapped = get_peft_model(model, kind(**{"target_modules": places, **METHODS[method], **own, **given}))
    torch.manual_seed(seed)
    for name, parameter in wrapped.named_parameters():
        if any(part in name for part in ("lora_A", "lora_B", "modules_to_save")):
            torch.nn.init.normal_(parameter, std=0.3)
        elif "ia3_l" in name or "magnitude" in name:
            parameter.data.mul_(1 + 0.5 * torch.rand_like(parameter))
    return wrapped.eval()


def save_adapter(wrapped: Any, folder: Path, base: str, own: Path | None = None) -> Path:
    """The folder as PEFT writes it; with ``own``, a folder with a tokenizer, as Glassworks does."""
    wrapped.save_pretrained(folder, save_embedding_layers=False)
    told = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**told, "base_model_name_or_path": base}))
    if own:
        config = wrapped.get_base_model().config
        config.architectures = [type(wrapped.get_base_model()).__name__]
        config.save_pretrained(folder)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(own / name, folder / name)
    return folder
