"""Galleries and model packs."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, listing_of, operation, parsed
from visavis.domain.gallery import Purpose
from visavis.wire.cards import CardsDocument, PromotionDocument, PromotionsDocument
from visavis.wire.galleries import GalleryEntry
from visavis.wire.packs import ModelDocument
from visavis.wire.v1.calibrations import CalibrationContent
from visavis.wire.v1.galleries import GalleryCreate, GalleryList, GalleryRemoved, PolicyChange
from visavis.wire.v1.models import GateNote, ModelList, PackCalibrations

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned(Generic[T]):
    """A value and the version it was read in: pass `etag` when you change it, so that no other change is lost."""

    value: T
    etag: str


class Galleries(Resource[M]):
    """The sets that are searched."""

    @listing_of(GalleryEntry)
    def list(self, *, page_size: int = 100) -> Flow[None]:
        """By name; those that the key may use."""
        return self._pages(get("v1", "galleries", limit=page_size), GalleryList, lambda page: page.galleries)

    @operation
    def create(
        self,
        name: str,
        *,
        purpose: Purpose = Purpose.GENERAL,
        pack: str | None = None,
        policy: PolicyChange | None = None,
    ) -> Flow[GalleryEntry]:
        """Its model pack is fixed; `policy` names differences to the default policy."""
        wanted = GalleryCreate(name=name, purpose=purpose, pack=pack, policy=policy or PolicyChange())
        return self._ask(self._write(send("POST", "v1", "galleries", body=wanted)), GalleryEntry)

    @operation
    def get(self, name: str) -> Flow[GalleryEntry]:
        return self._ask(get("v1", "galleries", name), GalleryEntry)

    @operation
    def read(self, name: str) -> Flow[Versioned[GalleryEntry]]:
        """The gallery and the version of its policy, for `change_policy`."""
        reply = yield from exchanged(self._connection, get("v1", "galleries", name))
        return Versioned(value=parsed(GalleryEntry, reply), etag=reply.headers.get("etag", ""))

    @operation
    def change_policy(
        self, name: str, change: PolicyChange, *, etag: str | None = None
    ) -> Flow[GalleryEntry]:
        """What is left out stays as it is. With `etag`, `PreconditionFailed` if somebody was faster."""
        request = self._write(send("PATCH", "v1", "galleries", name, "policy", body=change))
        return self._ask(request.with_header("If-Match", etag) if etag else request, GalleryEntry)

    @operation
    def calibration(self, name: str) -> Flow[CalibrationContent]:
        """The gallery's own, with its evidence. `CalibrationNotFound` if that of its model pack counts."""
        return self._ask(get("v1", "galleries", name, "calibration"), CalibrationContent)

    @operation
    def set_calibration(self, name: str, calibration: CalibrationContent) -> Flow[GalleryEntry]:
        """It counts from the next request on. `ModelMismatch` if it is of another model or rule."""
        request = send("PUT", "v1", "galleries", name, "calibration", body=calibration)
        return self._ask(self._write(request), GalleryEntry)

    @operation
    def remove_calibration(self, name: str) -> Flow[GalleryEntry]:
        """From then on that of its model pack counts."""
        return self._ask(self._write(delete("v1", "galleries", name, "calibration")), GalleryEntry)

    @operation
    def remove(self, name: str) -> Flow[GalleryRemoved]:
        """With its references, and the subjects that are in no other gallery."""
        return self._ask(self._write(delete("v1", "galleries", name)), GalleryRemoved)


class Models(Resource[M]):
    """Model packs that the server knows."""

    @operation
    def list(self) -> Flow[ModelList]:
        return self._ask(get("v1", "models"), ModelList)

    @operation
    def get(self, pack: str) -> Flow[ModelDocument]:
        """Licences, weights, digests and calibrations."""
        return self._ask(get("v1", "models", pack), ModelDocument)

    @operation
    def cards(self, pack: str) -> Flow[CardsDocument]:
        """How often it is wrong, on which data: its evaluation cards, the newest first."""
        return self._ask(get("v1", "models", pack, "cards"), CardsDocument)

    @operation
    def calibrations(self, pack: str) -> Flow[PackCalibrations]:
        """What its scores mean, point by point."""
        return self._ask(get("v1", "models", pack, "calibrations"), PackCalibrations)

    @operation
    def gate(self, pack: str) -> Flow[GateNote]:
        """Whether it may be promoted, criterion by criterion; changes nothing."""
        return self._ask(get("v1", "models", pack, "gate"), GateNote)

    @operation
    def promotions(self) -> Flow[PromotionsDocument]:
        """Which pack is the default, and which were promoted when."""
        return self._ask(get("v1", "models", "promotions"), PromotionsDocument)

    @operation
    def promote(self, pack: str) -> Flow[PromotionDocument]:
        """Makes it the default of the server, if it passes the gate. `GateFailed` says what it failed."""
        return self._ask(self._write(send("POST", "v1", "models", pack, "promote")), PromotionDocument)

    @operation
    def roll_back(self) -> Flow[PromotionDocument]:
        """To the pack that was promoted before, or to the one built in."""
        return self._ask(
            self._write(send("POST", "v1", "models", "promotions", "rollback")), PromotionDocument
        )
