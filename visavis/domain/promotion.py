"""Which model pack is the promoted one, and how it came to be: a history to which only more is added."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from visavis.domain.errors import ValueInvalid


class Change(StrEnum):
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


class ComparedBy(StrEnum):
    """How a candidate was compared with the pack in force."""

    PAIRED = "paired"  #: both on the same photos, in one run
    CARDS = "cards"  #: by the intervals of two cards on the same data
    NOTHING = "nothing"  #: it was in force already, or the gate does not ask


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEntry:
    """One line of the history. `pack` is the one in force from then on, `None`: the one built in.

    `model`, `weights` (SHA-256) and `card`, `gate` (SHA-256 of their files) are those of a promotion; a line about
    going back has none.
    """

    at: datetime
    change: Change
    pack: str | None
    model: str = ""
    weights: tuple[str, ...] = ()
    card: str = ""
    gate: str = ""
    compared_by: ComparedBy = ComparedBy.NOTHING
    compared_with: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if self.change is Change.PROMOTED and not (self.pack and self.model and self.card and self.gate):
            raise ValueInvalid("A promotion names its pack, model, card and gate.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionHistory:
    """All lines, the oldest first."""

    entries: tuple[PromotionEntry, ...] = ()

    @property
    def promotions(self) -> tuple[PromotionEntry, ...]:
        """The promotions that have not been taken back, the one in force last.

        A pack that was promoted again while it was in force stands there once: going back leaves it.
        """
        stack: list[PromotionEntry] = []
        for entry in self.entries:
            again = entry.change is Change.PROMOTED and bool(stack) and stack[-1].pack == entry.pack
            if stack and (again or entry.change is Change.ROLLED_BACK):
                stack.pop()
            if entry.change is Change.PROMOTED:
                stack.append(entry)
        return tuple(stack)

    @property
    def in_force(self) -> PromotionEntry | None:
        """`None`: nothing is promoted, and the built-in default holds."""
        return self.promotions[-1] if self.promotions else None

    @property
    def before(self) -> PromotionEntry | None:
        """What going back would lead to."""
        return self.promotions[-2] if len(self.promotions) > 1 else None

    def cards(self) -> frozenset[str]:
        """The cards that promotions rest on."""
        return frozenset(entry.card for entry in self.entries if entry.card)
