"""Model packs of a managed agent: from where they are published, or from its server."""

import base64
import binascii
import logging
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import ValidationError

from visavis.bootstrap.agent_packs import install
from visavis.bootstrap.boxes import is_signed
from visavis.bootstrap.models import Models
from visavis.domain.errors import KeyUnavailable, ModelNotFound, Unavailable, ValueInvalid
from visavis.edge.identity import Identity
from visavis.wire.edge import PackSource
from visavis.wire.v1.agent_files import PackContents, PackFile, PackManifest

logger = logging.getLogger(__name__)

_PART_BYTES: Final = 4 * 2**20


class PackServer(Protocol):
    """Of the client: `client.outposts`."""

    def pack(self, name: str) -> PackManifest: ...

    def pack_part(self, name: str, sha256: str, start: int, size: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSupply:
    """Implements `visavis.edge.management.Supply`: one way, and the other if that one leads nowhere."""

    models: Models
    server: PackServer
    identity: Identity
    first: PackSource = PackSource.PUBLISHED

    def provide(self, pack: str) -> None:
        """Raises what the last way raises, and `KeyUnavailable` for what the server did not sign."""
        if self._is_installed(pack):
            return
        ways = [self._published, self._from_server]
        if self.first is PackSource.SERVER:
            ways.reverse()
        try:
            ways[0](pack)
        except (Unavailable, ModelNotFound) as error:
            logger.info("a model pack is sought elsewhere", extra={"pack": pack, "problem": error.code})
            ways[1](pack)

    def _is_installed(self, pack: str) -> bool:
        try:
            return self.models.store.is_installed(self.models.catalogue.pack(pack))
        except ModelNotFound:
            return False

    def _published(self, name: str) -> None:
        if self.models.settings.models.offline:
            raise ModelNotFound(f"The model pack {name} is not installed, and fetching is not allowed.")
        self.models.pull(self.models.catalogue.pack(name))

    def _from_server(self, name: str) -> None:
        contents = self._contents(name)
        install(self.models, contents, lambda file, start: self._part(name, file, start))

    def _contents(self, name: str) -> PackContents:
        note = self.server.pack(name).contents
        try:
            signature = base64.b64decode(note.signature, validate=True)
            if not is_signed(note.text.encode(), signature, self.identity.signing_key):
                raise KeyUnavailable("A model pack is not signed by the server that this device knows.")
            contents = PackContents.model_validate_json(note.text)
        except (binascii.Error, ValidationError) as error:
            raise ValueInvalid(
                "The server describes a model pack in a way unknown to this version."
            ) from error
        if contents.pack != name:
            raise KeyUnavailable("The server sent another model pack than was asked for.")
        return contents

    def _part(self, name: str, file: PackFile, start: int) -> bytes:
        return self.server.pack_part(name, file.sha256, start, min(_PART_BYTES, file.size_bytes - start))
