"""Passwords that are kept as they are: for tests of what is built on them, never for people."""


class UnsafePlainPasswords:
    """`version` is what `outdated` looks at."""

    def __init__(self, *, version: int = 1) -> None:
        self._prefix = f"plain{version}:"
        self.verified = 0  #: how often something was verified

    async def encode(self, password: str) -> str:
        return self._prefix + password

    async def verify(self, encoded: str, password: str) -> bool:
        self.verified += 1
        return bool(encoded) and encoded.partition(":")[2] == password

    def outdated(self, encoded: str) -> bool:
        return not encoded.startswith(self._prefix)
