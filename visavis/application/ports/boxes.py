"""Boxes that only one device can open, and files that only this device can read."""

from typing import Protocol


class Sealer(Protocol):
    def seal(self, plain: bytes, recipient: bytes, binding: bytes) -> bytes:
        """A box for the holder of the X25519 key whose public half is `recipient`, 32 bytes.

        `binding` is what the box is about; whoever opens it has to say the same. Raises `ValueInvalid` for a key
        that is none.
        """
        ...
