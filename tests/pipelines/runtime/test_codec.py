import math
import random
import socket
import threading
from dataclasses import dataclass

import numpy as np
import pytest

from pipelines.generation.requests import Finished, GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.runtime.codec import decode, encode
from pipelines.runtime.operations import INFERENCE
from pipelines.runtime.wire import Wire


@dataclass(frozen=True)
class Capture:
    name: str
    attentions: object
    extra: object = None


TYPES = {**INFERENCE.message_types(), "Capture": Capture}
DTYPES = ("f4", "f8", "f2", "i8", "u1", "?", "c8", ">i4", "U3")


def reader(data: bytes):
    stream = memoryview(data)

    def read_into(view):
        nonlocal stream
        assert len(stream) >= len(view), "read past the frame"
        view[:], stream = stream[: len(view)], stream[len(view) :]

    return read_into, lambda: len(stream)


def round_trip(message, number=7):
    read_into, left = reader(b"".join(encode(number, message, TYPES)))
    got = decode(read_into, TYPES)
    assert got[0] == number and left() == 0
    return got[1]


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, Capture):
        return isinstance(b, Capture) and same(vars(a), vars(b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


def random_value(rng: random.Random, depth: int = 0):
    leaf = [
        lambda: rng.randbytes(rng.randrange(5)),
        lambda: rng.choice([None, True, False, 0, -1, 2**70, 0.1, -0.0, math.inf, -math.inf, math.nan]),
        lambda: "".join(rng.choice('aé🦀\x00\n"\\@v\u2028') for _ in range(rng.randrange(6))),
        lambda: np.zeros([rng.randrange(4) for _ in range(rng.randrange(4))], rng.choice(DTYPES)),
        lambda: np.arange(24, dtype=rng.choice(DTYPES[:4])).reshape(2, 3, 4).transpose(2, 0, 1),
        lambda: Token(1, 2, "é", -0.5),
    ]
    if depth > 3 or rng.random() < 0.4:
        return rng.choice(leaf)()
    children = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    tree = [
        lambda: children,
        lambda: tuple(children),
        lambda: {rng.choice(["@", "v", "a", ""]) + str(i): c for i, c in enumerate(children)},
        lambda: {"@": "tuple", "v": children},
        lambda: Capture("x", children),
    ]
    return rng.choice(tree)()


@pytest.mark.parametrize("seed", range(300))
def test_what_goes_in_comes_out(seed):
    value = Capture("top", random_value(random.Random(seed)))
    assert same(value, round_trip(value))


def test_requests_and_events_come_back_equal():
    for message in (
        GenerateRequest("house/x", "crab 🦀 \ud7ff", DecodingSpec(temperature=0)),
        Token(0, 5, "", -math.inf),
        Finished("eos", "text", 3, 0.25),
    ):
        assert round_trip(message) == message


def test_a_decoded_array_is_one_s_own():
    array = np.ones((2, 2))
    got = round_trip(Capture("x", array)).attentions
    got[0, 0] = 5
    assert array[0, 0] == 1 and got.flags.aligned


@pytest.mark.parametrize(
    "value", [object(), {1: 2}, {1, 2}, bytearray(b"x"), np.float32(1), np.array([object()]), 1j]
)
def test_what_cannot_cross_is_refused(value):
    with pytest.raises(TypeError):
        encode(1, Capture("x", value), TYPES)


def test_a_class_of_the_same_name_is_another_class():
    Other = dataclass(frozen=True)(type("Token", (), {"__annotations__": {"x": int}}))
    with pytest.raises(TypeError, match="Token"):
        encode(1, Other(1), TYPES)


def test_a_frame_cannot_ask_for_an_object_array_or_an_unknown_class():
    for old, new in ((b"<f8", b"|O8"), (b"Capture", b"Ruptcae")):
        frame = b"".join(encode(1, Capture("x", np.ones(1)), TYPES)).replace(old, new)
        with pytest.raises((ValueError, KeyError)):
            decode(reader(frame)[0], TYPES)


def test_frames_of_many_senders_do_not_mix():
    left, right = socket.socketpair()
    out, into = Wire(left, TYPES), Wire(right, TYPES)
    senders = [
        threading.Thread(target=lambda n=n: [out.send(n, Capture("x", np.full(9999, n))) for _ in range(20)])
        for n in range(4)
    ]
    for thread in senders:
        thread.start()
    got = [into.receive() for _ in range(80)]
    for thread in senders:
        thread.join()
    assert all((message.attentions == number).all() for number, message in got)
    out.close()
    with pytest.raises(EOFError):
        into.receive()
