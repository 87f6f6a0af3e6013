"""What the parts of the Decoding tab are about."""

from dataclasses import dataclass

from pipelines.generation.comparing import Beams, Decoded, DecodeRequest, DecodeStarted


@dataclass(frozen=True)
class Compared:
    """A finished comparison; a part gets None in its place before any was made. ``request.run`` is the name
    under which the worker remembers its steps, a random word that only its visitor knows."""

    request: DecodeRequest
    started: DecodeStarted
    decoded: Decoded
    beams: tuple[Beams, ...] = ()
