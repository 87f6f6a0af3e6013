"""The named endpoint ``/tokenize``. Its docstring is the API's documentation."""

from typing import Any

import gradio as gr

from app.errors import shown
from app.services import Services
from app.tokenizer.picker import default_names
from app.tokenizer.tokenized import tokenized


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def tokenize(
        request: gr.Request,
        text: str = "",
        tokenizers: list[str] | None = None,
        add_special_tokens: bool = False,
    ) -> dict[str, Any]:
        """Cut a text into tokens, by one or several tokenizers.

        Parameters:
            text: Any text; at most 1,000,000 characters over all tokenizers.
            tokenizers: One to eight names: house/<name>, run/<job id>, <owner>/<name> of the Hub,
                path:<folder or file>, upload:<id>. Empty takes the first of the house.
            add_special_tokens: Put BOS, CLS, SEP … around the text, as for the model.
        Returns:
            characters; boundaries (places inside the text where at least one tokenizer cuts) and differing
            (those where at least one does not); and tokenizers: for each its tokenizer, kind, vocab_size,
            measures (tokens, characters, bytes, words, characters_per_token, bytes_per_token, fertility,
            unknown_rate, distinct, coverage) and tokens, each with id, token (as the vocabulary writes it),
            text (what its bytes spell; U+FFFD for what is no whole character), bytes (hexadecimal), start
            and end (characters of the text, end exclusive), special, unknown and byte_fallback.
        """
        visitor = services.identity.visitor(request)
        names = tokenizers or default_names(services, 1)
        return tokenized(services, visitor, text, names, add_special_tokens)

    gr.api(shown(tokenize), api_name="tokenize", concurrency_id="tokenizers")
