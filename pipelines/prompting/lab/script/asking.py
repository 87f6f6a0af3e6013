"""Of the script: who answers. A model by transformers, one text after another, or a server."""

from pipelines.models.endpoints import Endpoint
from pipelines.prompting.lab.script.facts import Weights
from pipelines.prompting.lab.script.parts import Part, part, value
from pipelines.prompting.strategies.asking import Decoding

_TEXT = '''\
class Text(NamedTuple):
    """One answer; ``finish`` is "end" (the model ended it), "stop" (at a marker) or "length"."""

    text: str
    finish: str


class Failed(Exception):
    """An item that cannot be asked: in the run, and here, it counts as wrong."""


def ask(messages, begun="", stop=()):
    """One answer; where ``begun``, what it goes on with."""
    return answers(messages, begun, stop)[0].text


def assistant(text):
    return {"role": "assistant", "content": text.strip() or "(nothing)"}


def user(text):
    return {"role": "user", "content": text}


def cut(text, stop):
    """Up to the first of the markers, and whether one was there."""
    found = [place for marker in stop if marker and (place := text.find(marker)) >= 0]
    return (text[: min(found)], True) if found else (text, False)
'''
_LOADED = """\
options = argparse.ArgumentParser()
options.add_argument("--model", default={base}, help="a folder or a name on the Hub: the full weights")
{adapters}options.add_argument("--tokenizer", default={tokenizer}, help="of the model, if it lies elsewhere")
options.add_argument("--out", default="responses.jsonl", help="every response, a line each")
options = options.parse_args()

device = "cuda" if torch.cuda.is_available() else "cpu"
tokenizer = AutoTokenizer.from_pretrained(options.tokenizer or options.model)
# In float32, as the lab computes on a CPU. On a GPU it takes 16 bits: then a word may differ here and there.
model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
{peft}model = model.to(device).eval()
holders = (model.generation_config, model.config, tokenizer)
ENDS = next((one.eos_token_id for one in holders if getattr(one, "eos_token_id", None) is not None), [])
ENDS = {{ENDS}} if isinstance(ENDS, int) else {{*ENDS}}
sizes = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
sizes = [getattr(model.config.get_text_config(), name, None) for name in sizes]
CONTEXT = next((size - {virtual} for size in sizes if isinstance(size, int) and size > 0), None)
model.generation_config = GenerationConfig()  # not the model's own: greedy is the likeliest token
torch.manual_seed(SEED)
"""
_ADAPTERS = """\
options.add_argument("--adapters", nargs="*", default={adapters}, help="upon it, the lowest first")
"""
_PEFT = """\
for number, adapter in enumerate(options.adapters, 1):
    model = PeftModel.from_pretrained(model, adapter)
    model = {merged}
    try:
        model.generation_config = GenerationConfig.from_pretrained(adapter)  # it may end at other tokens
    except OSError:
        pass  # it ends as its base does
"""
_ANSWERS = '''\
def read(messages, begun):
    """The ids that the model starts from: by its chat template, else the texts with an empty line between."""
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return tokenizer(text + begun, add_special_tokens=False).input_ids
    text = "\\n\\n".join(message["content"] for message in messages if message["content"])
    apart = text and begun and not text[-1].isspace() and not begun[0].isspace()
    return tokenizer(f"{text} {begun}" if apart else text + begun).input_ids


def spelled(ids, new):
    """The new tokens as text, with the space that they begin with."""
    how = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    return tokenizer.decode([*ids[-6:], *new], **how)[len(tokenizer.decode(ids[-6:], **how)) :]


class AtMarker(StoppingCriteria):
    """Over as soon as a marker stands in the new text."""

    def __init__(self, ids, stop):
        self.ids, self.stop = ids, stop

    def __call__(self, rows, scores, **_):
        new = [row[len(self.ids) :].tolist() for row in rows]
        over = [cut(spelled(self.ids, one), self.stop)[1] for one in new]
        return torch.tensor(over, device=rows.device)


def answers(messages, begun="", stop=(), samples=1, temperature=TEMPERATURE):
    """So many answers to the same messages."""
    ids, stop = read(messages, begun), (*stop, *STOP)
    if CONTEXT is not None and len(ids) > CONTEXT:
        raise Failed(f"{len(ids)} tokens, and the context holds {CONTEXT}")
    room = MAX_NEW_TOKENS if CONTEXT is None else min(MAX_NEW_TOKENS, CONTEXT - len(ids) + 1)
    added = tokenizer.get_added_vocab()
    markers = {added[one] for one in stop if one in added}
    ends = ENDS | markers
    how = {"do_sample": False}
    if temperature > 0:
        how = {"do_sample": True, "temperature": temperature, "top_p": TOP_P, "top_k": 0}
        how["num_return_sequences"] = samples
    given = torch.tensor([ids], device=device)
    with torch.inference_mode():
        rows = model.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=max(1, room),
            eos_token_id=sorted(ends) or None,
            pad_token_id=min(ends, default=0),
            stopping_criteria=[AtMarker(ids, stop)] if stop else None,
            **how,
        )
    texts = [ended(ids, row[len(ids) :].tolist(), stop, ends, markers) for row in rows]
    return texts if temperature > 0 else texts * samples  # greedy, all are the same


def ended(ids, new, stop, ends, markers):
    last = next((place for place, token in enumerate(new) if token in ends), None)
    text, stopped = cut(spelled(ids, new[:last]), stop)
    if stopped or (last is not None and new[last] in markers):
        return Text(text, "stop")
    return Text(text, "length" if last is None else "end")
'''
_CLIENT = '''\
options = argparse.ArgumentParser()
options.add_argument("--url", default={url}, help="of an OpenAI-compatible server")
options.add_argument("--model", default={model}, help="what the server calls it")
options.add_argument("--out", default="responses.jsonl", help="every response, a line each")
options = options.parse_args()

{key}
# Set even where there is no key: the client would else send your Hub token to the server.
header = {{"authorization": f"Bearer {{key}}" if key else None}}
client = InferenceClient(base_url=options.url, timeout={timeout!r}, headers=header)
TRIES = 5


def answers(messages, begun="", stop=(), samples=1, temperature=TEMPERATURE):
    """So many answers to the same messages, a request each."""
    stop = (*stop, *STOP)
    many = samples if temperature > 0 else 1
    texts = [requested(messages, begun, stop, temperature, sample) for sample in range(many)]
    return texts if temperature > 0 else texts * samples  # greedy, all are the same


def requested(messages, begun, stop, temperature, sample):
    drawn = {{"seed": SEED + sample, "top_p": TOP_P}} if temperature > 0 else {{}}
    output = patiently(
        messages=with_begun(messages, begun),
        model=options.model,
        max_tokens=MAX_NEW_TOKENS,
        temperature=temperature,
        stop=[one for one in stop if one{unless}][:4] or None,{extra}
        **drawn,
    )
    choice = output.choices[0]
    text = choice.message.content or ""
    if begun.strip() and text.lstrip().startswith(begun.strip()):
        text = text.lstrip()[len(begun.strip()) :]
    text, stopped = cut(text, stop)
    return Text(text, "stop" if stopped else "length" if choice.finish_reason == "length" else "end")


def patiently(**request):
    """Again after a while where the server is busy or fails."""
    for tried in range(1, TRIES + 1):
        try:
            return client.chat_completion(**request)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if tried == TRIES or not (status in (408, 425, 429) or status >= 500):
                raise Failed(f"the server refuses it: HTTP {{status}}") from error
        time.sleep(2**tried)


def with_begun(messages, begun):
    """The messages, and how the answer begins as this server takes it."""
    if not begun:
        return messages
{begun}
'''
_AS_MESSAGE = '    return [*messages, {"role": "assistant", "content": begun}]'
_AS_ORDER = """\
    order = f"Begin your answer with exactly these words, and go on from there:\\n{begun}"
    return [*messages[:-1], user(f"{messages[-1]['content']}\\n\\n{order}")]"""
