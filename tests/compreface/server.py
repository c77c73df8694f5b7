"""The dialect behind a real HTTP server on the loopback interface, for CompreFace clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from tests import dialects
from tests.dialects import NewInference, OpenStore, memory
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.api.dialects.compreface.router import router
from visavis.application.access.api_keys import KeyRequest
from visavis.bootstrap.compreface import DETECTION, RECOGNITION, VERIFICATION, service_gallery
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import KeyKind, Rate
from visavis.domain.policy import Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(dialects.Server):
    @property
    def platform(self) -> Platform:
        return self.installation.platform(local_principal("test"))

    def key(
        self,
        permissions: frozenset[Permission],
        *,
        gallery: str | None = None,
        kind: KeyKind = KeyKind.UUID,
        rate: Rate | None = None,
    ) -> str:
        wanted = KeyRequest(
            name=f"test {RandomIdentifiers().new()}",
            permissions=permissions,
            kind=kind,
            galleries=frozenset({gallery}) if gallery else None,
            rate=rate,
        )
        secret: str = self.run(self.keys.create(local_principal("test"), wanted)).secret
        return secret

    def recognition(self, gallery: str, *, keep: Keep = Keep.NOTHING) -> str:
        """The key of a recognition service, whose gallery is made if there is none."""
        self.run(service_gallery(self.platform, gallery, keep=keep))
        return self.key(RECOGNITION, gallery=gallery)

    def detection(self) -> str:
        return self.key(DETECTION)

    def verification(self) -> str:
        return self.key(VERIFICATION)


@contextmanager
def serving(new_inference: NewInference | None = None, open_store: OpenStore = memory) -> Iterator[Server]:
    """Runs the server in a thread of its own until the block ends."""
    with dialects.running(router, new_inference, open_store) as one:
        yield Server(**{known.name: getattr(one, known.name) for known in fields(dialects.Server)})
