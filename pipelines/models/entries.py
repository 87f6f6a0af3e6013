"""What is known of one model from its files alone: size, context, and what it can do. Knows no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json
from pipelines.models.adapters import Place, base_of, check_fits
from pipelines.models.artifacts import (
    ADAPTER,
    check_artifact,
    count_parameters,
    dir_size,
    is_adapter,
    read_adapter_config,
    read_config,
    read_tensors,
    virtual_tokens,
)

LINEAGE = "glassworks.json"  # parent, data hash, spec, code version, metrics: written by the job that made it
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length", "n_ctx")
_CAPABILITIES = (  # the ending of an architecture's name → what the model can do; the first match counts
    ("ForCausalLM", "causal-lm"),
    ("ForMaskedLM", "masked-lm"),
    ("ForSequenceClassification", "sequence-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForConditionalGeneration", "seq2seq-lm"),
)
_TASKS = {  # PEFT's word for what an adapter is for, where its folder has no config.json
    "CAUSAL_LM": "causal-lm",
    "SEQ_2_SEQ_LM": "seq2seq-lm",
    "SEQ_CLS": "sequence-classification",
    "TOKEN_CLS": "token-classification",
    "QUESTION_ANS": "question-answering",
}
_OTHER_CAUSAL = ("GPT2LMHeadModel", "OpenAIGPTLMHeadModel")


@dataclass(frozen=True)
class ModelEntry:
    """``parameters`` counts tied weights once; ``context_length`` is in tokens, 0 where there is no limit;
    ``created`` is in epoch seconds; ``lineage`` is empty for models that were not made here.

    An adapter is ``adapter_of`` its base, whose name that is, and has ``adapter_parameters`` of its own;
    ``parameters`` are those of both (its own alone while the base is not fetched yet). ``config_folder`` has
    the config.json that holds for it, None where its own folder does. It may put
    ``virtual_tokens`` before each text, by which its ``context_length`` is the shorter."""

    name: str
    title: str
    path: Path
    architecture: str
    parameters: int
    context_length: int
    vocab_size: int
    capabilities: frozenset[str]
    bytes_on_disk: int
    lineage: dict[str, Any]
    created: float
    adapter_of: str = ""
    adapter_parameters: int = 0
    config_folder: Path | None = None
    virtual_tokens: int = 0


def read_entry(name: str, folder: Path, base: Place | None = None) -> ModelEntry:
    """Describe the model in ``folder``; raises ``BrokenArtifactError`` when it is not whole. ``base`` is
    where the base of an adapter lies, if it is here."""
    check_artifact(folder)
    return _adapter(name, folder, base) if is_adapter(folder) else _whole(name, folder)


def _whole(name: str, folder: Path) -> ModelEntry:
    config = read_config(folder)
    text = config.get("text_config") or config
    architecture = _named_in(config)
    lineage = read_json(folder / LINEAGE)
    lineage = lineage if isinstance(lineage, dict) else {}
    return ModelEntry(
        name=name,
        title=_title(name, lineage),
        path=folder,
        architecture=architecture,
        parameters=count_parameters(read_tensors(folder)),
        context_length=next((int(text[key]) for key in _CONTEXT_KEYS if _is_count(text.get(key))), 0),
        vocab_size=int(text["vocab_size"]) if _is_count(text.get("vocab_size")) else 0,
        capabilities=_capabilities(architecture, folder),
        bytes_on_disk=dir_size(folder),
        lineage=lineage,
        created=_created(folder, lineage),
    )


def _adapter(name: str, folder: Path, base: Place | None) -> ModelEntry:
    """What it says itself, else what its base does."""
    beneath = read_entry(base.name, base.folder, base.base) if base else None
    tensors = read_tensors(folder)
    if base and not base.is_adapter:
        check_fits(name, base.name, tensors, read_tensors(base.folder))
    config = read_config(folder) if (folder / "config.json").is_file() else {}
    text = config.get("text_config") or config
    lineage = read_json(folder / LINEAGE)
    lineage = lineage if isinstance(lineage, dict) else {}
    own, virtual = count_parameters(tensors), virtual_tokens(folder)
    context = next((int(text[key]) for key in _CONTEXT_KEYS if _is_count(text.get(key))), 0)
    vocabulary = text.get("vocab_size")
    return ModelEntry(
        name=name,
        title=_title(name, lineage),
        path=folder,
        architecture=_named_in(config) or (beneath.architecture if beneath else ""),
        parameters=own + (beneath.parameters if beneath else 0),
        context_length=_left(context or (beneath.context_length if beneath else 0), virtual),
        vocab_size=int(vocabulary) if _is_count(vocabulary) else beneath.vocab_size if beneath else 0,
        capabilities=_able(folder, config, beneath),
        bytes_on_disk=dir_size(folder),
        lineage=lineage,
        created=_created(folder, lineage),
        adapter_of=base.name if base else base_of(name, folder, on_space=False),
        adapter_parameters=own,
        config_folder=None if config or not base else base.config,
        virtual_tokens=virtual,
    )


def _left(context: int, virtual: int) -> int:
    """0 stays 0: there is no limit."""
    return max(1, context - virtual) if context else 0


def _able(folder: Path, config: dict[str, Any], beneath: ModelEntry | None) -> frozenset[str]:
    if config:
        found = _capabilities(_named_in(config), folder)
    else:
        task = _TASKS.get(read_adapter_config(folder).get("task_type"))
        found = {task} if task else beneath.capabilities - {"chat"} if beneath else set()
    talks = _has_chat_template(folder)
    if beneath and not (folder / "tokenizer.json").is_file():  # then it is the base that is talked to
        talks = "chat" in beneath.capabilities
    return frozenset({*found, "chat"} if talks else found)


def _named_in(config: dict[str, Any]) -> str:
    return str((config.get("architectures") or [config.get("model_type", "")])[0])


def _created(folder: Path, lineage: dict[str, Any]) -> float:
    """As its maker wrote it; the time of the file is that of a download or checkout."""
    told = lineage.get("created")
    if isinstance(told, (int, float)):
        return float(told)
    return (folder / (ADAPTER if is_adapter(folder) else "config.json")).stat().st_mtime


def _title(name: str, lineage: dict[str, Any]) -> str:
    title = lineage.get("title") or lineage.get("name")
    return title[:200] if isinstance(title, str) and title else name


def _capabilities(architecture: str, folder: Path) -> frozenset[str]:
    found = {capability for ending, capability in _CAPABILITIES if architecture.endswith(ending)}
    if architecture in _OTHER_CAUSAL:
        found.add("causal-lm")
    if not found and architecture.endswith("Model"):  # layers without a head
        found.add("encoder")
    if _has_chat_template(folder):
        found.add("chat")
    return frozenset(found)


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    config = read_json(folder / "tokenizer_config.json")
    return isinstance(config, dict) and bool(config.get("chat_template"))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
