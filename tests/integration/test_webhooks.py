"""A real worker process calls a real endpoint on this machine."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.integration.test_worker import Site, faces, site
from visavis.adapters.system.clock import SystemClock
from visavis.domain.webhook import DeliveryState, WebhookFilter, signature_holds

__all__ = ["faces", "site"]
pytestmark = [pytest.mark.anyio, pytest.mark.postgres, pytest.mark.models]


@dataclass
class Endpoint:
    """Refuses the first message with 503."""

    url: str = ""
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    wanted: int = 4


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    kept = Endpoint()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(503 if len(kept.seen) == 1 else 204)
            self.end_headers()
            if len(kept.seen) >= kept.wanted:
                kept.enough.set()

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


async def test_events_arrive_signed_in_order_and_again_after_a_refusal(
    site: Site, faces: list[bytes], endpoint: Endpoint
) -> None:

    import anyio.to_thread

    rules = site.platform.settings.webhooks.model_copy(
        update={"allow_http": True, "allow_hosts": "127.0.0.1"}
    )
    settings = site.platform.settings.model_copy(update={"webhooks": rules})
    site.platform.installation.settings = settings
    site.environment |= {"VISAVIS_WEBHOOKS__ALLOW_HTTP": "true", "VISAVIS_WEBHOOKS__ALLOW_HOSTS": "127.0.0.1"}
    gallery = await site.platform.create("doors", pack=site.platform.models.pack("light"))
    made = await site.platform.webhooks.create(endpoint.url, WebhookFilter(galleries=frozenset({"doors"})))
    job = await site.submit(gallery, faces[:3], source="door")
    with site.worker():
        assert await anyio.to_thread.run_sync(endpoint.enough.wait, 60)
        await site.until(job.id, done=3)
    bodies = [json.loads(body) for _, body in endpoint.seen]
    assert [body["sequence"] for body in bodies[:4]] == [1, 1, 2, 3]
    assert {body["schema"] for body in bodies} == {"visavis.event/1"}
    headers, body = endpoint.seen[1]
    assert headers["visavis-attempt"] == "2"
    assert signature_holds(made.secret.encode(), body, headers["visavis-signature"], SystemClock().now())
    delivered = await site.platform.webhooks.deliveries(made.webhook.id, state=DeliveryState.DELIVERED)
    assert len(delivered) >= 2
