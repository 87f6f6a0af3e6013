"""The part of a script that answers from the passages: a model writes, a QA model points at the words."""

from pipelines.rag.answering.extracting import READ
from pipelines.rag.answering.forms import NUMBERED, Given, answer_form
from pipelines.rag.scripts.facts import Asked, Model, value

_SHORT_CHARACTERS = 420  # of a passage, for a model that was taught to read short ones
_MARKS = ("⟦question⟧", "⟦source⟧", "⟦text⟧")
_NUMBERED = '''\
def prompt_of(question, passages):
    """The words that the model is given: the passages by number, then the question."""
    told = ""
    for number, one in enumerate(passages, 1):
        told += f"[{{number}}] {{source(one)}}\\n{{one['text'].strip()}}\\n\\n"
    return f"{{LEAD}}{{told}}Question: {{question}}{ending}"
'''
_ONE_SHORT = '''\
def prompt_of(question, passages):
    """The model was taught to read one short passage: the beginning of the best one."""
    return f"Text: {{passages[0]['text'].strip()[:{most}]}}\\nQuestion: {{question}}{ending}"
'''
_LOCAL = '''\
def write(question, passages):
    """An answer, from as many of the passages as the context holds."""
    tokenizer = AutoTokenizer.from_pretrained(options.tokenizer)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
{adapters}    ids = read(tokenizer, question, passages)
{shorten}    given = torch.tensor([ids])
    with torch.inference_mode():
        row = model.eval().generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=MAX_NEW_TOKENS,
            pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id,
            {drawing},
        )
    return tokenizer.decode(row[0, len(ids) :], skip_special_tokens=True).strip()


def read(tokenizer, question, passages):
{read}'''
_SHORTEN = """\
    while len(passages) > 1 and len(ids) + MAX_NEW_TOKENS > {context}:
        passages = passages[:-1]
        ids = read(tokenizer, question, passages)
"""
_READ_CHAT = """\
    messages = [{system}{{"role": "user", "content": prompt_of(question, passages)}}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False).input_ids
"""
_READ_PLAIN = "    return tokenizer({system}prompt_of(question, passages)).input_ids\n"
_ADAPTERS = """\
    for adapter in options.adapters:
        model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
"""
_SERVED = """\
def write(question, passages):
    key = os.environ.get({key}, "")
    header = {{"authorization": f"Bearer {{key}}" if key else None}}
    client = InferenceClient(base_url=options.url, headers=header)
    messages = [{system}{{"role": "user", "content": prompt_of(question, passages)}}]
    how = {{"model": options.model, "max_tokens": MAX_NEW_TOKENS, "temperature": TEMPERATURE}}
    output = client.chat_completion(messages=messages, **how)
    return (output.choices[0].message.content or "").strip()
"""
_SPAN = '''\
def exact_span(question, passages):
    """The likeliest span of at most 30 tokens in each passage, times 1 / rank squared: the best of these."""
    tokenizer = AutoTokenizer.from_pretrained(options.qa_tokenizer)
    model = AutoModelForQuestionAnswering.from_pretrained(options.qa_model)
{adapters}    found = []
    for rank, one in enumerate(passages[:{read}], 1):
        how = {{"truncation": "only_second", "max_length": 512, "return_offsets_mapping": True}}
        encoded = tokenizer(question, one["text"], return_tensors="pt", **how)
        inside = torch.tensor([which == 1 for which in encoded.sequence_ids(0)])
        offsets = encoded.pop("offset_mapping")[0]
        with torch.inference_mode():
            output = model.eval()(**encoded)
        start, end = output.start_logits[0], output.end_logits[0]
        size = torch.arange(len(start))[None, :] - torch.arange(len(start))[:, None]
        fits = inside[:, None] & inside[None, :] & (size >= 0) & (size < 30)
        scores = (start[:, None] + end[None, :]).masked_fill(~fits, -torch.inf).flatten().softmax(0)
        first, last = divmod(int(scores.argmax()), len(start))
        text = one["text"][offsets[first][0] : offsets[last][1]]
        found.append((float(scores.max()) / rank**2, text, source(one)))
    return max(found)
'''
_QA_ADAPTERS = """\
    for adapter in options.qa_adapters:
        model = PeftModel.from_pretrained(model, adapter)
"""


def answering(asked: Asked) -> list[str]:
    parts = [_prompt(asked), _writing(asked)] if asked.writes else []
    if asked.extracts:
        adapters = _QA_ADAPTERS if asked.reader.adapters else ""
        parts.append(_SPAN.format(adapters=adapters, read=READ))
    return parts


def lead(asked: Asked) -> str:
    """What the app says before the passages; empty for a model that reads one short passage."""
    if not asked.writes or asked.writer.short:
        return ""
    question, source, text = _MARKS
    told = answer_form(NUMBERED, question, [Given(source, text)], chat=asked.writer.chat)[-1].content
    return told.partition(f"[1] {source}")[0]


def model_options(asked: Asked) -> list[str]:
    """Lines that add the models' places to the command line."""
    lines = _options("model", asked.writer) if asked.writes else []
    return lines + (_options("qa-model", asked.reader) if asked.extracts else [])


def _prompt(asked: Asked) -> str:
    writer = asked.writer
    ending = "" if writer.chat else "\\nAnswer:"
    if writer.short:
        return _ONE_SHORT.format(ending=ending, most=_SHORT_CHARACTERS)
    return _NUMBERED.format(ending=ending)


def _writing(asked: Asked) -> str:
    writer, system = asked.writer, asked.answer.system_prompt
    told = f'{{"role": "system", "content": {value(system)}}}, ' if system else ""
    if writer.url:
        return _SERVED.format(key=value(writer.key), system=told)
    if writer.chat:
        read = _READ_CHAT.format(system=told)
    else:
        read = _READ_PLAIN.format(system=f"{value(system + chr(10) * 2)} + " if system else "")
    return _LOCAL.format(
        adapters=_ADAPTERS if writer.adapters else "",
        shorten=_SHORTEN.format(context=writer.context) if writer.context and not writer.short else "",
        drawing=_drawing(asked),
        read=read,
    )


def _drawing(asked: Asked) -> str:
    answer = asked.answer
    told = "do_sample=False"
    if answer.temperature > 0:
        cuts = f"top_k={answer.top_k!r}, top_p={answer.top_p!r}"
        told = f"do_sample=True, temperature={answer.temperature!r}, {cuts}"
    penalty = answer.repetition_penalty
    return told + (f", repetition_penalty={penalty!r}" if penalty != 1 else "")


def _options(name: str, model: Model) -> list[str]:
    add, kind = "options.add_argument", name.removesuffix("model")
    if model.url:
        return [
            f'{add}("--url", default={value(model.url)})',
            f'{add}("--model", default={value(model.base)})',
        ]
    lines = [f'{add}("--{name}", default={value(model.base)})']
    if model.adapters:
        lines.append(f'{add}("--{kind}adapters", nargs="*", default={value(model.adapters)})')
    return [*lines, f'{add}("--{kind}tokenizer", default={value(model.tokenizer or model.base)})']
