"""A real MQTT broker, and somebody who listens to it."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt

PATIENCE_S = 60.0


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@asynccontextmanager
async def broker(port: int, *files: Path) -> AsyncIterator[int]:
    """In a process of its own. Anybody may publish and subscribe; with a certificate, its key and a file of passwords
    only who is in there, over TLS."""
    program = str(Path(__file__).with_name("broker_process.py"))
    process = subprocess.Popen(  # noqa: ASYNC220  # it only starts
        [sys.executable, "-W", "ignore", program, str(port), *map(str, files)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE_S
        while not await (_listens(port) if files else _answers(port)):
            assert process.poll() is None, "the broker ended by itself"
            assert time.monotonic() < end, "the broker did not come up in time"
            await asyncio.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


async def _answers(port: int) -> bool:
    try:
        async with aiomqtt.Client("127.0.0.1", port, timeout=5):
            return True
    except aiomqtt.MqttError:
        return False


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@dataclass
class Heard:
    """Everything that was published, in order: topic, payload, retained before."""

    messages: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def of(self, topic: str) -> list[bytes]:
        return [payload for name, payload, _ in self.messages if name == topic]

    def topics(self) -> set[str]:
        return {name for name, _, _ in self.messages}

    async def until(self, true: Callable[[], bool]) -> None:
        """Waits for a condition, with a generous limit."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < end, f"not heard in time: {sorted(self.topics())}"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def listener(port: int, topic: str = "#") -> AsyncIterator[Heard]:
    heard = Heard()

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            heard.messages.append((str(message.topic), payload, message.retain))

    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(topic, qos=1)
        task = asyncio.create_task(listen(client))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
