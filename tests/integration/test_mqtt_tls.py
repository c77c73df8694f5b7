"""A channel to a broker that asks for TLS, a user and a password: with a certificate that nobody else vouches for."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import aiomqtt
import pytest
from argon2 import PasswordHasher

from tests.integration.broker import PATIENCE_S, broker, free_port
from tests.unit.rpc.certificates import Authority
from visavis.adapters.mqtt.brokers import MqttBrokers
from visavis.application.ports.channels import Publication
from visavis.domain.alert import ChannelId
from visavis.domain.channel import MqttTarget

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

HOME = ChannelId(uuid4())
TOLD = [Publication(topic="visavis/alerts", payload=b"{}", retain=True)]


@dataclass(frozen=True, kw_only=True)
class Guarded:
    target: MqttTarget
    stranger: str  #: an authority that did not certify this broker


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    authority = Authority(tmp_path)
    pair, passwords = authority.pair("broker"), tmp_path / "passwords"
    passwords.write_text(f"home:{PasswordHasher(time_cost=1, memory_cost=64).hash('s3same')}\n")
    async with broker(free_port(), pair.certificate, pair.key, passwords) as port:
        yield Guarded(
            target=MqttTarget(
                host="localhost",
                port=port,
                user="home",
                password="s3same",  # noqa: S106 (of the test)
                authority=authority.path.read_text(),
            ),
            stranger=Authority(tmp_path, "stranger").path.read_text(),
        )


async def anywhere(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def retained(target: MqttTarget, authority: str) -> bytes:
    """What somebody hears who comes later."""
    context = ssl.create_default_context(cadata=authority)
    async with aiomqtt.Client(
        target.host, target.port, username=target.user, password=target.password, tls_context=context
    ) as client:
        await client.subscribe("visavis/alerts", qos=1)
        message = await asyncio.wait_for(anext(aiter(client.messages)), PATIENCE_S)
        assert isinstance(message.payload, bytes)
        return message.payload


async def test_a_broker_with_its_own_authority_and_a_password_takes_messages(guarded: Guarded) -> None:
    target = guarded.target
    async with MqttBrokers(anywhere) as brokers:
        await brokers.check(target)
        answer = await brokers.publish(HOME, target, TOLD, status="visavis/status")
        assert (answer.status, answer.error) == (200, "")
        assert (await brokers.once(target, TOLD)).accepted
        assert await retained(target, target.authority) == b"{}"


async def test_what_does_not_fit_is_an_answer_and_says_no_password(guarded: Guarded) -> None:
    for wrong, target in {
        "password": replace(guarded.target, password="hush-hush"),  # noqa: S106 (of the test)
        "nobody": replace(guarded.target, user="", password=""),
        "authority": replace(guarded.target, authority=guarded.stranger),
        "system": replace(guarded.target, authority=""),
        "name": replace(guarded.target, host="broker.example.org"),
        "plain": replace(guarded.target, tls=False),
    }.items():
        async with MqttBrokers(anywhere, timeout_s=1.0 if wrong == "plain" else 30.0) as brokers:
            answer = await brokers.once(target, TOLD)
            kept = await brokers.publish(HOME, target, TOLD, status="visavis/status")
        assert not answer.accepted, wrong
        assert not kept.accepted, wrong
        assert answer.error.startswith("the broker does not take it"), wrong
        assert "hush-hush" not in answer.error + kept.error
        assert "s3same" not in answer.error + kept.error
