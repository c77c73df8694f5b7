"""The dialect behind a real HTTP server on the loopback interface, for real AWS clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config

from tests import dialects
from tests.dialects import NewInference, OpenStore, memory
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.api.dialects.rekognition.router import router
from visavis.application.access.api_keys import KeyRequest
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import KeyKind, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(dialects.Server):
    def key(
        self,
        permissions: frozenset[Permission] = frozenset(Permission),
        *,
        galleries: frozenset[str] | None = None,
        rate: Rate | None = None,
    ) -> tuple[str, str]:
        """A new access key and its secret."""
        wanted = KeyRequest(
            name=f"test {RandomIdentifiers().new()}",
            permissions=permissions,
            kind=KeyKind.ACCESS_KEY,
            galleries=galleries,
            rate=rate,
        )
        made = self.run(self.keys.create(local_principal("test"), wanted))
        return made.key.label, made.secret

    def client(self, key: tuple[str, str] | None = None, *, path: str = "", region: str = "eu-west-1") -> Any:
        """boto3's own client: only the address and the keys differ from Amazon's."""
        access_key, secret = key or self.key()
        return boto3.client(
            "rekognition",
            endpoint_url=self.url + path,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            region_name=region,
            config=Config(retries={"total_max_attempts": 1}),
        )


@contextmanager
def serving(new_inference: NewInference | None = None, open_store: OpenStore = memory) -> Iterator[Server]:
    """Runs the server in a thread of its own until the block ends."""
    with dialects.running(router, new_inference, open_store) as one:
        yield Server(**{known.name: getattr(one, known.name) for known in fields(dialects.Server)})
