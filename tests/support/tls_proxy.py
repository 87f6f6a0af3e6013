"""TLS in front of an app on loopback, as a host of apps has it: every request gets the headers that say where
it came from.
"""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.app_process import free_port

VISITOR_ADDRESS = "203.0.113.7"
_HEAD = 1 << 20


@contextmanager
def tls_in_front_of(port: int, folder: Path) -> Iterator[int]:
    """The port on which https requests are taken for what listens on ``port``, until the end of the block.
    The certificate in ``folder`` is for 127.0.0.1 and signed by itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    public, ready, ended = free_port(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        forward = partial(_forward, port, public)
        async with await asyncio.start_server(forward, "127.0.0.1", public, ssl=context, limit=_HEAD):
            ready.set()
            await ended.wait()

    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="tls", daemon=True)
    thread.start()
    assert ready.wait(10), "the proxy does not start"
    try:
        yield public
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(10)


async def _forward(
    port: int, public: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection: its requests one after the other, what is answered as it comes."""
    with contextlib.suppress(OSError, asyncio.CancelledError):  # the last: the proxy ends
        from_app, to_app = await asyncio.open_connection("127.0.0.1", port)
        answering = asyncio.create_task(_pipe(from_app, writer))
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                to_app.write(_told(head, f"127.0.0.1:{public}"))
                to_app.write(await reader.readexactly(_length(head)))
                await to_app.drain()
        to_app.close()
        await answering
    writer.close()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await source.read(1 << 16):
            sink.write(part)
            await sink.drain()
    sink.close()  # an app that ends an idle connection ends the visitor's: the next request opens another


def _told(head: bytes, host: str) -> bytes:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    kept = [line for line in lines if not line.lower().startswith("x-forwarded-")]
    told = {"For": VISITOR_ADDRESS, "Proto": "https", "Host": host}
    added = [f"X-Forwarded-{name}: {value}" for name, value in told.items()]
    return "\r\n".join([first, *kept, *added, "", ""]).encode("latin-1")


def _length(head: bytes) -> int:
    """Of the body. Browsers name it for every one that they send."""
    lines = head.lower().split(b"\r\n")
    return next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)


def _certificate(folder: Path) -> Path:
    """One file with a new key and its certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "tls.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    return file
