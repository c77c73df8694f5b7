"""An imitation of CompreFace's clients: the requests that were seen on the wire, byte for byte where it matters."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

_BOUNDARY = "e0c4f5b3a1d24d6f9a7b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def failure(self) -> tuple[int, int, str]:
        return self.status, self.json["code"], self.json["message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`key` is sent as x-api-key; `None`: no header."""

    url: str
    key: str | None

    def send(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> Answer:
        request = urllib.request.Request(  # noqa: S310 (our own server)
            f"{self.url}/api/v1{path}", data=body, method=method
        )
        if self.key is not None:
            request.add_header("x-api-key", self.key)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return Answer(status=answer.status, headers=_lower(answer.headers), content=answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(status=error.code, headers=_lower(error.headers), content=error.read())

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def json(self, method: str, path: str, document: object) -> Answer:
        return self.send(method, path, json.dumps(document).encode(), "application/json")

    def upload(self, path: str, name: str = "image.jpg", /, **parts: bytes) -> Answer:
        """Parts with a file name and without a content type, as requests-toolbelt writes them."""
        body = b"".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for part, content in parts.items()
        )
        return self.send(
            "POST",
            path,
            body + f"--{_BOUNDARY}--\r\n".encode(),
            f"multipart/form-data; boundary={_BOUNDARY}",
        )


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
