"""What is encoded is what TRL's own trainer makes of the same rows, over odd texts and several tokenizers."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
import trl

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.training.rows.examples import Chat, Completion, Labelled, Message, Plain
from pipelines.training.tuning.chat_template import HOUSE, missing_markers, template_of, with_template
from pipelines.training.tuning.encode import encode, encode_whole, end_ids, special_ids
from tests.support.chat_templates import CHATML, CHATML_MARKED, GEMMA, LLAMA_3, MISTRAL, TEMPLATES
from tests.support.small_tokenizers import MAKERS, texts, transformers_tokenizer


@dataclass(frozen=True)
class Spec:
    max_length: int = 8192
    chat_template: str = "model"


# the templates as one would mark them by hand: what a reply adds to its generation prompt, to its end
LLAMA_3_MARKED = LLAMA_3.replace(
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim "
    "+ '<|eot_id|>' }}",
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}"
    "{%- if message['role'] == 'assistant' %}{% generation %}{{ message['content'] | trim + '<|eot_id|>' }}"
    "{% endgeneration %}{% else %}{{ message['content'] | trim + '<|eot_id|>' }}{% endif %}",
)
MISTRAL_MARKED = MISTRAL.replace(
    "{{- ' ' + message.content | trim + eos_token }}",
    "{%- generation %}{{ ' ' + message.content | trim + eos_token }}{% endgeneration %}",
)
CHATML_MARKED_TO_THE_END = CHATML.replace(
    "    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n",
    "    {{- '<|im_start|>' + message.role + '\\n' }}\n"
    "    {%- if message.role == 'assistant' %}\n"
    "        {%- generation %}{{ message.content + '<|im_end|>' + '\\n' }}{% endgeneration %}\n"
    "    {%- else %}{{ message.content + '<|im_end|>' + '\\n' }}{% endif %}\n",
)
BY_HAND = {
    "llama 3": (LLAMA_3, LLAMA_3_MARKED),
    "mistral": (MISTRAL, MISTRAL_MARKED),
    "chatml": (CHATML, CHATML_MARKED_TO_THE_END),
}
WORDS = [text for text in texts(seed=5, count=60) if text.strip()]


@pytest.fixture(scope="module", params=sorted(MAKERS))
def tokenizer(request):
    return transformers_tokenizer(request.param)


def chats(seed: int, count: int, system: bool = True) -> list[Chat]:
    rng = random.Random(seed)
    made = []
    for row in range(1, count + 1):
        turns = [Message("system", rng.choice(WORDS))] if system and rng.random() < 0.3 else []
        for _ in range(rng.randint(1, 3)):
            turns += [Message("user", rng.choice(WORDS)), Message("assistant", rng.choice(WORDS))]
        made.append(Chat(row, tuple(turns)))
    return made


def trl_rows(tokenizer, rows, tmp_path, **config):
    """(input_ids, labels) of each row, from a real SFTTrainer."""
    from datasets import Dataset
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    sizes = dict.fromkeys(("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"), 8)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes))
    quiet = {"report_to": [], "use_cpu": True, "bf16": False, "shuffle_dataset": False}
    told = SFTConfig(str(tmp_path), max_length=8192, **quiet, **config)
    trainer = SFTTrainer(model, told, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
    return [(row["input_ids"], row["labels"]) for row in trainer.train_dataset]


def labels(encoded):
    return [id_ if learnt else -100 for id_, learnt in zip(encoded.input_ids, encoded.trained, strict=True)]


def same(examples, tokenizer, rows, tmp_path, **config):
    """TRL leaves out or refuses what learns nothing; the others are compared."""
    encoded = [encode(example, tokenizer, Spec()) for example in examples]
    rows = [row for row, one in zip(rows, encoded, strict=True) if any(one.trained)]
    mine = [(list(one.input_ids), labels(one)) for one in encoded if any(one.trained)]
    assert mine == trl_rows(tokenizer, rows, tmp_path, **config)
    assert len(mine) > len(examples) / 2


def test_a_prompt_and_its_completion_are_trl_s(tokenizer, tmp_path):
    rng = random.Random(1)
    odd = texts(seed=8, count=40)
    examples = [Completion(row, rng.choice(odd), rng.choice(odd)) for row in range(1, 41)]
    examples += [Completion(41, "The fox", "</s>"), Completion(42, "The fo", "x jumps</s>")]
    rows = [{"prompt": e.prompt, "completion": e.completion} for e in examples]
    same(examples, tokenizer, rows, tmp_path)


def test_a_text_is_trl_s(tokenizer, tmp_path):
    examples = [Plain(row, text) for row, text in enumerate([*texts(seed=9, count=40), "Over.</s>"], 1)]
    same(examples, tokenizer, [{"text": e.text} for e in examples], tmp_path)


@pytest.mark.parametrize("template", [CHATML_MARKED, HOUSE], ids=["chatml", "house"])
def test_a_conversation_is_trl_s(tokenizer, template, tmp_path):
    examples = chats(seed=2, count=25)
    rows = [{"messages": [{"role": m.role, "content": m.content} for m in e.messages]} for e in examples]
    if template is HOUSE:
        chosen = [encode(example, tokenizer, Spec(chat_template="house")) for example in examples]
    tokenizer.chat_template = template
    same(examples, tokenizer, rows, tmp_path, assistant_only_loss=True)
    if template is HOUSE:
        assert chosen == [encode(example, tokenizer, Spec()) for example in examples]
    tokenizer.chat_template = None


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_template_without_marks_learns_what_marks_by_hand_would(kind, name):
    """Byte by byte they are the same. A unigram's tokens may reach over the edge: one a message differs."""
    tokenizer = transformers_tokenizer(kind)
    plain, marked = BY_HAND[name]
    assert plain != marked
    for example in chats(seed=3, count=40, system=name != "mistral"):
        tokenizer.chat_template = plain
        found = encode(example, tokenizer, Spec())
        tokenizer.chat_template = marked
        wanted = encode(example, tokenizer, Spec())
        assert found.input_ids == wanted.input_ids
        differ = sum(a != b for a, b in zip(found.trained, wanted.trained, strict=True))
        assert differ <= (0 if kind == "bpe" else len(example.messages))


