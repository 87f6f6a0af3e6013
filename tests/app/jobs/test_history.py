import random

from app.figures.series import MAX_POINTS
from app.job_panel.history import Checkpoint, History, folded


def train(step, loss=1.0):
    return {"type": "train", "step": step, "loss": loss, "lr": 1e-3, "grad_norm": 0.5}


def sample(step, prompt="a", text="a b"):
    return {"type": "sample", "step": step, "prompt": prompt, "text": text}


def test_folding_in_pieces_equals_folding_at_once():
    noise = random.Random(1)
    events = [{"type": "plan", "total_steps": 400}]
    for step in range(1, 401):
        events.append(train(step, noise.random()))
        if step % 50 == 0:
            events.append(
                {"type": "eval", "step": step, "loss": 1.0, "perplexity": 2.7, "bits_per_byte": 0.4}
            )
            events.append(sample(step))
    once, pieces = folded(History(), events), History()
    for start in range(0, len(events), 7):
        pieces = folded(pieces, events[start : start + 7])
    assert once == pieces
    assert once.bits.steps == tuple(range(50, 401, 50))


def evaluated(step, **figures):
    return {"type": "eval", "step": step, "loss": 2.0, "perplexity": 7.4, **figures}


def test_the_second_corpus_has_curves_of_its_own():
    second = {"second_loss": 3.0, "second_perplexity": 20.1, "second_bits_per_byte": 1.2}
    history = folded(History(), [evaluated(0, bits_per_byte=0.9, **second), evaluated(50, **second)])
    assert history.second_validation.steps == history.second_bits.steps == (0, 50)
    assert history.second_perplexity.values == (20.1, 20.1)
    assert (history.bits.steps, history.in_bits) == ((0,), True)


def test_a_model_without_bits_per_byte_says_so_once_it_is_measured():
    assert History().in_bits
    assert not folded(History(), [evaluated(0)]).in_bits


def test_the_second_corpus_of_a_model_that_is_trained_on_is_its_old_text():
    assert History().second_name == "second corpus"
    planned = folded(History(), [{"type": "plan", "total_steps": 9, "start_from": "run/0b4xk2m9qwer"}])
    assert planned.second_name == "old text (second corpus)"


def test_a_long_run_stays_small():
    history = folded(History(), [train(step) for step in range(20_000)])
    assert len(history.loss.steps) <= MAX_POINTS and len(history.smooth.steps) <= MAX_POINTS
    history = folded(history, [sample(step) for step in range(1000)])
    assert len(history.checkpoints) <= 1000 and history.checkpoints[-1].step == 999


def test_samples_of_a_step_stand_together_and_a_resumed_run_replaces_them():
    history = folded(History(), [sample(50, "a", "a x"), sample(50, "b", "b x"), sample(100, "a", "a y")])
    assert history.checkpoints[0] == Checkpoint(50, (("a", "a x"), ("b", "b x")))
    history = folded(history, [sample(50, "a", "a z")])
    assert history.checkpoints == (Checkpoint(50, (("b", "b x"), ("a", "a z"))),)


def test_odd_events_change_nothing():
    odd = [
        {},
        {"type": "train"},
        {"type": "eval", "step": "x"},
        {"type": 7},
        {"type": "sample", "step": None},
    ]
    assert folded(History(), odd) == History()


def test_the_running_mean_of_a_resumed_run_is_that_of_one_that_never_stopped_short():
    straight = folded(History(), [train(step, 5.0 - step / 20) for step in range(1, 61)])
    gone_back = folded(straight, [train(step, 5.0 - step / 20) for step in range(31, 61)])
    assert gone_back.smooth.steps == straight.smooth.steps
    assert all(
        abs(a - b) < 0.02 for a, b in zip(gone_back.smooth.values, straight.smooth.values, strict=True)
    )


def test_a_missing_loss_leaves_a_gap_and_not_an_error():
    history = folded(History(), [train(1), train(2, None), train(3)])
    assert history.loss.steps == (1, 3)


def test_notices_come_once():
    notice = {"type": "notice", "message": "runs uncompiled"}
    assert folded(folded(History(), [notice, notice]), [notice]).notices == ("runs uncompiled",)


def test_a_student_is_shown_beside_its_teacher():
    plan = {"type": "plan", "total_steps": 10, "teacher": "house/story-base"}
    parts = {"divergence": 0.5, "cross_entropy": 3.0}
    told = {"teacher_loss": 1.5, "teacher_perplexity": 4.5, "kl": 0.7, "agreement": 0.4}
    history = folded(History(), [plan, {**train(1), **parts}, evaluated(5, **told)])
    assert history.is_taught and history.second_name == "teacher"
    assert history.second_validation.values == (1.5,) and history.second_perplexity.values == (4.5,)
    assert history.kl.values == (0.7,) and dict(history.measures)["as its teacher"].values == (0.4,)
    assert [series.values for _, series in history.parts] == [(0.5,), (3.0,)]
    plain = folded(History(), [train(1), evaluated(5)])
    assert plain.parts is History().parts and plain.kl is History().kl
