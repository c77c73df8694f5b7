"""Posts messages to webhooks: to the very address that was checked, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import anyio
import httpx

from visavis.adapters.webhooks.addresses import Resolve, require_public, resolve
from visavis.application.ports.webhooks import Answer, Message
from visavis.domain.errors import ValueInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRules:
    """Only https unless `allow_http`; `allow_hosts` may have private addresses; `timeout_s` for all of an exchange."""

    allow_http: bool = False
    allow_hosts: frozenset[str] = frozenset()
    timeout_s: float = 10.0


class HttpSender:
    """Implements `visavis.application.ports.webhooks.Sender`.

    A name is resolved once, its address is checked and connected to: so a name that resolves to another address a
    moment later (DNS rebinding) changes nothing. The certificate is checked against the name. Redirects, proxies
    of the environment and cookies are not followed, used or kept.
    """

    def __init__(
        self,
        rules: WebhookRules,
        *,
        resolve_host: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve_host
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def check(self, url: str) -> None:
        """Says at once what sending would refuse. A name that does not resolve now may do so later."""
        parsed = self._parsed(url)
        try:
            await self._addresses(parsed)
        except OSError:
            return

    async def send(self, message: Message) -> Answer:
        try:
            with anyio.fail_after(self._rules.timeout_s):
                return await self._exchange(message)
        except ValueInvalid as error:
            return Answer(status=None, error=error.message)
        except TimeoutError:
            return Answer(status=None, error=f"no answer within {self._rules.timeout_s:g} seconds")
        except OSError as error:
            return Answer(
                status=None, error=f"the host cannot be resolved: {error.strerror or type(error).__name__}"
            )
        except httpx.HTTPError as error:
            return Answer(status=None, error=f"{type(error).__name__}: {error}"[:500])

    async def _exchange(self, message: Message) -> Answer:
        url = self._parsed(message.url)
        address = (await self._addresses(url))[0]
        request = self._opened().build_request(
            "POST",
            url.copy_with(host=address),
            content=message.body,
            headers=[("Host", url.netloc.decode("ascii")), *message.headers],
            extensions={"sni_hostname": url.host},
        )
        response = await self._opened().send(request, stream=True, follow_redirects=False)
        await response.aclose()  # what it says beyond the status is not read
        return Answer(status=response.status_code)

    def _parsed(self, url: str) -> httpx.URL:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ValueInvalid("This is not an address.") from error
        if parsed.scheme not in ({"https", "http"} if self._rules.allow_http else {"https"}):
            raise ValueInvalid(
                "The address of a webhook begins with https://.",
                hint="For a test, allow others with the setting webhooks.allow_http.",
            )
        if not parsed.host or parsed.userinfo or not 0 < (parsed.port or 443) < 2**16:
            raise ValueInvalid("The address of a webhook names a host and perhaps a port, and no user.")
        return parsed

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        """All of them must be allowed: a name with one private address is refused."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await self._resolve(url.host, port)
        if not found:
            raise OSError("no address")
        if url.host.lower() not in self._rules.allow_hosts:
            for address in found:
                require_public(address)
        return found

    def _opened(self) -> httpx.AsyncClient:
        """Connections are not kept: the next message may go to another address of the same name."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport,
                timeout=self._rules.timeout_s,
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0, max_connections=64),
            )
        return self._client
