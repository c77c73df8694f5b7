"""Where the server is, how it is trusted, and how patient the client is."""

import os
import random
import ssl
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, TypedDict

from visavis.domain.errors import FileUnreadable, NotAuthenticated, SettingsInvalid, ValueInvalid

URL_VARIABLE: Final = "VISAVIS_URL"
KEY_VARIABLE: Final = "VISAVIS_KEY"
DEFAULT_URL: Final = "http://127.0.0.1:8420"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often something that may pass is tried again, and how long is waited in between.

    Waiting doubles from `first_s` to `longest_s`, each time a random half to all of it (equal jitter), and is never
    shorter than the server's Retry-After. A Retry-After beyond `longest_s` is not waited for.
    """

    times: int = 3
    first_s: float = 0.5
    longest_s: float = 30.0

    def __post_init__(self) -> None:
        if self.times < 0 or not 0 <= self.first_s <= self.longest_s:
            raise ValueInvalid("Retries are 0 or more, and the first wait is no longer than the longest.")

    def wait_s(self, tries: int, chance: float, retry_after_s: float | None = None) -> float | None:
        """Before the next try, after `tries` that failed; `None`: give up."""
        if tries > self.times or (retry_after_s or 0.0) > self.longest_s:
            return None
        return max(self.pause_s(tries, chance), retry_after_s or 0.0)

    def pause_s(self, tries: int, chance: float) -> float:
        """The same without an end, for those who never give up."""
        longest = min(self.first_s * 2.0 ** min(tries - 1, 30), self.longest_s)
        return longest * (0.5 + 0.5 * chance)


class Options(TypedDict, total=False):
    """What both clients take."""

    timeout: float
    """Seconds that connecting, and each silence of the server, may take: 30."""
    retries: int | Retries
    """Of what may pass: 3. 0 turns them off."""
    verify: bool | str | Path | ssl.SSLContext
    """Whether the certificate of the server is checked, or a PEM file with the authorities that may have made it."""
    certificate: tuple[str | Path, str | Path] | None
    """PEM files with the client's own certificate and its private key (mTLS)."""
    max_upload_bytes: int
    """Of one request: 64 MiB, as the server's own limit."""
    headers: Mapping[str, str]
    """Sent with every request, as a reverse proxy in front of the server may want it."""
    user_agent: str
    """Your program's name and version; it stands before the client's own."""


def _random() -> float:
    return random.random()  # noqa: S311 (spreads retries; nothing is secret about it)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Everything that requests have in common. `chance` and `new_key` are for tests."""

    url: str
    key: str = field(repr=False)
    timeout_s: float = 30.0
    retries: Retries = Retries()
    trust: ssl.SSLContext | bool = field(default=True, repr=False)
    max_upload_bytes: int = 64 * 2**20
    user_agent: str = ""
    more_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    chance: Callable[[], float] = _random
    new_key: Callable[[], str] = lambda: str(uuid.uuid4())

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueInvalid("The address of a server begins with https:// or http://.")
        if self.timeout_s <= 0 or self.max_upload_bytes <= 0:
            raise ValueInvalid("Timeout and upload limit are above zero.")
        if not self.key.isascii() or not self.key.isprintable():
            raise NotAuthenticated("This is not an API key.")

    @property
    def headers(self) -> dict[str, str]:
        headers = {**self.more_headers, "User-Agent": self.user_agent, "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        return headers


def connection_to(url: str | None, key: str | None, options: Options) -> Connection:
    """With what is left out taken from VISAVIS_URL and VISAVIS_KEY (or VISAVIS_KEY_FILE).

    Raises `ValueInvalid`, `FileUnreadable`, `SettingsInvalid`, `NotAuthenticated`.
    """
    retries = options.get("retries", 3)
    agent = f"visavis-python/{_version()}"
    return Connection(
        url=(url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/"),
        key=_key() if key is None else key,
        timeout_s=options.get("timeout", 30.0),
        retries=retries if isinstance(retries, Retries) else Retries(times=retries),
        trust=_trust(options.get("verify", True), options.get("certificate")),
        max_upload_bytes=options.get("max_upload_bytes", 64 * 2**20),
        user_agent=f"{options.get('user_agent', '')} {agent}".strip(),
        more_headers=options.get("headers", {}),
    )


def _key() -> str:
    path = os.environ.get(f"{KEY_VARIABLE}_FILE")
    if path is None:
        return os.environ.get(KEY_VARIABLE, "")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"The file named by {KEY_VARIABLE}_FILE cannot be read.") from error


def _trust(
    verify: bool | str | Path | ssl.SSLContext, certificate: tuple[str | Path, str | Path] | None
) -> ssl.SSLContext | bool:
    if isinstance(verify, ssl.SSLContext):
        context = verify
    elif isinstance(verify, bool) and certificate is None:
        return verify
    else:
        context = _context(verify)
    if certificate is not None:
        try:
            context.load_cert_chain(*certificate)
        except (OSError, ssl.SSLError) as error:
            raise FileUnreadable("The certificate of the client cannot be read.") from error
    return context


def _context(verify: bool | str | Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if isinstance(verify, bool) else str(verify))
    except (OSError, ssl.SSLError) as error:
        raise FileUnreadable("The file with authorities cannot be read.") from error
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _version() -> str:
    try:
        return version("visavis")
    except PackageNotFoundError:
        return "0"
