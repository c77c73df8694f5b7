"""Keys of services of the CompreFace dialect."""

from enum import StrEnum
from typing import Annotated

import typer

from visavis.cli.governed import KeepName
from visavis.cli.invocation import Invocation
from visavis.cli.stores import open_platform
from visavis.domain.errors import ValueInvalid


class ServiceName(StrEnum):
    """The types of services that CompreFace has."""

    RECOGNITION = "compreface-recognition"
    DETECTION = "compreface-detection"
    VERIFICATION = "compreface-verification"


ServiceOption = Annotated[
    ServiceName | None,
    typer.Option(
        "--for",
        metavar="|".join(ServiceName),
        help="For clients of CompreFace; recognition needs --gallery, which is made if it is missing.",
        show_default=False,
    ),
]


def service_scopes(service: ServiceName) -> list[str]:
    """The permissions that such a key needs."""
    from visavis.bootstrap.compreface import PERMISSIONS

    return sorted(PERMISSIONS[service])


async def require_service(
    invocation: Invocation, service: ServiceName, galleries: list[str], keep: KeepName | None
) -> None:
    """Makes the gallery of a recognition service if there is none. Raises `ValueInvalid` if no gallery is named, or
    several are, or one is for a service that has none."""
    if service is not ServiceName.RECOGNITION:
        if galleries or keep is not None:
            raise ValueInvalid(f"A key for {service} has no gallery: its service keeps nothing.")
        return
    if len(galleries) != 1:
        raise ValueInvalid(
            "A recognition service is one gallery.",
            hint="Name it: --gallery NAME. It is made if it is missing.",
        )
    from visavis.bootstrap.compreface import service_gallery
    from visavis.domain.policy import Keep

    async with open_platform(invocation) as platform:
        await service_gallery(platform, galleries[0], keep=Keep(keep or KeepName.NOTHING))
