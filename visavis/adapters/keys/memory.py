"""Master keys that live and die with the process."""

from visavis.adapters.keys.wrapping import derive, key_name, new_key, unwrap, wrap
from visavis.application.ports.keys import WrappedKey
from visavis.domain.errors import KeyUnavailable


class MemoryMasterKeys:
    """For tests and for stores that are not meant to outlive the process."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}
        self.rotate()

    @property
    def current(self) -> str:
        return next(reversed(self._keys))

    async def wrap(self, key: bytes, *, context: bytes) -> WrappedKey:
        return wrap(self._keys[self.current], self.current, key, context)

    async def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> bytes:
        if wrapped.master not in self._keys:
            raise KeyUnavailable(f"There is no master key {wrapped.master} in this process.")
        return unwrap(self._keys[wrapped.master], wrapped, context)

    async def derive(self, *, context: bytes) -> bytes:
        return derive(self._keys[self.current], context)

    def rotate(self) -> str:
        """Adds a new master key, which is current from now on; its name."""
        key = new_key()
        self._keys[key_name(key)] = key
        return key_name(key)
