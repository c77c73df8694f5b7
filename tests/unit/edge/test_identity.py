"""Who an agent is: made once, kept for its own user alone."""

import base64
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Self

import pytest

from visavis.domain.errors import AlreadyExists, FileUnreadable, NotAuthenticated
from visavis.edge.identity import API_KEY, IDENTITY, enrol, identity_in
from visavis.wire.edge import ServerConfig
from visavis.wire.v1.agents import AgentEnrolled

SERVER = ServerConfig(url="https://faces.example.org")
SIGNING_KEY = bytes(range(32))


class FakeClient:
    """Lets anybody in who has the token."""

    def __init__(self, server: ServerConfig) -> None:
        self.outposts = SimpleNamespace(enrol=self.enrol)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def enrol(self, token: str, sealing_key: str) -> AgentEnrolled:
        if token != "va_right":  # noqa: S105
            raise NotAuthenticated
        return AgentEnrolled(
            agent_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
            name="gate",
            galleries=("staff",),
            key="vv_key",
            signing_key=base64.b64encode(SIGNING_KEY).decode(),
        )


def test_an_agent_is_enrolled_once_and_known_afterwards(tmp_path: Path) -> None:
    made = enrol("va_right", SERVER, tmp_path, connect=FakeClient)  # type: ignore[arg-type]
    assert identity_in(tmp_path) == made
    assert made.signing_key == SIGNING_KEY
    assert (tmp_path / API_KEY).read_text() == "vv_key"
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {API_KEY: 0o600, IDENTITY: 0o600}
    assert "vv_key" not in repr(made)
    with pytest.raises(AlreadyExists):
        enrol("va_right", SERVER, tmp_path, connect=FakeClient)  # type: ignore[arg-type]


def test_a_wrong_token_leaves_nothing(tmp_path: Path) -> None:
    for token in ("va_wrong", "vv_something_else"):
        with pytest.raises(NotAuthenticated):
            enrol(token, SERVER, tmp_path, connect=FakeClient)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    assert identity_in(tmp_path) is None


def test_an_identity_that_others_may_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    enrol("va_right", SERVER, tmp_path, connect=FakeClient)  # type: ignore[arg-type]
    (tmp_path / IDENTITY).chmod(0o644)
    with pytest.raises(FileUnreadable, match="Others"):
        identity_in(tmp_path)
    (tmp_path / IDENTITY).chmod(0o600)
    (tmp_path / IDENTITY).write_text("{}")
    with pytest.raises(FileUnreadable, match="damaged"):
        identity_in(tmp_path)
