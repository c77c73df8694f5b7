"""Where the master key lives: a file, an environment variable, a key management service."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key encrypted under the master key named `master`."""

    master: str
    blob: bytes


class MasterKeys(Protocol):
    """Envelope encryption: data keys are stored only wrapped; the master key never reaches the database."""

    @property
    def current(self) -> str:
        """Name of the master key that new data keys are wrapped with."""
        ...

    async def wrap(self, key: bytes, *, context: bytes) -> WrappedKey:
        """The 32-byte key, encrypted and bound to `context`."""
        ...

    async def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> bytes:
        """The key again. Raises `KeyUnavailable` if its master key is missing or context or blob differ."""
        ...

    async def derive(self, *, context: bytes) -> bytes:
        """32 bytes that depend on the current master key and `context` alone, and tell nothing of either.

        For what need not outlive the master key. Raises `KeyUnavailable`.
        """
        ...
