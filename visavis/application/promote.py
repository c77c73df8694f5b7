"""Makes a model pack the default, if it passes the gate; goes back to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.gate import Candidate, compared_by, judge
from visavis.application.ports.clock import Clock
from visavis.application.ports.model_registry import PromotionLog
from visavis.domain.errors import GateFailed, ValueInvalid
from visavis.domain.gate import Criterion, Gate
from visavis.domain.promotion import Change, PromotionEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """The line that was added, and what the gate had asked."""

    entry: PromotionEntry
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """There is no way around the gate: one that asks for less is another gate, and recorded as such."""

    log: PromotionLog
    clock: Clock

    def __call__(self, candidate: Candidate, gate: Gate) -> Promoted:
        """Raises `GateFailed` with each criterion that failed and its figures, `PreconditionFailed` if somebody
        was faster, `SettingsInvalid`, `ModelDown`."""
        history = self.log.read()
        criteria = judge(candidate, gate)
        kept = candidate.card
        if kept is None or not all(one.passed for one in criteria):
            raise refused(candidate.pack.name, criteria)
        entry = PromotionEntry(
            at=self.clock.now(),
            change=Change.PROMOTED,
            pack=candidate.pack.name,
            model=candidate.pack.embedder.model.key,
            weights=tuple(artefact.sha256 for artefact in candidate.pack.artefacts),
            card=kept.digest,
            gate=gate.digest,
            compared_by=compared_by(candidate, gate),
            compared_with=candidate.rival.pack if candidate.rival else "",
        )
        self.log.append(entry, after=history)
        return Promoted(entry=entry, criteria=criteria)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Always allowed: what was in force before has passed its gate, or is built in."""

    log: PromotionLog
    clock: Clock

    def __call__(self) -> PromotionEntry:
        """The line that was added. Raises `ValueInvalid` if nothing is promoted, `SettingsInvalid`, `ModelDown`."""
        history = self.log.read()
        if history.in_force is None:
            raise ValueInvalid(
                "No pack is promoted, so there is nothing to go back to.",
                hint="The default is the built-in one, unless a setting names another.",
            )
        before = history.before
        entry = PromotionEntry(
            at=self.clock.now(), change=Change.ROLLED_BACK, pack=before.pack if before else None
        )
        self.log.append(entry, after=history)
        return entry


def refused(pack: str, criteria: Sequence[Criterion]) -> GateFailed:
    """The refusal, with a line for each criterion that failed."""
    failed = [one for one in criteria if not one.passed]
    lines = [f"  {one.name}: {one.found}; wanted: {one.wanted}" for one in failed]
    advice = list(dict.fromkeys(one.advice for one in failed if one.advice))
    return GateFailed(
        "\n".join([f"{pack} did not pass the gate: {len(failed)} of {len(criteria)} criteria.", *lines]),
        hint=" ".join([*advice, GateFailed.hint]),
        reasons=tuple(one.code for one in failed),
    )
