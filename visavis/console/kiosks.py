"""A device that greets people: what it was set up with, and what it sees in a picture."""

import uuid
from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from visavis.client.asynchronous import AsyncClient
from visavis.console.seal import Seal
from visavis.domain.admission import AccessReason
from visavis.domain.errors import InputError, Refusal
from visavis.wire.faces import FaceNote
from visavis.wire.v1.doors import DoorAnswer

_PURPOSE: Final = "kiosk/1"
KEY_PREFIX: Final = "kiosk "
"""Of the names of kiosks' keys."""

State = Literal["nobody", "adjust", "there", "known", "unknown", "unsure", "refused"]
_CLOSED: Final = {
    AccessReason.OUTSIDE_SCHEDULE: "The door is closed at this hour.",
    AccessReason.NOT_YET_VALID: "You may not pass yet. Please ask at the desk.",
    AccessReason.EXPIRED: "Your access has ended. Please ask at the desk.",
    AccessReason.ANTI_PASSBACK: "You have passed here already. Please ask at the desk.",
    AccessReason.UNTIMELY: "Please look at the screen once more.",
}
"""What anybody may read who stands near."""
_NEAREST, _FARTHEST = 0.75, 0.11
"""Of a face's width in that of the picture: 0.11 of 800 px are 88 px, enough for a template."""
_RIVAL = 0.6
"""From this share of the largest face's width on, another one is a second person at the kiosk."""


class Kiosk(BaseModel):
    """What a device keeps, sealed. `door` and `camera` are empty where it opens nothing; `names` says whether people
    are greeted by name."""

    model_config = ConfigDict(frozen=True)

    name: str
    gallery: str
    greeting: str = Field(default="Welcome", max_length=60)
    names: bool = True
    door: str = ""
    camera: str = ""
    key_id: str
    secret: str = Field(repr=False)

    def sealed(self, seal: Seal) -> str:
        return seal.close(_PURPOSE, self.model_dump_json())

    @classmethod
    def unsealed(cls, seal: Seal, letters: str) -> Self:
        """Raises `NotAuthenticated`."""
        return cls.model_validate_json(seal.open(_PURPOSE, letters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the device may know. `box`: left, top, width, height of the nearest face as shares of the picture. `name` is
    empty unless the kiosk greets by name."""

    state: State
    say: str = ""
    name: str = ""
    box: tuple[float, float, float, float] | None = None
    opens: bool = False


async def look(client: AsyncClient, picture: bytes, size: tuple[int, int]) -> Sight:
    """Whether somebody stands there as is needed; what to do if not. Nothing of it is kept. Raises as the client."""
    faces = (await client.detect(picture)).faces
    if not faces:
        return Sight(state="nobody")
    box = _box(faces[0], size)
    wrong = _advice(faces, size[0])
    return Sight(state="adjust" if wrong else "there", say=wrong, box=box)


async def recognise(client: AsyncClient, kiosk: Kiosk, picture: bytes, size: tuple[int, int]) -> Sight:
    """Looks, and if somebody stands there as is needed, asks the door or the gallery who it is."""
    sight = await look(client, picture, size)
    if sight.state != "there":
        return sight
    try:
        found = await (
            _at_door(client, kiosk, picture) if kiosk.door else _in_gallery(client, kiosk, picture)
        )
    except (InputError, Refusal) as error:  # the picture, not the person
        return replace(sight, state="adjust", say=error.advice or error.message)
    return replace(found, box=sight.box)


async def _in_gallery(client: AsyncClient, kiosk: Kiosk, picture: bytes) -> Sight:
    answer = await client.identify(
        kiosk.gallery,
        picture,
        limit=1,
        together=True,
        largest=True,
        source=kiosk.name,
        reference=str(uuid.uuid4()),
    )
    (one,) = answer.faces
    if one.decision is None:
        return Sight(state="adjust", say=one.face.reasons[0].advice if one.face and one.face.reasons else "")
    if one.decision.outcome == "inconclusive":
        return Sight(state="unsure")
    if one.subject is None or nameless(one.subject):
        return Sight(state="unknown")
    return Sight(state="known", name=one.subject if kiosk.names else "")


async def _at_door(client: AsyncClient, kiosk: Kiosk, picture: bytes) -> Sight:
    answer = await client.doors.decide(kiosk.door, picture, camera=kiosk.camera, reference=str(uuid.uuid4()))
    subject = answer.decision.subject or ""
    if answer.granted:
        return Sight(state="known", name=subject if kiosk.names else "", opens=True)
    return _refused(answer, subject if kiosk.names else "")


def _refused(answer: DoorAnswer, name: str) -> Sight:
    reasons = answer.decision.reasons
    if AccessReason.UNKNOWN in reasons:
        return Sight(state="unknown")
    if AccessReason.INCONCLUSIVE in reasons:
        return Sight(state="unsure")
    said = next((_CLOSED[one] for one in reasons if one in _CLOSED), "Please ask at the desk.")
    return Sight(state="refused", name=name, say=said)


def nameless(name: str) -> bool:
    """Whether a gallery remembers somebody who is not known: the platform's own word, not a name."""
    return name.startswith("anonymous-")


def _box(face: FaceNote, size: tuple[int, int]) -> tuple[float, float, float, float]:
    box, (width, height) = face.box, size
    return (
        box.left / width,
        box.top / height,
        (box.right - box.left) / width,
        (box.bottom - box.top) / height,
    )


def _advice(faces: tuple[FaceNote, ...], width: int) -> str:
    nearest = faces[0]
    share = _width(nearest) / width
    if len(faces) > 1 and _width(faces[1]) > _RIVAL * _width(nearest) and share > _FARTHEST:
        return "One at a time, please"
    if share < _FARTHEST:
        return "Please come closer"
    if share > _NEAREST:
        return "A little further back, please"
    return "" if nearest.accepted else nearest.reasons[0].advice


def _width(face: FaceNote) -> float:
    return face.box.right - face.box.left
