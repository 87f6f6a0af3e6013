"""What each component of a tokenizer does, in a sentence; by its type in tokenizer.json, or its name in a
SentencePiece model.
"""

PARTS = {
    "added_tokens": "Added tokens",
    "normalizer": "Normaliser",
    "pre_tokenizer": "Pre-tokenizer",
    "model": "Model",
    "post_processor": "Post-processor",
}
_UNKNOWN = {
    "added_tokens": "Cuts tokens out of the text before anything else can touch them.",
    "normalizer": "Rewrites the text before it is cut.",
    "pre_tokenizer": "Cuts the text into words; no token reaches across a cut.",
    "model": "Turns each word into tokens of the vocabulary.",
    "post_processor": "Puts special tokens around the result.",
}
_SENTENCES = {
    "added_tokens": {
        "AddedTokens": "Finds special and added tokens in the text and cuts them out whole, so that no later "
        "stage takes them apart.",
    },
    "normalizer": {
        "NFC": "Unicode's composed form: a letter and its accent become one character where there is one.",
        "NFD": "Unicode's decomposed form: an accented letter becomes the letter, then its accent.",
        "NFKC": "Composed form, and compatibility characters such as ligatures, full-width letters and "
        "superscripts become plain ones.",
        "NFKD": "Decomposed form, and compatibility characters such as ligatures become plain ones.",
        "Lowercase": "Writes everything in small letters.",
        "StripAccents": "Drops the accents that stand as characters of their own, as they do after NFD or "
        "NFKD.",
        "BertNormalizer": "BERT's cleaning, as far as it is switched on: control characters go, each white "
        "space becomes a space, Chinese characters get spaces around them, accents go, letters become small.",
        "Precompiled": "Applies the table of replacements that a SentencePiece model carries, mostly that of "
        "NFKC with changes of its own.",
        "Prepend": "Puts a string before the text, so that its first word looks like any other.",
        "Replace": "Replaces every match of a string or pattern by another string.",
        "Strip": "Drops white space at the text's beginning, its end, or both.",
        "Nmt": "Drops most control characters and writes every kind of white space, invisible ones "
        "included, as a space.",
        "ByteLevel": "Writes the text's UTF-8 bytes, each as one visible character.",
        "charsmap": "The model's table of replacements, mostly Unicode's compatibility form.",
        "remove_extra_whitespaces": "Drops spaces at both ends and makes several in a row one.",
        "add_dummy_prefix": "Puts a space before the text, so that its first word looks like any other.",
        "escape_whitespaces": "Writes each space as ▁, a character that can be part of a token.",
    },
    "pre_tokenizer": {
        "ByteLevel": "Cuts the text into words with the space before each, unless that is switched off, and "
        "writes their bytes as visible characters: a space is Ġ.",
        "Whitespace": "Cuts into runs of letters and digits and runs of other signs; white space goes.",
        "WhitespaceSplit": "Cuts at white space, which goes; punctuation stays with its word.",
        "Punctuation": "Cuts around punctuation.",
        "Digits": "Cuts numbers off from what is around them, or each digit off alone.",
        "Split": "Cuts where a string or pattern matches; the setting says what becomes of the match.",
        "Metaspace": "Writes each space as ▁ and cuts before it, so that a token knows whether it begins a "
        "word.",
        "BertPreTokenizer": "Cuts at white space, which goes, and makes each punctuation mark a word.",
        "CharDelimiterSplit": "Cuts at one character, which goes.",
        "UnicodeScripts": "Cuts where the script changes, such as from Latin to Cyrillic.",
        "FixedLength": "Cuts into stretches of the same length.",
    },
    "model": {
        "BPE": "Byte-pair encoding: begins with single symbols and merges neighbours, the pair that was "
        "learnt earliest first, until none is left that was learnt.",
        "WordPiece": "Takes from each place of a word the longest piece that the vocabulary has; what goes "
        "on inside a word is marked by a prefix such as ##.",
        "Unigram": "Every piece has a score, the logarithm of its probability; of all ways to spell the word "
        "the one with the highest sum wins.",
        "WordLevel": "Looks each word up whole; what is not in the vocabulary is unknown.",
    },
    "post_processor": {
        "TemplateProcessing": "Puts special tokens around the text as its template says.",
        "BertProcessing": "Puts [CLS] before and [SEP] after the text, or what they are called here.",
        "RobertaProcessing": "Puts the tokens for beginning and end around the text, and takes white space "
        "out of the offsets if it is told to.",
        "ByteLevel": "Leaves the tokens as they are; takes white space out of their offsets if it is told "
        "to.",
        "BeginEnd": "Puts the tokens for the beginning and the end around the text.",
    },
}
_SPELT = {"Bpe": "BPE"}  # SentencePiece's kind, written as it is elsewhere
_SHOWN = {"AddedTokens": "Added tokens", "charsmap": "Character map", "BeginEnd": "Begin and end"}


def shown_name(component: str) -> str:
    return _SHOWN.get(component, _SPELT.get(component, component))


def sentence_of(part: str, component: str) -> str:
    """What the component does; for a type that is not known here, what its part does."""
    known = _SENTENCES.get(part, {})
    return known.get(_SPELT.get(component, component), _UNKNOWN.get(part, ""))
