"""What is asked of a model and made of its answers, with a model that is a function."""

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.task import Setting
from tests.support.scripted_answerer import ScriptedAnswerer

PIQA = {"goal": "boil water", "sol1": "Heat it.", "sol2": "Freeze it well.", "label": 0}
OTHER = {"goal": "dry a plate", "sol1": "Dip it.", "sol2": "Wipe it.", "label": "1"}


def by_words(scores: dict[str, float]) -> ScriptedAnswerer:
    return ScriptedAnswerer(lambda ask: scores[ask.continuation.strip()])


def test_all_items_are_asked_in_one_round_and_come_back_in_order():
    model = by_words({"Heat it.": -4, "Freeze it well.": -3, "Dip it.": -9, "Wipe it.": -0.5})
    one, two = TASKS["piqa"].outcomes([Item("0", PIQA), Item("1", OTHER)], model, Setting())
    assert [len(asks) for asks in model.asked] == [4]
    assert (one.id, one.values) == ("0", {"acc": 0, "acc_norm": 0, "acc_bytes": 0}), "-4/8 < -3/15"
    assert (two.id, two.values["acc"]) == ("1", 1)
    assert one.prompt == "Question: boil water\nAnswer:" and one.wanted == "Heat it."
    assert [option.wanted for option in two.options] == [False, True] and two.options[1].greedy


def test_an_item_s_own_examples_stand_before_it_and_else_the_setting_s():
    model = ScriptedAnswerer(lambda ask: -1.0)
    items = [Item("0", PIQA, shots=(OTHER,)), Item("1", PIQA)]
    own, common = TASKS["piqa"].outcomes(items, model, Setting(shots=(PIQA,)))
    assert own.prompt.startswith("Question: dry a plate\nAnswer: Wipe it.\n\nQuestion: boil")
    assert common.prompt.startswith("Question: boil water\nAnswer: Heat it.\n\nQuestion: boil")


def test_by_chat_nothing_stands_between_and_the_description_is_the_system_s():
    row = {"question": "1 + 1?", "choices": ["1", "2", "3", "4"], "answer": 1, "subject": "abstract_algebra"}
    model = ScriptedAnswerer(lambda ask: -1.0, template=True)
    item = Item("0", row, "abstract_algebra", (row,))
    (outcome,) = TASKS["mmlu"].outcomes([item], model, Setting(chat=True))
    asked = "1 + 1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer:"
    told = "The following are multiple choice questions (with answers) about abstract algebra.\n\n"
    assert outcome.prompt == f"<system>{told}<user>{asked}<assistant>B<user>{asked}<assistant>"
    assert [ask.continuation for ask in model.asked[0]] == ["A", "B", "C", "D"]
    with pytest.raises(GlassworksError, match="template"):
        TASKS["mmlu"].outcomes([item], ScriptedAnswerer(lambda ask: -1.0), Setting(chat=True))


def test_a_sentence_is_a_text_of_its_own_and_a_pair_of_roles_without_a_space():
    model = ScriptedAnswerer(lambda ask: -1.0)
    pair = {"sentence_good": "Dogs run.", "sentence_bad": "Dogs runs.", "UID": "agreement"}
    TASKS["blimp"].outcomes([Item("0", pair)], model, Setting())
    roles = {"sent_more": "A boy ran.", "sent_less": "A girl ran.", "bias_type": "gender"}
    TASKS["crows_pairs_english"].outcomes([Item("0", roles)], model, Setting())
    told = [[(ask.context, ask.continuation) for ask in asks] for asks in model.asked]
    assert told == [
        [("", " Dogs run."), ("", " Dogs runs.")],
        [("", "A boy ran."), ("", "A girl ran.")],
    ]


def test_a_last_word_is_scored_after_its_passage():
    model = ScriptedAnswerer(lambda ask: -0.5 if ask.continuation == " door" else -7.0)
    rows = [{"text": "She closed the door"}, {"text": "She closed the window"}]
    task = TASKS["lambada_openai"]
    one, two = task.outcomes([Item(str(n), row) for n, row in enumerate(rows)], model, Setting())
    assert one.values == {"perplexity": -0.5, "acc": 1} and two.values == {"perplexity": -7.0, "acc": 0}
    assert (one.prompt, one.wanted) == ("She closed the", " door")
