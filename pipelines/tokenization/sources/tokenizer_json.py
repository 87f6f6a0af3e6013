"""``tokenizer.json``, the format of the tokenizers library. Knows JSON text, no folders and no names.

Padding and truncation that a file carries are taken off (MiniLM's pads every text to 128 tokens): they are a
batch's business. Offsets are never trimmed, so that the space that a token holds is part of its span.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokenizers import Tokenizer

from pipelines.tokenization.guard import guarded
from pipelines.tokenization.loaded import ROLES, Added, LoadedTokenizer
from pipelines.tokenization.sources.files import ACCEPTED, TokenizerFileError, check_ids, json_object

_PARTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")


def read_tokenizer_json(name: str, data: bytes, config: Mapping[str, Any] | None = None) -> LoadedTokenizer:
    """``config`` is what tokenizer_config.json and special_tokens_map.json say together.

    Raises :class:`TokenizerFileError` when the bytes are no tokenizer.json.
    """
    definition = json_object(data, "tokenizer.json")
    if not isinstance(definition.get("model"), dict):
        raise TokenizerFileError(f"The JSON has no 'model', so it is no tokenizer; accepted is {ACCEPTED}.")
    try:
        text = _untrimmed(definition) or data.decode("utf-8")
        return from_backend(name, parse(text), definition, config or {})
    except RecursionError as error:
        raise TokenizerFileError("This tokenizer.json is nested deeper than any tokenizer's.") from error


def parse(text: str) -> Tokenizer:
    """The library's tokenizer, without padding and truncation; all that it refuses becomes one error."""
    with guarded("The tokenizers library refuses this tokenizer.json", TokenizerFileError):
        backend = Tokenizer.from_str(text)
    backend.no_padding()
    backend.no_truncation()
    return backend


def from_backend(
    name: str, backend: Tokenizer, definition: Mapping[str, Any], config: Mapping[str, Any]
) -> LoadedTokenizer:
    """All that is known of a tokenizer of the tokenizers library; also for one that was just trained."""
    model = definition["model"]
    added = tuple(
        Added(id_, token.content, token.special)
        for id_, token in sorted(backend.get_added_tokens_decoder().items())
    )
    highest = max([*backend.get_vocab().values(), -1])
    if highest < 0:
        raise TokenizerFileError("The tokenizer's vocabulary is empty.")
    check_ids(highest, "The vocabulary")
    types = set(part_types([definition.get(part) for part in _PARTS[:2]]))
    loaded = LoadedTokenizer(
        name=name,
        backend=backend,
        kind=type(backend.model).__name__.lower(),
        byte_level="ByteLevel" in types,
        byte_fallback=bool(model.get("byte_fallback")),
        source="tokenizer.json",
        special=_special(config, model),
        added=added,
        config=dict(config),
        definition={key: value for key, value in definition.items() if key != "model"}
        | {"model": {key: value for key, value in model.items() if key not in ("vocab", "merges")}},
        merges=_merges(model.get("merges")),
        continuing_prefix=str(model.get("continuing_subword_prefix") or ""),
        end_of_word_suffix=str(model.get("end_of_word_suffix") or ""),
        space="▁" if _stands_for_space(definition) else "",
    )
    if loaded.kind == "unigram":
        import numpy as np

        return replace(loaded, scores=np.array([score for _, score in model["vocab"]], dtype=np.float64))
    return loaded


def part_types(value: Any) -> list[str]:
    """The types of all components under a part of the definition, Sequences opened.

    >>> part_types({"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "ByteLevel"}]})
    ['Sequence', 'Digits', 'ByteLevel']
    """
    if isinstance(value, list):
        return [found for item in value for found in part_types(item)]
    if not isinstance(value, dict):
        return []
    inner = [found for item in value.values() if isinstance(item, (list, dict)) for found in part_types(item)]
    return ([value["type"]] if isinstance(value.get("type"), str) else []) + inner


def _special(config: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, str]:
    """Role → token text; a model names its unknown token itself where the config does not."""
    found = {role: text for role in ROLES if (text := content(config.get(role)))}
    if "unk_token" not in found and (unknown := _model_unknown(model)):
        found["unk_token"] = unknown
    return found


def content(token: Any) -> str:
    """A token as the configs write it, a string or an object with ``content``; empty for anything else."""
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) else ""


def _model_unknown(model: Mapping[str, Any]) -> str:
    if isinstance(model.get("unk_token"), str):
        return model["unk_token"]
    unk_id = model.get("unk_id")
    return model["vocab"][unk_id][0] if isinstance(unk_id, int) else ""


def _merges(listed: Any) -> tuple[tuple[str, str], ...]:
    """Both ways of writing a merge: ``"a b"`` and ``["a", "b"]``."""
    pairs = (m.split(" ") if isinstance(m, str) else m for m in listed or ())
    return tuple((left, right) for left, right in pairs)


def _stands_for_space(definition: Mapping[str, Any]) -> bool:
    """Metaspace, or a Replace that writes ▁ for a space, in whichever part."""
    parts = [definition.get(part) for part in _PARTS[:2]]
    return "Metaspace" in part_types(parts) or "▁" in json.dumps(parts, ensure_ascii=False)


def _untrimmed(definition: dict[str, Any]) -> str | None:
    """The definition as text with every post-processor's trimming of offsets off; None if none trims."""
    changed = False

    def walk(value: Any) -> None:
        nonlocal changed
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(item)
        if isinstance(value, dict) and value.get("trim_offsets"):
            value["trim_offsets"], changed = False, True

    walk(definition.get("post_processor"))
    return json.dumps(definition, ensure_ascii=False) if changed else None
