"""The named endpoint ``/compare_decoding``. Its docstring is the API's documentation."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.decoding.asking import decode_request, stream
from app.decoding.moment import follow
from app.decoding.plain import compared_json, growing_json
from app.errors import shown
from app.services import Services
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.comparing import MAX_TRACE, DecodeRequest

_CANDIDATES = 10  # of each stage, where a trace is wanted and no number is named
_MOST_TOLD = 65_536  # candidates of all tokens together: more would be an answer of tens of megabytes
_DEFAULT = {name: DecodeRequest.__dataclass_fields__[name].default for name in ("max_new_tokens", "samples")}


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def compare_decoding(
        request: gr.Request,
        model: str = "",
        prompt: str = "",
        strategies: list[dict[str, Any]] | None = None,
        max_new_tokens: int = _DEFAULT["max_new_tokens"],
        seed: int = 0,
        trace: int | bool = False,
        same_noise: bool = True,
        samples: int = _DEFAULT["samples"],
        judge: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Continue a prompt by several strategies at once, streaming the texts; the last value is the whole.

        Parameters:
            model: A name from /models; empty takes the best house model, else the newest run.
            prompt: The text to continue; it must fit into the model's context.
            strategies: One to 12 objects, or their JSON text, with name and, where the defaults are not
                wanted, parameters, an object with some of the strategy's settings. The names are greedy,
                beam, sample, temperature, top_k, top_p, min_p, typical, epsilon, eta, top_h, penalties,
                contrastive_search, dola, contrastive_decoding, prompt_lookup, assisted and constrained.
            max_new_tokens: At most this many tokens are made by each, 1 to 1024.
            seed: Same seed, same texts, on the same machine, whatever stands beside a strategy.
            trace: Whether each token is told with the distribution after every stage, at its 10 likeliest
                candidates; or how many of them, 1 to 20; 0 or false for none. Texts times max_new_tokens
                times candidates may be 65,536 at most.
            same_noise: Whether all draw with the same noise, so that they differ by strategy and not by luck.
            samples: So many texts are made by every strategy that draws, 1 to 64; the others make one.
            judge: The name of a second model that reads the texts and says its perplexity, or empty.
        Returns:
            model, state, and strategies: for each its name, the effective parameters (all that count), draws
            (whether chance decides), and texts, at first with the text so far. The last value, whose state is
            done, also has prompt_tokens (with id and text), the settings above, seconds, and for each
            strategy error (why it could not go on; null if it did, else it has no texts) and self_bleu (each
            text against the others, 0 to 100; null for a single one). Each of its texts then has text; reason
            it ended (eos, length, context or constraint); score (of a beam);
            measures: tokens, characters, perplexity, judge_perplexity, distinct_1, distinct_2, distinct_3 and
            repetition (the part of 4-grams that occurred before); seconds, first_seconds (both from the first
            forward on), tokens_per_second, forwards, drafted and accepted (tokens of a draft); and tokens,
            each with id, text, probability, rank (from 1), entropy (nats; all three of the raw distribution),
            origin (own or draft), rejected where a draft's token was refused first, and with trace stages:
            raw, then each processor, with kept (tokens that were left), entropy, lost (the probability that
            was cut) and candidates with id, text and probability. What has no meaning is null.
        """
        visitor = services.identity.visitor(request)
        more = {"max_new_tokens": max_new_tokens, "seed": seed, "samples": samples, "judge": judge}
        more |= {"same_noise": same_noise, "trace": _candidates(trace)}
        try:
            asked = decode_request(services, visitor, model, prompt, strategies, **more)
        except SpecError as error:
            raise _placed(error) from error
        _check_told(asked)
        for moment in follow(asked, stream(services, visitor, asked)):
            yield compared_json(moment) if moment.state == "done" else growing_json(moment)

    gr.api(shown(compare_decoding), api_name="compare_decoding", concurrency_id="generation")


def _candidates(trace: Any) -> int:
    if isinstance(trace, bool):
        return _CANDIDATES if trace else 0
    if not isinstance(trace, int) or not 0 <= trace <= MAX_TRACE:
        raise SpecError("trace", trace, f"true, false, or a whole number from 0 to {MAX_TRACE}")
    return trace


def _check_told(asked: DecodeRequest) -> None:
    texts = sum(asked.samples if one.draws else 1 for one in asked.strategies)
    if (told := asked.trace * texts * asked.max_new_tokens) > _MOST_TOLD:
        accepted = (
            f"at most {_MOST_TOLD:,} candidates in all, these are {told:,}: texts, times max_new_tokens, "
        )
        raise SpecError("trace", asked.trace, accepted + "times candidates")


def _placed(error: SpecError) -> GlassworksError:
    """Says which strategy it is about, where that is known."""
    return error if error.place is None else GlassworksError(f"strategies[{error.place}]: {error}")
