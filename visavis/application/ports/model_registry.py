"""What is known of model packs beside their weights: evaluation cards, and which pack is promoted."""

from typing import Protocol

from visavis.domain.card import EvaluationCard, KeptCard
from visavis.domain.promotion import PromotionEntry, PromotionHistory

MOST_CARDS = 32  #: of one pack


class Cards(Protocol):
    """Cards never change; of each pack the newest `MOST_CARDS` are kept, and those in `held`."""

    def keep(self, card: EvaluationCard, *, held: frozenset[str] = frozenset()) -> KeptCard:
        """Raises `ModelDown` if it cannot be written."""
        ...

    def of(self, pack: str) -> tuple[KeptCard, ...]:
        """Those kept here, the newest first, then those that came with Visavis. Raises `FileUnreadable` naming a
        card that is damaged."""
        ...


class PromotionLog(Protocol):
    """The history of promotions."""

    def read(self) -> PromotionHistory:
        """Raises `SettingsInvalid` if it is damaged."""
        ...

    def append(self, entry: PromotionEntry, *, after: PromotionHistory) -> None:
        """Adds a line if the history is still `after`, else raises `PreconditionFailed`. Raises `ModelDown` if it
        cannot be written, `SettingsInvalid` if it is damaged."""
        ...
