"""What is known of one model from its files alone: size, context, and what it can do. Knows no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json
from pipelines.models.artifacts import check_artifact, count_parameters, dir_size, read_config, read_tensors

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
_OTHER_CAUSAL = ("GPT2LMHeadModel", "OpenAIGPTLMHeadModel")


@dataclass(frozen=True)
class ModelEntry:
    """``parameters`` counts tied weights once; ``context_length`` is in tokens, 0 where there is no limit;
    ``created`` is in epoch seconds; ``lineage`` is empty for models that were not made here."""

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


def read_entry(name: str, folder: Path) -> ModelEntry:
    """Describe the model in ``folder``; raises ``BrokenArtifactError`` when it is not whole."""
    check_artifact(folder)
    config = read_config(folder)
    text = config.get("text_config") or config
    architecture = str((config.get("architectures") or [config["model_type"]])[0])
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


def _created(folder: Path, lineage: dict[str, Any]) -> float:
    """As its maker wrote it; the time of the file is that of a download or checkout."""
    told = lineage.get("created")
    return float(told) if isinstance(told, (int, float)) else (folder / "config.json").stat().st_mtime


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
