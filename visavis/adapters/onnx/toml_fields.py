"""Reading TOML, and JSON that is made like it, with messages that name the field."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from visavis.domain.errors import ValueInvalid

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A TOML table and where it stands, such as `packs.standard.detector`.

    Every reader raises `ValueInvalid` with the full name of the field that is missing or of another type.
    """

    values: Mapping[str, object]
    where: str = ""

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def name_of(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def only(self, *known: str) -> None:
        """Refuses fields that nobody reads: they are spelt wrongly."""
        for key in self.values:
            if key not in known:
                raise ValueInvalid(f"{self.name_of(key)} is no known field; known are {', '.join(known)}.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise ValueInvalid(f"{self.name_of(key)} must be a text that is not empty.")
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        value = self._value(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueInvalid(f"{self.name_of(key)} must be a whole number.")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self._value(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueInvalid(f"{self.name_of(key)} must be a number.")
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise ValueInvalid(f"{self.name_of(key)} must be true or false.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._value(key, ())
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueInvalid(f"{self.name_of(key)} must be a list of texts.")
        return tuple(str(item) for item in value)

    def numbers(self, key: str) -> tuple[float, ...]:
        value = self._value(key, None)
        if not isinstance(value, list) or not all(type(item) in {int, float} for item in value):
            raise ValueInvalid(f"{self.name_of(key)} must be a list of numbers.")
        return tuple(float(item) for item in value)

    def table(self, key: str) -> "Table":
        value = self._value(key, None)
        if not isinstance(value, dict):
            raise ValueInvalid(f"{self.name_of(key)} must be a table.")
        return Table(values=value, where=self.name_of(key))

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """The named tables below a table, such as all packs."""
        below = self.table(key)
        for name in below.values:
            yield name, below.table(name)

    def one_of(self, key: str, choices: type[Choice]) -> Choice:
        """A member of an enumeration by its value."""
        value = self.text(key)
        for choice in choices:
            if choice.value == value:
                return choice
        raise ValueInvalid(f"{self.name_of(key)} must be one of {', '.join(choices)}, not {value}.")

    def _value(self, key: str, default: object) -> object:
        value = self.values.get(key, default)
        if value is None:
            raise ValueInvalid(f"{self.name_of(key)} is missing.")
        return value


def json_table(content: bytes) -> Table:
    """The object in a JSON file; raises `ValueInvalid`."""
    try:
        values = json.loads(content)
    except ValueError as error:
        raise ValueInvalid(f"It is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise ValueInvalid("It is no JSON object.")
    return Table(values=values)
