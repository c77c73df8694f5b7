"""Where messages may go, and where they do go. No socket is opened."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from visavis.adapters.webhooks.addresses import require_public
from visavis.adapters.webhooks.sender import HttpSender, WebhookRules
from visavis.application.ports.webhooks import REFUSALS, Answer, Message
from visavis.domain.errors import ValueInvalid

PUBLIC = "93.184.215.14"


class Names:
    """Resolves to one answer after the other, as a hostile name server would."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if not self.answers:
            raise OSError(8, "unknown name")
        return self.answers.pop(0)


class Wire:
    """The network: keeps requests, answers as told."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.status, self.headers, self.seen = status, headers, list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(self.status, headers=self.headers, content=b"x" * 200_000)


def sender(wire: Wire, names: Names, rules: WebhookRules | None = None) -> HttpSender:
    return HttpSender(rules or WebhookRules(), resolve_host=names, transport=httpx.MockTransport(wire))


def message(url: str = "https://example.org/hook?a=b") -> Message:
    return Message(url=url, body=b"{}", headers=(("X-Test", "1"),))


def send(one: HttpSender, what: Message) -> Answer:
    return asyncio.run(one.send(what))


def test_connects_to_the_address_that_was_checked() -> None:
    wire = Wire(204)
    assert send(sender(wire, Names([PUBLIC], ["10.0.0.1"])), message()) == Answer(status=204)
    (request,) = wire.seen
    assert request.url.host == PUBLIC
    assert request.url.raw_path == b"/hook?a=b"
    assert request.headers["host"] == "example.org"
    assert request.extensions["sni_hostname"] == "example.org"
    assert request.content == b"{}"
    assert request.headers["x-test"] == "1"


def test_keeps_the_port_in_the_name() -> None:
    wire = Wire()
    send(sender(wire, Names([PUBLIC])), message("https://example.org:8443/"))
    assert wire.seen[0].headers["host"] == "example.org:8443"
    assert wire.seen[0].url.port == 8443


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "ff02::1",
    ],
)
def test_never_sends_into_private_networks(address: str) -> None:
    wire = Wire()
    answer = send(sender(wire, Names([address])), message())
    assert answer.status is None
    assert "private network" in answer.error
    assert wire.seen == []
    with pytest.raises(ValueInvalid):
        require_public(address)


def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    wire = Wire()
    assert send(sender(wire, Names([PUBLIC, "10.0.0.1"])), message()).status is None
    assert wire.seen == []


def test_hosts_of_ones_own_can_be_allowed() -> None:
    wire = Wire()
    rules = WebhookRules(allow_hosts=frozenset({"example.org"}))
    assert send(sender(wire, Names(["10.0.0.1"]), rules), message()).accepted
    assert send(sender(wire, Names(["10.0.0.1"]), rules), message("https://other.org/")).status is None


@pytest.mark.parametrize("url", ["http://example.org/", "ftp://example.org/", "https://", "https://a:b@c/"])
def test_refuses_other_addresses(url: str) -> None:
    wire = Wire()
    one = sender(wire, Names([PUBLIC]))
    with pytest.raises(ValueInvalid):
        asyncio.run(one.check(url))
    assert send(one, message(url)).status is None
    assert wire.seen == []


def test_plain_http_where_it_is_allowed() -> None:
    assert send(
        sender(Wire(), Names([PUBLIC]), WebhookRules(allow_http=True)), message("http://a.org/")
    ).accepted


def test_follows_no_redirect() -> None:
    wire = Wire(302, location="http://169.254.169.254/")
    answer = send(sender(wire, Names([PUBLIC], [PUBLIC])), message())
    assert (answer.status, answer.accepted) == (302, False)
    assert len(wire.seen) == 1


def test_tells_why_there_was_no_answer() -> None:
    assert "cannot be resolved" in send(sender(Wire(), Names()), message()).error

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    one = HttpSender(WebhookRules(), resolve_host=Names([PUBLIC]), transport=httpx.MockTransport(broken))
    assert send(one, message()).error == "ConnectError: refused"


def test_waits_only_so_long() -> None:
    async def hanging(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    one = HttpSender(
        WebhookRules(timeout_s=0.05),
        resolve_host=Names([PUBLIC]),
        transport=httpx.MockTransport(hanging),
    )
    assert send(one, message()).error == "no answer within 0.05 seconds"


def test_a_name_that_does_not_resolve_now_may_do_so_later() -> None:
    asyncio.run(sender(Wire(), Names()).check("https://later.example.org/"))


@pytest.mark.parametrize(
    ("status", "about_message"),
    [(400, True), (404, True), (410, True), (401, False), (429, False), (500, False), (None, False)],
)
def test_tells_a_refused_message_from_an_endpoint_that_is_away(
    status: int | None, about_message: bool
) -> None:
    assert (status in REFUSALS) is about_message
