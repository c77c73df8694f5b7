"""Passwords of cameras stand in their addresses. Whoever looks at a workload sees them masked, and may send the masked
address back: it then means the password that is known already."""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from visavis.wire.edge import CameraConfig, Workload

MASK: Final = "***"

_SECRET = re.compile(r"pass|pwd|secret|token|key|auth|sign|user|login|credential", re.IGNORECASE)
_IN_TEXT = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,20})://[^\s/]+@", re.IGNORECASE)


def masked(workload: Workload) -> Workload:
    """The workload as it is shown."""
    cameras = [
        camera.model_copy(update={"address": masked_address(camera.address)}) for camera in workload.cameras
    ]
    return workload.model_copy(update={"cameras": tuple(cameras)})


def unmasked(workload: Workload, before: Workload | None) -> Workload:
    """With the addresses of `before` where they are sent back masked, camera by camera."""
    known = {camera.id: camera.address for camera in before.cameras} if before else {}
    cameras = [_unmasked(camera, known.get(camera.id)) for camera in workload.cameras]
    return workload.model_copy(update={"cameras": tuple(cameras)})


def masked_cameras(workload: Workload) -> list[str]:
    """Those whose address is still masked: nobody knows their password."""
    return [camera.id for camera in workload.cameras if MASK in camera.address]


def masked_address(address: str) -> str:
    """Without user, password, and values of the query that look like secrets. What is no URL stays as it is."""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return MASK
    _, at, host = parts.netloc.rpartition("@")
    query = "&".join(_pair(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(netloc=f"{MASK}@{host}" if at else host, query=query))


def masked_text(text: str) -> str:
    """A message of somebody else's library, which may repeat an address with its password."""
    return _IN_TEXT.sub(lambda found: f"{found['scheme']}://{MASK}@", text)


def _pair(name: str, value: str) -> str:
    return f"{quote(name)}={MASK if value and _SECRET.search(name) else quote(value)}"


def _unmasked(camera: CameraConfig, known: str | None) -> CameraConfig:
    if known is None or MASK not in camera.address or camera.address != masked_address(known):
        return camera
    return camera.model_copy(update={"address": known})
