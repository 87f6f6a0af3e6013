"""An answer streamed by an OpenAI-compatible server. The key stands in the request's header and nowhere else:
no message quotes a header, or what a server says of a key that it refuses.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.models.endpoints import Endpoint
from pipelines.rag.specs import AnswerSpec

_KEY_REFUSED = (401, 403)
_SEED = 0x7FFFFFFF
_SAID = 200  # characters of a server's own words that are passed on


def served(endpoint: Endpoint, messages: Sequence[dict[str, str]], spec: AnswerSpec) -> Iterator[str]:
    """Pieces of the answer as they come; closing this closes the connection. ``top_k`` and the repetition
    penalty are no settings of such servers. Raises :class:`GlassworksError`."""
    from huggingface_hub import InferenceClient, constants, errors  # takes its time: only where it is used

    name, key = endpoint.full_name, endpoint.key()
    if constants.is_offline_mode():
        raise GlassworksError(f"HF_HUB_OFFLINE is set where Glassworks runs, so nothing is sent to {name}.")
    # Set even where there is none: the client would else send the owner's Hub token to any server.
    header = {"authorization": f"Bearer {key}" if key else None}
    client = InferenceClient(base_url=endpoint.url, timeout=endpoint.timeout, headers=header)
    with closing(client):
        try:
            yield from _pieces(client.chat_completion(**_body(endpoint, messages, spec)))
        except errors.HfHubHTTPError as error:
            raise GlassworksError(_refusal(error.response, name, key, endpoint.key_env)) from None
        except errors.InferenceTimeoutError:
            raise GlassworksError(f"{name} did not answer within {endpoint.timeout:g} seconds.") from None
        except (errors.HTTPError, OSError) as error:
            raise GlassworksError(f"{name} cannot be reached ({type(error).__name__}).") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise GlassworksError(f"{name} did not answer with a chat completion.") from None


def _body(endpoint: Endpoint, messages: Sequence[dict[str, str]], spec: AnswerSpec) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": list(messages),
        "model": endpoint.model,
        "max_tokens": spec.max_new_tokens,
        "temperature": spec.temperature,
        "stream": True,
    }
    if spec.temperature > 0:
        body |= {"seed": spec.seed & _SEED, "top_p": spec.top_p if spec.top_p < 1 else None}
    return body


def _pieces(stream: Any) -> Iterator[str]:
    for chunk in stream:
        if chunk.choices and (text := chunk.choices[0].delta.content):
            yield text


def _refusal(response: Any, name: str, key: str, variable: str) -> str:
    status = response.status_code
    if status in _KEY_REFUSED:
        where = f"in {variable}" if key else "that is missing: name its key_env"
        return f"{name} refuses the key {where} (HTTP {status})."
    if status == 429:
        return f"{name} has too many requests (HTTP 429): try again in a while."
    if status >= 500:
        return f"{name} fails (HTTP {status})."
    return f"{name} refuses the request (HTTP {status}){_said(response, key)}."


def _said(response: Any, key: str) -> str:
    """The server's own words, in which a key is no longer one."""
    try:
        response.read()
        told = response.json()
        told = told.get("error", told.get("message", told.get("detail")))
        told = told.get("message") if isinstance(told, dict) else told
    except Exception:  # a stream that has ended, a body that is no JSON: then there is nothing to pass on
        return ""
    words = " ".join(str(told or "").split())
    words = words.replace(key, "…") if key else words
    return f": {words[:_SAID].rstrip('.')}" if words else ""
