"""Master keys handed over as text, as containers and secret stores do."""

import base64
import binascii

from visavis.adapters.keys.wrapping import KEY_BYTES, derive, key_name, unwrap, wrap
from visavis.application.ports.keys import WrappedKey
from visavis.domain.errors import KeyUnavailable

_MAKE_ONE = "Make one with: head -c 32 /dev/urandom | base64"


class EnvironmentMasterKeys:
    """One base64 key of 32 bytes, or several separated by commas, of which the last is current.

    To change the master key, append the new one, re-wrap the data keys, then drop the old one.
    """

    def __init__(self, value: str) -> None:
        keys = [_decoded(part) for part in value.split(",") if part.strip()]
        if not keys:
            raise KeyUnavailable("The master key is empty.", hint=_MAKE_ONE)
        self._keys = {key_name(key): key for key in keys}
        self._current = key_name(keys[-1])

    @property
    def current(self) -> str:
        return self._current

    async def wrap(self, key: bytes, *, context: bytes) -> WrappedKey:
        return wrap(self._keys[self._current], self._current, key, context)

    async def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> bytes:
        if wrapped.master not in self._keys:
            raise KeyUnavailable(
                f"The templates need the master key {wrapped.master}, which was not given.",
                hint="Give every master key that is in use, separated by commas, the newest last.",
            )
        return unwrap(self._keys[wrapped.master], wrapped, context)

    async def derive(self, *, context: bytes) -> bytes:
        return derive(self._keys[self._current], context)


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        # Not chained: the cause would carry the secret into a log.
        raise KeyUnavailable("The master key is not base64.", hint=_MAKE_ONE) from None
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(f"A master key has {KEY_BYTES} bytes, this one {len(key)}.", hint=_MAKE_ONE)
    return key