@pytest.mark.parametrize("family", ["llama3", "gemma3", "qwen3_instruct_2507", "cohere2", "smolvlm"])
def test_a_template_without_marks_learns_what_trl_marks_in_it(family):
    """TRL carries templates of known families twice: as they are, and with marks for training."""
    tokenizer = transformers_tokenizer("bpe")
    folder = Path(trl.__file__).parent / "chat_templates"
    plain, marked = ((folder / f"{family}{end}.jinja").read_text() for end in ("", "_training"))
    for example in chats(seed=6, count=25, system=False):
        tokenizer.chat_template = plain
        found = encode(example, tokenizer, Spec())
        tokenizer.chat_template = marked
        assert found == encode(example, tokenizer, Spec()) and any(found.trained)


def test_every_template_learns_the_replies_and_nothing_of_the_questions():
    tokenizer = transformers_tokenizer("bpe")
    turns = ("The quick fox?", "lazy dog."), ("surprised?", "nobody was")
    said = [m for asked, told in turns for m in (Message("user", asked), Message("assistant", told))]
    for name, template in TEMPLATES.items():
        tokenizer.chat_template = template
        found = encode(Chat(1, tuple(said)), tokenizer, Spec())
        pairs = list(zip(found.input_ids, found.trained, strict=True))
        learnt = tokenizer.decode([id_ for id_, trained in pairs if trained])
        read = tokenizer.decode([id_ for id_, trained in pairs if not trained])
        assert "lazy dog." in learnt and "nobody was" in learnt, name
        assert "surprised?" in read and "quick fox?" in read, name
        assert "dog" not in read and "quick" not in learnt and "surprised" not in learnt, name


def test_what_ends_a_reply_is_learnt_where_the_beginning_is_written_otherwise_later():
    """The generation prompt of this template opens a thought that the reply itself leaves out."""
    tokenizer = transformers_tokenizer("bpe", chat_template=TEMPLATES["thinking"])
    turns = (("user", "a"), ("assistant", "fox"), ("user", "b"), ("assistant", "dog"))
    found = encode(Chat(1, tuple(Message(*turn) for turn in turns)), tokenizer, Spec())
    learnt = [i for i, t in zip(found.input_ids, found.trained, strict=True) if t]
    assert learnt.count(tokenizer.convert_tokens_to_ids("<|im_end|>")) == 2


