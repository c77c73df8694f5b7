"""Messengers, e-mail and push services through the Apprise library.

Its addresses can do more than send messages over the network: some reach into the machine they run on (its desktop,
its system log, its files). Those are refused, and so are hosts in private networks unless they were allowed. The
library resolves names once more by itself, so a name that changes between check and use is not noticed.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import apprise
from apprise.attachment.memory import AttachMemory
from apprise.plugins import NotifyBase

from visavis.application.ports.channels import Addresses, Note
from visavis.application.ports.webhooks import Answer
from visavis.domain.channel import AppriseTarget
from visavis.domain.errors import ValueInvalid

_LOCAL_MODULES: Final = frozenset(
    {"blink1", "dbus", "glib", "gnome", "macosx", "mqtt", "rsyslog", "smpp", "syslog", "windows"}
)
"""Of the library's plugins: what shows or writes something on this machine, and what speaks past our checks."""
_LOCAL_OPTIONS: Final = frozenset(
    {
        "attach",
        "cto",
        "format",
        "keyfile",
        "overflow",
        "pgp",
        "pgpkey",
        "redirect",
        "rto",
        "subfile",
        "template",
    }
)
"""Options that name files of this machine, or undo what is set here."""
_TYPES: Final = {
    "info": apprise.NotifyType.INFO,
    "warning": apprise.NotifyType.WARNING,
    "critical": apprise.NotifyType.FAILURE,
}


class AppriseMessengers:
    """Implements `visavis.application.ports.channels.Messengers`."""

    def __init__(self, allowed: Addresses, *, timeout_s: float = 10.0) -> None:
        self._allowed = allowed
        self._timeout_s = timeout_s
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes addresses, which hold secrets

    async def check(self, target: AppriseTarget) -> None:
        await self._checked(target)

    async def send(self, target: AppriseTarget, note: Note) -> Answer:
        try:
            plugin = await self._checked(target)
        except ValueInvalid as error:
            return Answer(status=None, error=error.message)
        return await asyncio.to_thread(_notify, plugin, note, self._timeout_s)

    async def _checked(self, target: AppriseTarget) -> NotifyBase:
        """Raises `ValueInvalid`."""
        _require_remote_options(target.address)
        plugin = apprise.Apprise.instantiate(target.address, asset=_asset(), suppress_exceptions=True)
        if not isinstance(plugin, NotifyBase):
            raise ValueInvalid(
                "This is no address that the Apprise library understands.",
                hint="Its documentation lists them: https://github.com/caronc/apprise/wiki",
            )
        _require_remote(plugin)
        for host, port in _hosts(plugin):
            with suppress(OSError):  # many services have a token or topic there, and no host
                await self._allowed(host, port)
        return plugin


def _asset() -> apprise.AppriseAsset:
    """Nothing is kept on disk, no redirect is followed, nothing is taken from files."""
    return apprise.AppriseAsset(
        app_id="Visavis",
        app_desc="Visavis alerts",
        async_mode=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )


def _require_remote_options(address: str) -> None:
    try:
        options = {name.lower().lstrip("+-:") for name, _ in parse_qsl(urlsplit(address).query)}
    except ValueError as error:
        raise ValueInvalid("This is not an address.") from error
    refused = sorted(options & _LOCAL_OPTIONS)
    if refused:
        raise ValueInvalid(f"The option {refused[0]} is not allowed in an address.")


def _require_remote(plugin: NotifyBase) -> None:
    """Raises `ValueInvalid` for what reaches into this machine."""
    parts = set(type(plugin).__module__.split("."))
    files = any(
        isinstance(value, apprise.AppriseAttachment) and len(value) for value in vars(plugin).values()
    )
    if parts & _LOCAL_MODULES or files:
        raise ValueInvalid(
            "This kind of address leads into the server itself, so nothing is sent there.",
            hint="Use a service on the network; for a broker, a channel of the kind mqtt.",
        )


def _hosts(plugin: NotifyBase) -> list[tuple[str, int]]:
    """Hosts that the address names, and not the plugin; e-mail names its own in another place."""
    secure = bool(getattr(plugin, "secure", True))
    port = getattr(plugin, "port", None) or (443 if secure else 80)
    names = [getattr(plugin, name, None) for name in ("host", "smtp_host")]
    return [(name, int(port)) for name in names if isinstance(name, str) and name and not name.isspace()]


def _notify(plugin: NotifyBase, note: Note, timeout_s: float) -> Answer:
    """In a thread: the library waits. What went wrong it writes into logs only, with addresses masked."""
    carrier = apprise.Apprise(asset=plugin.asset)
    carrier.add(plugin)
    attachments = []
    if note.picture is not None:
        suffix = note.picture.media_type.rpartition("/")[2]
        attachments = [
            AttachMemory(  # type: ignore[no-untyped-call]
                content=note.picture.content, name=f"face.{suffix}", mimetype=note.picture.media_type
            )
        ]
    done = carrier.notify(
        title=note.title,
        body=note.text,
        notify_type=_TYPES[note.level],
        body_format=apprise.NotifyFormat.TEXT,
        attach=attachments or None,
        timeout=timeout_s,
    )
    return Answer(status=200) if done else Answer(status=None, error="the service did not take the message")
