"""`python broker_process.py PORT [CERTIFICATE KEY PASSWORDS]`: an MQTT broker, until it is killed. It lets anybody in;
with files, only over TLS, and only those whom the file of passwords names."""

import asyncio
import sys

from amqtt.broker import Broker


async def serve(port: int, *files: str) -> None:
    listener: dict[str, object] = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
    plugins: dict[str, dict[str, object]] = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
    }
    if files:
        certificate, key, passwords = files
        listener |= {"ssl": True, "certfile": certificate, "keyfile": key}
        plugins = {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": passwords}}
    broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
