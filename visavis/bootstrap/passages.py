"""The use cases of one caller that concern doors, schedules and attendance."""

from abc import abstractmethod

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.identify import Identify
from visavis.application.passages.ask import AskDoor
from visavis.application.passages.attendance import ReportAttendance
from visavis.application.passages.contact import DoorContact
from visavis.application.passages.decide import DecideAccess
from visavis.application.passages.doors import Doors
from visavis.application.passages.journal import Journal
from visavis.application.passages.plans import Attendances
from visavis.application.passages.schedules import Schedules
from visavis.application.ports.attack import AttackCheck
from visavis.application.ports.inference import Inference
from visavis.application.record import Record
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.governance import software


class Passages(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def record(self) -> Record: ...

    @property
    @abstractmethod
    def attack(self) -> AttackCheck | None: ...

    @property
    def schedules(self) -> Schedules:
        return Schedules(
            store=self.store, tenant=self.tenant, ledger=self.ledger, identifiers=RandomIdentifiers()
        )

    @property
    def doors(self) -> Doors:
        return Doors(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    @property
    def decide_access(self) -> DecideAccess:
        return DecideAccess(
            store=self.store,
            tenant=self.tenant,
            journal=self._journal,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            attack=self.attack,
        )

    @property
    def door_contact(self) -> DoorContact:
        return DoorContact(
            store=self.store,
            tenant=self.tenant,
            journal=self._journal,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    def ask_door(self, inference: Inference, identify: Identify) -> AskDoor:
        """With the models of the door's gallery."""
        return AskDoor(
            store=self.store,
            tenant=self.tenant,
            inference=inference,
            identify=identify,
            record=self.record,
            decide=self.decide_access,
            attack=self.attack,
        )

    @property
    def attendances(self) -> Attendances:
        return Attendances(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    @property
    def report_attendance(self) -> ReportAttendance:
        return ReportAttendance(store=self.store, tenant=self.tenant, ledger=self.ledger, clock=SystemClock())

    @property
    def _journal(self) -> Journal:
        return Journal(
            ledger=self.ledger,
            identifiers=RandomIdentifiers(),
            software=software(),
        )
