"""The content of a key file."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from visavis.adapters.keys.wrapping import KEY_BYTES, key_name
from visavis.domain.errors import KeyUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class RingKey:
    name: str
    created: datetime
    key: bytes

    def __repr__(self) -> str:
        return f"RingKey(name={self.name!r})"  # never the key: this may end in a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Keys in the order in which they were added; the last one wraps."""

    keys: tuple[RingKey, ...]

    @property
    def newest(self) -> RingKey:
        return self.keys[-1]

    def find(self, name: str) -> RingKey | None:
        return next((key for key in self.keys if key.name == name), None)

    def with_key(self, key: RingKey) -> "Ring":
        return Ring(keys=(*self.keys, key))

    def to_json(self) -> bytes:
        entries = [
            {
                "name": key.name,
                "created": key.created.isoformat(timespec="seconds"),
                "key": base64.b64encode(key.key).decode("ascii"),
            }
            for key in self.keys
        ]
        return (json.dumps({"keys": entries}, indent=2) + "\n").encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> "Ring":
        """Raises `KeyUnavailable` for anything that `to_json` would not write, without quoting it."""
        try:
            keys = tuple(
                RingKey(
                    name=str(entry["name"]),
                    created=datetime.fromisoformat(entry["created"]),
                    key=base64.b64decode(entry["key"], validate=True),
                )
                for entry in json.loads(text)["keys"]
            )
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise KeyUnavailable(
                "The key file is damaged.", hint="Restore the key file from its backup."
            ) from None
        if not keys or any(len(key.key) != KEY_BYTES or key.name != key_name(key.key) for key in keys):
            raise KeyUnavailable("The key file is damaged.", hint="Restore the key file from its backup.")
        return cls(keys=keys)
