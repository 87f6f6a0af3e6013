"""The training of a tokenizer as a script of the plain tokenizers library, for a visitor to take away.

Only text is made here.
"""

from pipelines.tokenization.specs import TokenizerSpec

_HEAD = '''\
"""Train the same tokenizer.  pip install tokenizers

Its tokens are those of the run; the curve is left out.
"""

{json}from pathlib import Path

from tokenizers import {names}

texts = Path("corpus.txt").read_text(encoding="utf-8").split("<|endoftext|>")
texts = [text.strip() for text in texts if text.strip()]
'''
_BYTES = """\
special += [AddedToken(f"<0x{byte:02X}>", normalized=False) for byte in range(256)]
"""
_INSIDE_BYTES = """\
inside = ["##" + character for character in sorted(pre_tokenizers.ByteLevel.alphabet())]
special += [AddedToken(piece, normalized=False) for piece in inside]
"""
_INSIDE_CHARACTERS = """\
alphabet = trainers.WordPieceTrainer(vocab_size=0, special_tokens=special, show_progress=False)
tokenizer.train_from_iterator(texts, alphabet)
inside = sorted(piece for piece in tokenizer.get_vocab() if piece[:2] == "##" and len(piece) == 3)
special += [AddedToken(piece, normalized=False) for piece in inside]
"""
_AS_PIECES = """\

# These were listed to have their place in the vocabulary: they are pieces, and not found in a text whole.
definition = json.loads(tokenizer.to_str())
given = {{{given}}}
definition["added_tokens"] = [token for token in definition["added_tokens"] if token["content"] in given]
{fallback}tokenizer = Tokenizer.from_str(json.dumps(definition))
"""
_FALLBACK = 'definition["model"]["byte_fallback"] = True\n'
_FORMS = {"nfc": "NFC()", "nfd": "NFD()", "nfkc": "NFKC()", "nfkd": "NFKD()"}
_NAMES = (
    *("AddedToken", "Tokenizer", "decoders", "models", "normalizers", "pre_tokenizers", "processors"),
    "trainers",
)
_TRAINERS = {"bpe": "BpeTrainer", "wordpiece": "WordPieceTrainer", "unigram": "UnigramTrainer"}


def tokenizer_code(spec: TokenizerSpec) -> str:
    """A script that learns the same tokens from the documents of ``corpus.txt``."""
    body = _body(spec)
    names = ", ".join(name for name in _NAMES if f"{name}." in body or f"{name}(" in body)
    return _HEAD.format(json="import json\n" if _listed(spec) else "", names=names) + body


def _body(spec: TokenizerSpec) -> str:
    parts = (
        _texts(spec),
        _special(spec),
        f"\ntokenizer = Tokenizer({_model(spec)})\n",
        _normalizer(spec),
        f"tokenizer.pre_tokenizer = {_joined('pre_tokenizers', _cuts(spec))}\n",
        f"tokenizer.decoder = {_joined('decoders', _decoders(spec))}\n",
        "\n",
        _listed(spec),
        _trainer(spec),
        "tokenizer.train_from_iterator(texts, trainer)\n",
        _as_pieces(spec),
        _template(spec),
        '\ntokenizer.save("tokenizer.json")\nprint(tokenizer.encode("Once upon a time").tokens)\n',
    )
    return "".join(parts)


def _texts(spec: TokenizerSpec) -> str:
    if not spec.held_out:
        return ""
    every = round(1 / spec.held_out)
    return f"texts = [t for number, t in enumerate(texts, 1) if number % {every}]  # the rest is held out\n"


def _special(spec: TokenizerSpec) -> str:
    rows = []
    for line in spec.tokens:
        flags = "".join(f", {flag}=True" for flag in line.flags if flag != "normalized")
        rows.append(
            f"    AddedToken({line.text!r}, special=True, normalized={'normalized' in line.flags}{flags}),\n"
        )
    return f"special = [\n{''.join(rows)}]\n"


def _listed(spec: TokenizerSpec) -> str:
    """Pieces that learning would not come to by itself, or to which it would give ids in no fixed order."""
    if spec.algorithm == "wordpiece":
        return _INSIDE_BYTES if spec.byte_level else _INSIDE_CHARACTERS
    return _BYTES if spec.byte_fallback else ""


def _as_pieces(spec: TokenizerSpec) -> str:
    given = ", ".join(repr(line.text) for line in spec.tokens)
    fallback = _FALLBACK if spec.byte_fallback else ""
    return _AS_PIECES.format(given=given, fallback=fallback) if _listed(spec) else ""


def _model(spec: TokenizerSpec) -> str:
    unknown = spec.filling("unk")
    if spec.algorithm == "unigram":
        return "models.Unigram()"
    if spec.algorithm == "wordpiece":
        return f"models.WordPiece(unk_token={unknown or (spec.tokens[0].text if spec.tokens else '')!r})"
    return "models.BPE()" if spec.byte_level else f"models.BPE(unk_token={unknown!r})"


def _normalizer(spec: TokenizerSpec) -> str:
    steps = [_FORMS[spec.normalizer]] if spec.normalizer in _FORMS else []
    steps += ["NFD()", "StripAccents()"] if spec.strip_accents else []
    steps += ["Lowercase()"] if spec.lowercase else []
    return f"tokenizer.normalizer = {_joined('normalizers', steps)}\n" if steps else ""


def _cuts(spec: TokenizerSpec) -> list[str]:
    digits = ["Digits(individual_digits=True)"] if spec.split_digits else []
    if spec.byte_level:
        return [*digits, "ByteLevel(add_prefix_space=False)"]
    return ["BertPreTokenizer()" if spec.algorithm == "wordpiece" else "Metaspace()", *digits]


def _decoders(spec: TokenizerSpec) -> list[str]:
    wordpiece = spec.algorithm == "wordpiece"
    if spec.byte_level:
        return [*(['Replace("##", "")', "Fuse()"] if wordpiece else []), "ByteLevel()"]
    if spec.byte_fallback:
        return ['Replace("▁", " ")', "ByteFallback()", "Fuse()", 'Strip(" ", 1, 0)']
    return ["WordPiece()"] if wordpiece else ["Metaspace()"]


def _joined(module: str, steps: list[str]) -> str:
    made = [f"{module}.{step}" for step in steps]
    rows = "".join(f"        {step},\n" for step in made)
    return made[0] if len(made) == 1 else f"{module}.Sequence(\n    [\n{rows}    ]\n)"


def _trainer(spec: TokenizerSpec) -> str:
    arguments = [f"vocab_size={spec.vocab_size}", "special_tokens=special", "show_progress=False"]
    if spec.algorithm != "unigram":
        arguments.append(f"min_frequency={spec.min_frequency}")
    elif unknown := spec.filling("unk"):
        arguments.append(f"unk_token={unknown!r}")
    if spec.byte_level:
        arguments.append("initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())")
    rows = "".join(f"    {argument},\n" for argument in arguments)
    return f"trainer = trainers.{_TRAINERS[spec.algorithm]}(\n{rows})\n"


def _template(spec: TokenizerSpec) -> str:
    """One text and a pair, as the tokenizer of the run has them."""
    if spec.template == "none":
        return ""
    single, pair = spec.around
    tokens = [token for token in dict.fromkeys(single) if token != "$A"]
    ids = ", ".join(f"({token!r}, tokenizer.token_to_id({token!r}))" for token in tokens)
    return (
        "\ntokenizer.post_processor = processors.TemplateProcessing(\n"
        f"    single={single!r},\n    pair={pair!r},\n    special_tokens=[{ids}],\n)\n"
    )
