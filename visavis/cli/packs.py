"""A model pack that is there when a command needs it."""

from typing import TYPE_CHECKING

from visavis.cli.invocation import Invocation

if TYPE_CHECKING:
    from visavis.domain.pack import Pack
    from visavis.settings import Settings


def ready_pack(invocation: Invocation, settings: "Settings", name: str | None = None) -> "Pack":
    """The named pack or the configured one, fetched with a progress bar if that is needed and allowed.

    Raises `ModelNotFound`, `SourceUnreachable`, `DigestMismatch`, `LicenceRefused`.
    """
    from visavis.bootstrap.models import Models

    models = Models(settings)
    pack = models.pack(name)
    if not models.store.is_installed(pack) and not settings.models.offline:
        from visavis.cli.progress import pull_bars

        with pull_bars(invocation, pack.name) as report:
            models.pull(pack, report)
    if pack.needs_acceptance:
        models.store.require_accepted(pack)
        invocation.say(f"The weights of {pack.name} are for non-commercial use only.")
    return pack
