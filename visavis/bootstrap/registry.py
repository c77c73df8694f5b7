"""Composes evaluation cards, the gate and promotions of the packs in one model directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cards import FileCards
from visavis.adapters.onnx.gates import read_gate
from visavis.adapters.onnx.store import Condition
from visavis.adapters.system.clock import SystemClock
from visavis.application.evaluation_result import Evaluation
from visavis.application.gate import Candidate, judge
from visavis.application.gate_standing import Rival
from visavis.application.ledger import Ledger
from visavis.application.make_card import card_of, data_digest
from visavis.application.model_comparison import ModelComparison
from visavis.application.ports.store import UnitOfWork
from visavis.application.promote import Promote, Promoted, RollBack, refused
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.domain.audit import Action
from visavis.domain.card import EvaluationCard, KeptCard
from visavis.domain.errors import LicenceRefused
from visavis.domain.gate import Criterion, Gate
from visavis.domain.pack import Pack
from visavis.domain.promotion import Change, PromotionEntry, PromotionHistory

_SOFTWARE: Final = ("visavis", "numpy", "onnxruntime", "opencv-python-headless")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """What a gate says of a pack; `against` is the pack in force, `None` if it is that one."""

    criteria: tuple[Criterion, ...]
    against: str | None

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.criteria)


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """Cards and promotions of one installation."""

    models: Models

    @property
    def cards(self) -> FileCards:
        return FileCards(self.models.directory)

    def history(self) -> PromotionHistory:
        """Raises `SettingsInvalid` if it is damaged."""
        return self.models.promotions.read()

    def keep(self, result: Evaluation, pack: Pack, rows: Sequence[tuple[str, str]], *, data: str) -> KeptCard:
        """Makes a card of an evaluation over these (subject, photo) and keeps it. Raises `ModelDown`."""
        card = card_of_now(result, pack, rows, data=data)
        return self.cards.keep(card, held=self.history().cards())

    def gate(self, path: Path | None) -> Gate:
        """That of a file, or the one that comes with Visavis. Raises `FileUnreadable`, `ValueInvalid`."""
        return read_gate(path)

    def rival(self, pack: Pack) -> Pack | None:
        """The pack in force, if it is another one: the promoted one, or the built-in default."""
        name = self.models.promoted or self.models.builtin_default
        return None if name == pack.name else self.models.pack(name)

    def require_alone(self, pack: Pack, gate: Gate) -> None:
        """Raises `GateFailed` if the pack fails what needs no comparison: before minutes are spent on one."""
        criteria = judge(self._candidate(pack, None), gate)
        if not all(one.passed for one in criteria):
            raise refused(pack.name, criteria)

    def look(self, pack: Pack, gate: Gate) -> "GateView":
        """What the gate says of a pack by its cards; changes nothing."""
        rival = self._rival(pack, None)
        criteria = judge(self._candidate(pack, rival), gate)
        return GateView(criteria=criteria, against=rival.pack if rival else None)

    def promote(self, pack: Pack, gate: Gate, comparison: ModelComparison | None = None) -> Promoted:
        """`comparison` is of the pack in force (A) with this one (B). Raises as `Promote` does."""
        candidate = self._candidate(pack, self._rival(pack, comparison))
        return Promote(log=self.models.promotions, clock=SystemClock())(candidate, gate)

    def roll_back(self) -> PromotionEntry:
        """Raises as `RollBack` does."""
        return RollBack(log=self.models.promotions, clock=SystemClock())()

    def _rival(self, pack: Pack, comparison: ModelComparison | None) -> Rival | None:
        in_force = self.rival(pack)
        if in_force is None:
            return None
        cards = tuple(kept for kept in self.cards.of(in_force.name) if kept.card.is_of(in_force))
        return Rival(pack=in_force.name, cards=cards, comparison=comparison)

    def _candidate(self, pack: Pack, rival: Rival | None) -> Candidate:
        return Candidate(
            pack=pack,
            cards=self.cards.of(pack.name),
            unaccepted=self._unaccepted(pack),
            unverified=tuple(
                f"{one.name} {one.condition.value}"
                for one in self.models.verify(pack)
                if one.condition is Condition.DAMAGED
                or (one.condition is Condition.MISSING and not one.name.endswith(" graph"))
            ),
            rival=rival,
        )

    def _unaccepted(self, pack: Pack) -> str:
        try:
            self.models.store.require_accepted(pack)
        except LicenceRefused:
            return ", ".join(
                dict.fromkeys(a.licence.name for a in pack.artefacts if a.licence.needs_acceptance)
            )
        return ""


def card_of_now(
    result: Evaluation, pack: Pack, rows: Sequence[tuple[str, str]], *, data: str
) -> EvaluationCard:
    """The card of an evaluation that was made just now, with this software."""
    return card_of(
        result,
        pack,
        data=data,
        data_digest=data_digest(rows, lambda photo: read_file(Path(photo))),
        software={name: version(name) for name in _SOFTWARE},
        at=SystemClock().now(),
    )


async def note_change(ledger: Ledger, work: UnitOfWork, entry: PromotionEntry) -> None:
    """Into the audit log that this unit of work belongs to."""
    await ledger.note(
        work,
        Action.MODEL_CHANGED,
        f"pack:{entry.pack or 'built-in'}",
        change=entry.change.value,
        card=entry.card or None,
        gate=entry.gate or None,
        compared_by=entry.compared_by.value if entry.change is Change.PROMOTED else None,
        compared_with=entry.compared_with or None,
    )