def test_a_completion_is_a_conversation_where_there_is_a_template():
    tokenizer = transformers_tokenizer("bpe")
    pair = Completion(1, "The fox", "jumps.")
    chat = Chat(1, (Message("user", "The fox"), Message("assistant", "jumps.")))
    assert encode(pair, tokenizer, Spec()).input_ids[-1] == tokenizer.eos_token_id
    house = Spec(chat_template="house")
    assert encode(pair, tokenizer, house) == encode(chat, tokenizer, house)
    tokenizer.chat_template = CHATML_MARKED
    assert encode(pair, tokenizer, Spec()) == encode(chat, tokenizer, Spec())


def test_what_is_too_long_loses_its_end(tokenizer):
    whole = encode(Plain(1, "The quick brown fox. " * 20), tokenizer, Spec())
    cut = encode(Plain(1, "The quick brown fox. " * 20), tokenizer, Spec(max_length=10))
    assert cut.input_ids == whole.input_ids[:10] and cut.trained == whole.trained[:10]
    assert cut.cut == len(whole.input_ids) - 10 and whole.cut == 0


def test_the_ends_of_an_answer():
    tokenizer = transformers_tokenizer("bpe")
    end = tokenizer.convert_tokens_to_ids
    assert end_ids(tokenizer, "model") == (tokenizer.eos_token_id,)
    tokenizer.chat_template = CHATML
    assert end_ids(tokenizer, "model") == (tokenizer.eos_token_id, end("<|im_end|>"))
    tokenizer.chat_template = MISTRAL
    assert end_ids(tokenizer, "model") == (tokenizer.eos_token_id,)


def test_the_house_template_on_the_house_s_own_tokenizer():
    from transformers import AutoTokenizer

    from pipelines.core.settings import REPOSITORY

    tokenizer = AutoTokenizer.from_pretrained(REPOSITORY / "assets" / "models" / "story-base")
    assert missing_markers(tokenizer) == ()
    found = encode(Completion(1, "Hi", "Ho"), tokenizer, Spec(chat_template="house"))
    tokens = tokenizer.convert_ids_to_tokens(found.input_ids)
    assert tokens[0] == "<|user|>" and tokens.count("<|end|>") == 2
    first = found.trained.index(True)
    assert tokens[first - 1] == "<|assistant|>" and all(found.trained[first:]) and tokens[-1] == "<|end|>"
    assert end_ids(tokenizer, "house") == (0, tokenizer.convert_tokens_to_ids("<|end|>"))
    assert template_of(with_template(tokenizer, "house"), "model") == HOUSE


def test_special_tokens_are_those_with_a_role_and_those_of_templates():
    tokenizer = transformers_tokenizer("bpe")
    known = special_ids(tokenizer)
    assert {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<|im_end|>")} <= known
    assert tokenizer.convert_tokens_to_ids("a") not in known


def test_what_cannot_be_encoded_is_said():
    tokenizer = transformers_tokenizer("bpe")
    two = (Message("assistant", "Hello"), Message("user", "Hi"))
    with pytest.raises(SpecError, match="chat_template accepts 'house'"):
        encode(Chat(1, two), tokenizer, Spec())
    tokenizer.chat_template = MISTRAL
    with pytest.raises(GlassworksError, match="refuses the conversation: Conversation roles must alternate"):
        encode(Chat(1, two), tokenizer, Spec())
    tokenizer.chat_template = GEMMA
    with pytest.raises(GlassworksError, match="System role not supported"):
        encode(Chat(1, (Message("system", "Be kind"), *two)), tokenizer, Spec())
    with pytest.raises(GlassworksError, match="no valid Unicode"):
        encode(Plain(1, "half \ud83d"), tokenizer, Spec())
    with pytest.raises(GlassworksError, match="Labelled"):
        encode_whole(Labelled(1, "text", "label"), tokenizer)
