"""The use cases of one caller that concern cameras and what they saw."""

from abc import abstractmethod

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.cameras import Cameras
from visavis.application.making import ReferenceMaker
from visavis.application.ports.attack import AttackCheck
from visavis.application.record import Record
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.application.tracks.liveness import CheckLiveness
from visavis.application.tracks.turns import Turns
from visavis.bootstrap.caller import Caller


class Intake(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def record(self) -> Record: ...

    @property
    @abstractmethod
    def maker(self) -> ReferenceMaker: ...

    @property
    @abstractmethod
    def turns(self) -> Turns: ...

    @property
    @abstractmethod
    def attack(self) -> AttackCheck | None: ...

    @property
    def record_track(self) -> RecordTrack:
        return RecordTrack(
            store=self.store,
            tenant=self.tenant,
            record=self.record,
            remember=Remember(maker=self.maker, ledger=self.ledger),
            turns=self.turns,
            liveness=self._liveness,
        )

    @property
    def _liveness(self) -> CheckLiveness | None:
        if self.attack is None:
            return None
        return CheckLiveness(store=self.store, tenant=self.tenant, attack=self.attack)

    @property
    def cameras(self) -> Cameras:
        return Cameras(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )
