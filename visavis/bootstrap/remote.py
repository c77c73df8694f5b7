"""Composes model packs whose detection or recognition runs on another server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from visavis.adapters.inference.split import SplitInference
from visavis.application.ports.inference import Inference
from visavis.domain.errors import DependencyMissing, SettingsInvalid
from visavis.domain.pack import Pack
from visavis.settings import Settings

if TYPE_CHECKING:
    from visavis.adapters.remote.server import RemoteServer


@dataclass(slots=True, kw_only=True)
class Remotes:
    """The other servers of one process, one connection to each."""

    settings: Settings
    _servers: "dict[str, RemoteServer]" = field(default_factory=dict)

    def inference(self, pack: Pack, local: Callable[[Pack], Inference]) -> Inference:
        """The pack as the settings place it; `local` is asked only if a part of it runs here.

        Raises `SettingsInvalid`, `DependencyMissing`, and as `local` does.
        """
        given = self.settings.serving
        if not given.detection_url and not given.recognition_url:
            return local(pack)
        if given.detection_url == given.recognition_url:
            return self._remote(pack, given.detection_url or "")
        own = local(pack) if not (given.detection_url and given.recognition_url) else None
        detection = own if own and not given.detection_url else self._remote(pack, given.detection_url or "")
        recognition = (
            own if own and not given.recognition_url else self._remote(pack, given.recognition_url or "")
        )
        return SplitInference(detection, recognition)

    async def aclose(self) -> None:
        async with anyio.create_task_group() as group:
            for server in self._servers.values():
                group.start_soon(server.aclose)

    def _remote(self, pack: Pack, url: str) -> Inference:
        """Imported here, because most installations have no other server."""
        try:
            from visavis.adapters.remote.inference import RemoteInference
            from visavis.adapters.remote.server import RemoteAddress, RemoteServer
        except ModuleNotFoundError as error:
            raise DependencyMissing(
                f"The package {error.name}, which inference services need, is not installed.",
                hint="Run: pip install 'visavis[server]'",
            ) from error
        if url not in self._servers:
            given = self.settings.serving
            address = RemoteAddress(
                url=url,
                key=given.remote_key.get_secret_value() if given.remote_key else "",
                timeout_s=given.remote_timeout_s,
                authority=_read(given.remote_ca),
                certificate=_read(given.remote_certificate),
                certificate_key=_read(given.remote_certificate_key),
            )
            self._servers[url] = RemoteServer(address)
        return RemoteInference(self._servers[url], pack.name, pack.embedder.model)


def _read(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise SettingsInvalid(f"A TLS file cannot be read: {error.strerror}.") from error
