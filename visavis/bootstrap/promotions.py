"""Promotions of model packs over the API: the same gate as at the command line, for those who run the installation."""

import anyio.to_thread

from visavis.application.promote import Promoted
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.registry import GateView, ModelRegistry, note_change
from visavis.domain.errors import NotPermitted
from visavis.domain.promotion import PromotionEntry
from visavis.domain.subject import DEFAULT_TENANT


class Promotions(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    def registry(self) -> ModelRegistry:
        return ModelRegistry(self.models)

    async def gate(self, pack: str) -> GateView:
        """What the gate of the server says of a pack. Reads all its files. Raises `ModelNotFound`,
        `SettingsInvalid`."""
        found = self.models.pack(pack)
        return await anyio.to_thread.run_sync(lambda: self.registry.look(found, self.registry.gate(None)))

    async def promote(self, pack: str) -> Promoted:
        """Raises `ModelNotFound`, `NotPermitted`, and as `Promote` does."""
        self._require_installation()
        found = self.models.pack(pack)
        done = await anyio.to_thread.run_sync(lambda: self.registry.promote(found, self.registry.gate(None)))
        await self._note(done.entry)
        return done

    async def roll_back(self) -> PromotionEntry:
        """Raises `NotPermitted`, and as `RollBack` does."""
        self._require_installation()
        entry = await anyio.to_thread.run_sync(self.registry.roll_back)
        await self._note(entry)
        return entry

    async def _note(self, entry: PromotionEntry) -> None:
        async with self.store.transaction(self.tenant) as work:
            await note_change(self.ledger, work, entry)

    def _require_installation(self) -> None:
        """The default concerns all tenants: only those of the first one may change it."""
        self.principal.require_everywhere()
        if self.tenant != DEFAULT_TENANT:
            raise NotPermitted("Only those who run the installation may change its default model pack.")
