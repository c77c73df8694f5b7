"""Changes of the promoted pack at the command line, in the audit log of the store on this machine."""

import os

from visavis.adapters.system.clock import SystemClock
from visavis.application.ledger import Ledger
from visavis.bootstrap.local import open_store
from visavis.bootstrap.registry import note_change
from visavis.domain.access import local_principal
from visavis.domain.promotion import PromotionEntry
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings


def keeps_audit(settings: Settings) -> bool:
    """Whether this machine has a store of its own, in which changes of models are written down."""
    if settings.client.url is not None:
        return False
    return settings.database.url is not None or (settings.data_dir / "postgres").is_dir()


async def audit(settings: Settings, entry: PromotionEntry) -> None:
    """Writes a line of the history into the audit log. Raises as `open_store` does."""
    ledger = Ledger(actor=local_principal(f"uid-{os.getuid()}").actor, clock=SystemClock())
    async with open_store(settings) as store, store.transaction(DEFAULT_TENANT) as work:
        await note_change(ledger, work, entry)