_VLLM = """
        extra_body={"continue_final_message": True, "add_generation_prompt": False} if begun else None,"""


def settings(decoding: Decoding) -> Part:
    code = f"""\
TEMPERATURE, TOP_P = {float(decoding.temperature)!r}, {float(decoding.top_p)!r}  # 0: the likeliest token
MAX_NEW_TOKENS = {int(decoding.max_new_tokens)!r}  # of each answer
SEED = {int(decoding.seed)!r}
STOP = {value(list(decoding.stop))}  # besides the strategy's own markers"""
    return part(code)


def asking(model: Weights | Endpoint) -> tuple[Part, ...]:
    """``ask`` and ``answers``, and who they ask."""
    words = part(_TEXT, "from typing import NamedTuple")
    if isinstance(model, Endpoint):
        return (words, part(_served(model), *_SERVED))
    return (words, part(_loaded(model), *_LOCAL), part(_ANSWERS))


_LOCAL = (
    "import argparse",
    "import torch",
    "from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, StoppingCriteria",
    "from peft import PeftModel",
)
_SERVED = (
    "import argparse",
    "import os",
    "import time",
    "from huggingface_hub import InferenceClient",
    "from huggingface_hub.errors import HfHubHTTPError",
)


def _loaded(model: Weights) -> str:
    """Virtual tokens stand before every text and in no weight: they stay beside the base."""
    last = "model if number == len(options.adapters) else " if model.virtual else ""
    tokenizer = None if model.tokenizer == model.base else model.tokenizer
    return _LOADED.format(
        base=value(model.base),
        tokenizer=value(tokenizer),
        adapters=_ADAPTERS.format(adapters=value(list(model.adapters))) if model.adapters else "",
        peft=_PEFT.format(merged=f"{last}model.merge_and_unload()") if model.adapters else "",
        virtual=model.virtual,
    ).replace(" - 0 for size", " for size")


def _served(model: Endpoint) -> str:
    key = f'key = os.environ.get({model.key_env!r}, "")' if model.key_env else 'key = ""  # it wants none'
    as_order = model.begun == "instruction"
    return _CLIENT.format(
        url=value(model.url),
        model=value(model.model),
        key=key,
        timeout=model.timeout,
        unless=" and one not in begun" if as_order else "",
        extra=_VLLM if model.begun == "vllm" else "",
        begun=_AS_ORDER if as_order else _AS_MESSAGE,
    )
