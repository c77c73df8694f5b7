"""Argon2id (RFC 9106), in threads."""

import base64
import os

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """By default 64 MiB, three passes and one lane, the second recommendation of RFC 9106 §4 but for its lanes:
    cores are shared with recognition.

    At most `at_once` are computed at the same time, so that a wave of sign-ins costs bounded memory.
    """

    def __init__(
        self, *, memory_kib: int = 65_536, passes: int = 3, lanes: int = 1, at_once: int = 2
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._nobody = _unreachable(self._hasher)
        self._threads = anyio.CapacityLimiter(at_once)

    async def encode(self, password: str) -> str:
        return await anyio.to_thread.run_sync(self._hasher.hash, _bytes(password), limiter=self._threads)

    async def verify(self, encoded: str, password: str) -> bool:
        right = await anyio.to_thread.run_sync(
            self._verify, encoded or self._nobody, _bytes(password), limiter=self._threads
        )
        return right and bool(encoded)

    def outdated(self, encoded: str) -> bool:
        try:
            return self._hasher.check_needs_rehash(encoded)
        except InvalidHashError:
            return True

    def _verify(self, encoded: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def _unreachable(hasher: PasswordHasher) -> str:
    """Looks like the hash of a password, takes as long to verify, and belongs to none."""
    parts = [
        "",
        "argon2id",
        "v=19",
        f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}",
        _base64(os.urandom(hasher.salt_len)),
        _base64(os.urandom(hasher.hash_len)),
    ]
    return "$".join(parts)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).rstrip(b"=").decode()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
