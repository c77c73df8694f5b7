"""What the query says about how to look at a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from visavis.api.dialects.compreface.call import Call
from visavis.domain.errors import ValueInvalid

T = TypeVar("T", int, float)

_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0", ""})
_MOST_PAGE: Final = 10_000
_MOST_PREDICTIONS: Final = 1000  #: of a face; who wants more gets these


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`limit` faces, the largest first; 0 for all. `plugins` are the slugs that were asked for, known or not."""

    limit: int
    det_prob_threshold: float
    plugins: frozenset[str]
    status: bool

    @classmethod
    def of(cls, call: Call) -> "Options":
        """Raises `ValueInvalid`."""
        return cls(
            limit=_number(call, "limit", int, 0, 0, 2**31 - 1),
            det_prob_threshold=_number(call, "det_prob_threshold", float, 0.0, 0.0, 1.0),
            plugins=frozenset(one.strip() for one in (call.query("face_plugins") or "").split(",")),
            status=flag(call, "status", default=False),
        )

    @property
    def calculator(self) -> bool:
        return "calculator" in self.plugins


def prediction_count(call: Call) -> int:
    """Raises `ValueInvalid`."""
    return min(_number(call, "prediction_count", int, 1, 1, 2**31 - 1), _MOST_PREDICTIONS)


def page(call: Call) -> tuple[int, int]:
    """Number, from 0, and size. Raises `ValueInvalid`."""
    return _number(call, "page", int, 0, 0, 2**31 - 1), _number(call, "size", int, 20, 1, _MOST_PAGE)


def flag(call: Call, name: str, *, default: bool) -> bool:
    """Raises `ValueInvalid`."""
    given = call.query(name)
    if given is None:
        return default
    if given.lower() in _TRUE:
        return True
    if given.lower() in _FALSE:
        return False
    raise ValueInvalid(f"{name} must be true or false")


def _number(call: Call, name: str, kind: Callable[[str], T], default: T, least: T, most: T) -> T:
    given = call.query(name)
    if not given:
        return default
    try:
        value = kind(given)
    except ValueError:
        raise ValueInvalid(f"{name} must be a number") from None
    if not least <= value <= most:
        raise ValueInvalid(f"{name} must be between {least} and {most}")
    return value
