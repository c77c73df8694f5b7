"""How many requests somebody may send."""

from dataclasses import dataclass

from visavis.application.access.authenticate import Admission
from visavis.application.access.tokens import address_key
from visavis.application.ports.limiter import Limiter
from visavis.domain.account import Rate
from visavis.domain.errors import QuotaExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """Per address before anybody is known; then per key and per tenant, where they have a limit.

    Limits count in each process: with two API processes behind a load balancer, twice as much passes.
    """

    limiter: Limiter
    per_address: Rate | None = None
    per_sign_in: Rate | None = None

    async def address(self, address: str) -> None:
        """Raises `QuotaExceeded`."""
        if self.per_address is not None and address:
            await self._take(f"address:{address_key(address)}", self.per_address, "this address")

    async def sign_in(self, address: str) -> None:
        """Beside `address`, for what anybody may ask for and what costs hashes and rows. Raises `QuotaExceeded`."""
        await self.address(address)
        if self.per_sign_in is not None and address:
            await self._take(f"sign-in:{address_key(address)}", self.per_sign_in, "this address")

    async def __call__(self, admission: Admission) -> None:
        """Raises `QuotaExceeded`."""
        if admission.key is not None and admission.key.rate is not None:
            await self._take(f"key:{admission.key.id}", admission.key.rate, "this API key")
        if admission.tenant.rate is not None:
            await self._take(f"tenant:{admission.tenant.id}", admission.tenant.rate, "this tenant")

    async def _take(self, name: str, rate: Rate, what: str) -> None:
        wait_s = await self.limiter.take(name, rate)
        if wait_s > 0:
            raise QuotaExceeded(
                f"There are more than {rate.per_minute:,} requests per minute of {what}.",
                hint="Send them more slowly, or ask an administrator for a higher limit.",
                retry_after_s=wait_s,
            )
