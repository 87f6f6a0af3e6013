"""A pretraining run as a script of plain transformers, for a visitor to take away. Only text is made here."""

from pprint import pformat
from typing import Any

from pipelines.training.specs import PretrainSpec

_SCRIPT = '''\
"""Pretrain a language model from scratch.  pip install torch transformers accelerate"""
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import {classes}

documents = Path("corpus.txt").read_text(encoding="utf-8").split("<|endoftext|>")

{tokenizer}
context, ids = {context_length}, []
for text in documents:
    ids += [*tokenizer(text.strip(), add_special_tokens=False).input_ids, tokenizer.eos_token_id]
windows = torch.tensor(ids[: len(ids) // context * context]).view(-1, context)
rows = [{{"input_ids": window, "labels": window}} for window in windows]
held = max(1, round({validation_share} * len(rows)))  # the app holds out whole documents instead

torch.manual_seed({seed})
model = {model}(
    {config}(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
{shape}
    )
)
arguments = TrainingArguments(
    output_dir="checkpoints",
{arguments}
)
trainer = Trainer(model=model, args=arguments, train_dataset=rows[held:], eval_dataset=rows[:held])
trainer.train()
print(trainer.evaluate(), f"{{model.num_parameters():,}} parameters")
model.save_pretrained("model")
tokenizer.save_pretrained("model")
'''

_LEARN = """\
core = Tokenizer(models.BPE())
core.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
core.decoder = decoders.ByteLevel()
learner = trainers.BpeTrainer(
    vocab_size={vocab_size},
    min_frequency=2,
    special_tokens=["<|endoftext|>", "<|pad|>"],
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
)
core.train_from_iterator(documents, learner)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|endoftext|>", pad_token="<|pad|>")
"""
_TAKE = """\
tokenizer = AutoTokenizer.from_pretrained({source!r})  # a folder or a Hub name
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
"""


def pretrain_code(spec: PretrainSpec) -> str:
    """A script that trains the same model in the same way on the documents of ``corpus.txt``.

    The random order of the data is the script's own, so losses agree in their course and not digit by digit.
    """
    learns = spec.tokenizer == "train"
    model, config = _CLASSES[spec.architecture]
    classes = [config, model, "PreTrainedTokenizerFast" if learns else "AutoTokenizer"]
    return _SCRIPT.format(
        classes=", ".join(sorted([*classes, "Trainer", "TrainingArguments"])),
        tokenizer=_LEARN.format(vocab_size=spec.vocab_size)
        if learns
        else _TAKE.format(source=spec.tokenizer),
        context_length=spec.context_length,
        validation_share=spec.validation_share,
        seed=spec.seed,
        model=model,
        config=config,
        shape=_lines(_shape(spec), indent=8),
        arguments=_lines(_arguments(spec), indent=4),
    )


_CLASSES = {"llama": ("LlamaForCausalLM", "LlamaConfig"), "gpt2": ("GPT2LMHeadModel", "GPT2Config")}


def _shape(spec: PretrainSpec) -> dict[str, Any]:
    if spec.architecture == "gpt2":
        dropout = dict.fromkeys(("attn_pdrop", "embd_pdrop", "resid_pdrop"), spec.dropout)
        size = {"n_layer": spec.num_layers, "n_embd": spec.hidden_size, "n_head": spec.num_heads}
        return {**size, "n_inner": spec.intermediate_size, "n_positions": spec.context_length, **dropout}
    return {
        "num_hidden_layers": spec.num_layers,
        "hidden_size": spec.hidden_size,
        "num_attention_heads": spec.num_heads,
        "num_key_value_heads": spec.num_kv_heads,
        "intermediate_size": spec.intermediate_size,
        "max_position_embeddings": spec.context_length,
        "attention_dropout": spec.dropout,
        "tie_word_embeddings": True,
    }


def _arguments(spec: PretrainSpec) -> dict[str, Any]:
    return {
        "max_steps": spec.max_steps,
        "per_device_train_batch_size": spec.batch_size,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr_rate": spec.min_lr_ratio},
        "warmup_steps": spec.warmup_steps,
        "weight_decay": spec.weight_decay,
        "adam_beta2": spec.adam_beta2,
        "max_grad_norm": spec.max_grad_norm,
        "bf16": spec.precision == "bf16",
        "eval_strategy": "steps",
        "eval_steps": spec.eval_every,
        "save_steps": spec.checkpoint_every,
        "save_total_limit": 2,
        "logging_steps": 10,
        "report_to": "none",
        "seed": spec.seed,
    }


def _lines(values: dict[str, Any], indent: int) -> str:
    return "\n".join(f"{' ' * indent}{name}={pformat(value)}," for name, value in values.items())
