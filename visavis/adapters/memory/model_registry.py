"""Cards and promotions in memory."""

import hashlib
from dataclasses import dataclass, field

from visavis.application.ports.model_registry import MOST_CARDS
from visavis.domain.card import EvaluationCard, KeptCard
from visavis.domain.errors import PreconditionFailed
from visavis.domain.promotion import PromotionEntry, PromotionHistory


@dataclass(slots=True)
class MemoryCards:
    """Cards of one process."""

    _kept: list[KeptCard] = field(default_factory=list)

    def keep(self, card: EvaluationCard, *, held: frozenset[str] = frozenset()) -> KeptCard:
        digest = hashlib.sha256(repr(card).encode()).hexdigest()
        kept = KeptCard(card=card, digest=digest, shipped=False)
        if digest not in {one.digest for one in self._kept}:
            self._kept.append(kept)
        for one in self.of(card.pack)[MOST_CARDS:]:
            if one.digest not in held:
                self._kept.remove(one)
        return kept

    def of(self, pack: str) -> tuple[KeptCard, ...]:
        found = (one for one in self._kept if one.card.pack == pack)
        return tuple(sorted(found, key=lambda one: one.card.at, reverse=True))


@dataclass(slots=True)
class MemoryPromotionLog:
    """The history of one process."""

    _history: PromotionHistory = field(default_factory=PromotionHistory)

    def read(self) -> PromotionHistory:
        return self._history

    def append(self, entry: PromotionEntry, *, after: PromotionHistory) -> None:
        if after != self._history:
            raise PreconditionFailed("Another pack was promoted in the meantime.")
        self._history = PromotionHistory(entries=(*after.entries, entry))
