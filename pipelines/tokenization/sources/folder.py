"""A folder as models have it: the tokenizer's own file, and beside it what its tokens are for.

Of a folder with several, ``tokenizer.json`` counts; ``tokenizer.model`` (SentencePiece, or a rank file as
Llama 3's) is read where that is absent. Chat templates stand in tokenizer_config.json, in
``chat_template.jinja`` or under ``additional_chat_templates/``; a file counts more than the config's key.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.models.hub import TOKENIZER_FILES as FILES
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.sources.files import ACCEPTED, TokenizerFileError, read_bounded, read_object

_DEFAULT = "default"
_MAX_TEMPLATE_BYTES = 1_000_000


def read_folder(name: str, folder: Path) -> LoadedTokenizer:
    """Raises :class:`TokenizerFileError` when the folder holds no tokenizer, or a damaged one."""
    file = next((folder / known for known in FILES if (folder / known).is_file()), None)
    if file is None:
        raise TokenizerFileError(f"{name} has no tokenizer's file; accepted is {ACCEPTED}.")
    config = {
        **read_object(folder / "special_tokens_map.json"),
        **read_object(folder / "tokenizer_config.json"),
    }
    loaded = read_bytes(name, read_bounded(file), config=config)
    templates = chat_templates(folder, config)
    default = templates.get(_DEFAULT) or next(iter(templates.values()), "")
    return replace(loaded, chat_template=default, chat_templates=templates)


def chat_templates(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """Name → Jinja source, the default one under ``default``."""
    found = _configured(config.get("chat_template"))
    for file in sorted((folder / "additional_chat_templates").glob("*.jinja")):
        found[file.stem] = _template(file)
    if (folder / "chat_template.jinja").is_file():
        found[_DEFAULT] = _template(folder / "chat_template.jinja")
    return {name: text for name, text in found.items() if text}


def _configured(value: Any) -> dict[str, str]:
    """The config's key is one template, or a list of named ones."""
    if isinstance(value, str):
        return {_DEFAULT: value}
    named = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return {
        str(item.get("name", _DEFAULT)): text
        for item in named
        if isinstance(text := item.get("template"), str)
    }


def _template(file: Path) -> str:
    if file.stat().st_size > _MAX_TEMPLATE_BYTES:
        raise TokenizerFileError(f"{file.name} is larger than 1 MB, which no chat template is.")
    return file.read_text(encoding="utf-8", errors="replace")
