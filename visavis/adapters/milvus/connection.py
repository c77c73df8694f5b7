"""One connection to Milvus, made at the first use; its failures in our words."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

import grpc
from pymilvus import MilvusClient, MilvusException

from visavis.domain.errors import IndexDown

TIMEOUT_S = 10.0  #: for one call; the client tries again until then


@dataclass(slots=True)
class Connection:
    """Thread-safe, as the client is. A URL of a path that ends in .db starts Milvus Lite in this process."""

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    _client: MilvusClient | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def client(self) -> MilvusClient:
        """Raises `IndexDown`."""
        with self._lock:
            if self._client is None:
                for name in ("pymilvus", "pymilvus.milvus_client"):
                    logging.getLogger(name).setLevel(
                        logging.CRITICAL
                    )  # errors are raised, by us, and not told twice
                with self.failures():
                    self._client = MilvusClient(
                        self.url, token=self.token, timeout=self.timeout_s, dedicated=True
                    )
            return self._client

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """Raises `IndexDown` for whatever the client raises, without the URL, which may hold a password."""
        try:
            yield
        except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
            raise IndexDown(
                f"Milvus at {self.place} cannot be reached, or refuses what it is asked."
            ) from error

    @property
    def place(self) -> str:
        """Host and port, or the file."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or 19530}" if parts.hostname else self.url

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            with self.failures():
                client.close()
