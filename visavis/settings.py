"""All settings, in one frozen tree.

Sources, strongest first: what the caller passes (command-line flags), environment variables `VISAVIS_…` with
`__` between levels, the same with `_FILE` appended naming a file that holds the value (for secrets),
`visavis.toml` in the working directory or the user's configuration directory, defaults. Thresholds are not
settings: they are calibrated data on a gallery's policy.
"""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, cast

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from visavis.domain.access import Role
from visavis.domain.errors import SettingsInvalid

_KEY_FILE = "visavis_keys__file"  # a field of its own, not the file form of a field called VISAVIS_KEYS_
_SHORT = {
    "visavis_url": "visavis_client__url",
    "visavis_key": "visavis_client__key",
}  # as the client reads them
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(BaseModel):
    model_config = _FROZEN

    url: SecretStr | None = Field(
        default=None,
        title="Database URL",
        description="PostgreSQL 15 or newer, as postgresql://user:password@host/database. "
        "Without it an embedded PostgreSQL is kept in the data directory.",
    )
    pool_size: int = Field(
        default=8, ge=1, le=200, title="Connections", description="Largest number of connections per process."
    )


class KeySettings(BaseModel):
    model_config = _FROZEN

    master: SecretStr | None = Field(
        default=None,
        title="Master key",
        description="32 bytes in base64, or several separated by commas (the last one is current). "
        "Without it a key file is created at first start.",
    )
    file: Path | None = Field(
        default=None,
        title="Key file",
        description="Where the master key is kept, readable by its owner only. Default: keys.json in the "
        "data directory.",
    )


class ModelSettings(BaseModel):
    model_config = _FROZEN

    pack: str = Field(
        default="standard",
        title="Model pack",
        description="The pack that new galleries and commands without --pack use. Default: the promoted one "
        "(visavis models promote), or standard if none is.",
    )
    detector: str | None = Field(
        default=None,
        title="Detector",
        description="Finds the faces instead of the pack's own detector: yunet, mtcnn. Templates stay comparable.",
    )
    directory: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("visavis") / "models",
        title="Model directory",
        description="Where model files are kept; it can be filled on one machine and copied to another. Default: "
        "visavis/models in the user's cache directory.",
    )
    offline: bool = Field(
        default=False, title="Offline", description="Never fetch a model; use only what is in the directory."
    )
    provider: Literal["cpu", "cuda"] = Field(
        default="cpu", title="Provider", description="What models run on. CUDA needs onnxruntime-gpu."
    )


class LimitSettings(BaseModel):
    model_config = _FROZEN

    max_image_bytes: int = Field(
        default=32 * 2**20,
        ge=1024,
        le=2**30,
        title="Image size, bytes",
        description="Larger files are refused before they are decoded.",
    )
    max_image_pixels: int = Field(
        default=64_000_000,
        ge=10_000,
        le=500_000_000,
        title="Image size, pixels",
        description="Images with more pixels are refused before they are decoded.",
    )


class ServingSettings(BaseModel):
    model_config = _FROZEN

    max_queue: int = Field(
        default=4,
        ge=1,
        le=10_000,
        title="Waiting photos",
        description="Photos that may wait for each worker thread. Further ones are refused at once.",
    )
    max_wait_ms: float = Field(
        default=1_000.0,
        ge=1.0,
        le=60_000.0,
        title="Longest wait, ms",
        description="A photo that would wait longer than this for a worker thread is refused at once, so that the "
        "others stay fast.",
    )
    batch_faces: int = Field(
        default=4,
        ge=1,
        le=256,
        title="Faces per batch",
        description="Faces of different requests that one run of the recognition model takes together. A GPU likes "
        "more.",
    )
    batch_wait_ms: float = Field(
        default=5.0,
        ge=0.0,
        le=1_000.0,
        title="Wait for company, ms",
        description="How long a face may give way to waiting photos so that a batch fills. A free worker thread never "
        "waits.",
    )
    detection_url: str | None = Field(
        default=None,
        title="Detection service",
        description="gRPC address of another server that finds faces, as https://host:8421. Default: this process.",
    )
    recognition_url: str | None = Field(
        default=None,
        title="Recognition service",
        description="gRPC address of another server that computes templates. Default: this process.",
    )
    remote_key: SecretStr | None = Field(
        default=None,
        title="Key for services",
        description="API key with the permission inference, for both.",
    )
    remote_timeout_s: float = Field(
        default=10.0, ge=0.1, le=300.0, title="Answer of a service, s", description="How long it may take."
    )
    remote_ca: Path | None = Field(
        default=None,
        title="Authority of services",
        description="PEM file with the authorities that certify them. Default: those of the system.",
    )
    remote_certificate: Path | None = Field(
        default=None,
        title="Certificate for services",
        description="PEM file with the certificate that this server shows them (mTLS).",
    )
    remote_certificate_key: Path | None = Field(
        default=None, title="Its key", description="PEM file with the private key of that certificate."
    )


class IndexSettings(BaseModel):
    model_config = _FROZEN

    kind: Literal["memory", "milvus"] = Field(
        default="memory",
        title="Index",
        description="Where galleries are searched: in the memory of each process, or in a Milvus that all share.",
    )
    mode: Literal["auto", "exact", "cascade"] = Field(
        default="auto",
        title="Search in memory",
        description="exact: every template as 8-bit integers. cascade: first one bit for each dimension, then the "
        "best thousand as integers, ten times as fast among a million. auto: cascade for 20,000 templates and more "
        "of 256 dimensions and more, if faiss-cpu is installed.",
    )
    milvus_url: str | None = Field(
        default=None,
        title="Milvus URL",
        description="As https://host:19530/database, with a database for each installation. A path ending in .db "
        "is kept by Milvus Lite, for one process.",
    )
    milvus_token: SecretStr | None = Field(
        default=None, title="Milvus token", description="As user:password, or an API key."
    )


class ServerSettings(BaseModel):
    model_config = _FROZEN

    host: str = Field(
        default="127.0.0.1",
        title="Address",
        description="Address that the API listens on; 0.0.0.0 for all. Beyond this machine, use TLS.",
    )
    port: int = Field(default=8420, ge=0, le=65535, title="REST port", description="Port of the REST API.")
    grpc_port: int = Field(
        default=8421, ge=0, le=65535, title="gRPC port", description="Port of the gRPC API; 0 turns it off."
    )
    processes: int = Field(
        default=1,
        ge=1,
        le=64,
        title="API processes",
        description="Each has its own models and indexes in memory, and `workers` threads.",
    )
    public_url: str = Field(
        default="",
        title="Public URL",
        description="Where clients reach the API, as https://faces.example.org; for links and sign-in. Default: "
        "made of address and port.",
    )
    tls_certificate: Path | None = Field(
        default=None, title="TLS certificate", description="PEM file with the certificate and its chain."
    )
    tls_key: Path | None = Field(default=None, title="TLS key", description="PEM file with the private key.")
    tls_client_ca: Path | None = Field(
        default=None,
        title="Client certificates",
        description="PEM file with the authorities whose client certificates are required (mTLS).",
    )
    trusted_proxies: str = Field(
        default="",
        title="Trusted proxies",
        description="Addresses, separated by commas, whose X-Forwarded headers are believed.",
    )
    max_body_bytes: int = Field(
        default=64 * 2**20,
        ge=1024,
        le=2**31,
        title="Request size, bytes",
        description="Larger requests are refused before they are read.",
    )
    max_bodies_bytes: int = Field(
        default=512 * 2**20,
        ge=1024,
        le=2**40,
        title="Requests together, bytes",
        description="What the bodies of all requests to the REST API of a process may take at the same time. Further "
        "ones are refused at once. At least one of the largest size always fits.",
    )
    body_timeout_s: float = Field(
        default=30.0,
        ge=0.1,
        le=3600,
        title="Request time, s",
        description="In which a request has to arrive.",
    )
    drain_s: int = Field(
        default=20,
        ge=0,
        le=600,
        title="Drain time, s",
        description="How long requests that were accepted may take after the server was told to stop.",
    )

    max_connections: int = Field(
        default=1000,
        ge=10,
        le=100_000,
        title="Connections of clients",
        description="At once, to the REST API of each process. Further ones are answered 503.",
    )
    header_timeout_s: float = Field(
        default=10.0,
        ge=0.1,
        le=600,
        title="Header time, s",
        description="In which the head of a request has to arrive; then the connection is closed.",
    )
    event_streams: int = Field(
        default=16,
        ge=1,
        le=10_000,
        title="Event streams of a caller",
        description="How often one user or API key may follow the log over REST at the same time, in each process.",
    )
    grpc_reflection: bool = Field(
        default=True,
        title="gRPC reflection",
        description="Whether anybody who reaches the gRPC port may ask what it offers. It tells nothing that the "
        "documentation does not.",
    )

    @model_validator(mode="after")
    def _with_certificate(self) -> Self:
        """Without a certificate there is no TLS, and nobody would be asked for one."""
        if self.tls_certificate is None and (self.tls_key is not None or self.tls_client_ca is not None):
            raise ValueError("tls_key and tls_client_ca need tls_certificate")
        return self

    @property
    def secure(self) -> bool:
        return self.tls_certificate is not None

    @property
    def url(self) -> str:
        """Where clients reach the API, without a slash at its end."""
        return self.public_url.rstrip("/") or self.local_url

    @property
    def local_url(self) -> str:
        """Where this machine reaches it."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"


class ConsoleSettings(BaseModel):
    model_config = _FROZEN

    enabled: bool = Field(
        default=True,
        title="With the server",
        description="Whether `visavis up` starts the console, too, where it is installed (visavis[console]).",
    )
    host: str = Field(
        default="127.0.0.1",
        title="Address",
        description="Address that the console listens on; 0.0.0.0 for all. Beyond this machine, use TLS: browsers "
        "give pages a webcam over TLS only.",
    )
    port: int = Field(default=8422, ge=0, le=65535, title="Port", description="Port of the console.")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://.*)?$",
        title="Public URL",
        description="Where browsers reach the console, as https://faces.example.org: the way back from an identity "
        "provider. Default: server.public_url, or the console that `visavis up` starts on this machine.",
    )
    api_url: str = Field(
        default="",
        pattern=r"^(https?://.*)?$",
        title="API",
        description="How the console reaches the API. Default: the API of this machine.",
    )
    tls_certificate: Path | None = Field(
        default=None, title="TLS certificate", description="PEM file with the certificate and its chain."
    )
    tls_key: Path | None = Field(default=None, title="TLS key", description="PEM file with the private key.")
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        title="Secret",
        description="What kiosks and capture widgets are given is sealed with it: the same for all consoles of one "
        "address. Default: a secret in the data directory, made at the first start.",
    )
    widget_origins: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+(, *https?://[A-Za-z0-9.:\[\]-]+)*)?$",
        title="Widget origins",
        description="Sites, separated by commas, that may show the capture widget, such as https://shop.example.org. "
        "No other page of the console can be shown by other sites.",
    )


class AccessSettings(BaseModel):
    model_config = _FROZEN

    session_idle_s: int = Field(
        default=2 * 3600,
        ge=300,
        le=30 * 86_400,
        title="Idle session, s",
        description="Without a request for this long, a user is signed out.",
    )
    session_longest_s: int = Field(
        default=12 * 3600,
        ge=300,
        le=90 * 86_400,
        title="Longest session, s",
        description="After which a user signs in again in any case.",
    )
    address_rate: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        title="Requests per address",
        description="Per minute, in each process, before anybody is known; 0: no limit.",
    )
    sign_in_rate: int = Field(
        default=30,
        ge=1,
        le=10_000_000,
        title="Sign-ins per address",
        description="Tries per minute, in each process, beside the lock-out after wrong passwords.",
    )


class OidcSettings(BaseModel):
    model_config = _FROZEN

    issuer: str | None = Field(
        default=None,
        title="OpenID provider",
        description="Its address, exactly as it calls itself, as https://id.example.org/realms/staff. Without it "
        "users sign in with passwords only.",
    )
    client_id: str = Field(
        default="", title="Client id", description="What this installation is called at the provider."
    )
    client_secret: SecretStr | None = Field(
        default=None, title="Client secret", description="Its secret there; none for a public client."
    )
    scopes: str = Field(
        default="openid email profile", title="Scopes", description="What is asked for, separated by blanks."
    )
    roles_claim: str = Field(
        default="",
        title="Claim with roles",
        description="Where a token names groups or roles, as groups or realm_access.roles.",
    )
    roles: dict[str, Role] = Field(
        default_factory=dict,
        title="Roles",
        description="Which value of that claim gives which role, the strongest first. As an environment variable: "
        'JSON, as {"faces-admins": "administrator"}.',
    )
    default_role: Role | None = Field(
        default=None,
        title="Role without a claim",
        description="Of users that are made at their first sign-in.",
    )
    create_users: bool = Field(
        default=False,
        title="Make users",
        description="Make a user at the first sign-in, if there is a role for it. Otherwise somebody adds it before.",
    )
    link_by_email: bool = Field(
        default=False,
        title="Link by e-mail",
        description="A user that was added with an e-mail address may sign in with an identity whose address the "
        "provider has verified. Only for a provider that is trusted with all addresses.",
    )


class JobSettings(BaseModel):
    model_config = _FROZEN

    import_dir: Path | None = Field(
        default=None,
        title="Import directory",
        description="Photos below it can be enrolled and classified by their path, in the default tenant. Without it, "
        "none can.",
    )
    max_items: int = Field(
        default=10_000, ge=1, le=1_000_000, title="Items per job", description="Photos that one job may have."
    )
    max_bytes: int = Field(
        default=2 * 2**30,
        ge=2**20,
        le=2**40,
        title="Bytes per job",
        description="What the photos of one job may take together; they are kept until they are processed.",
    )
    keep_days: int = Field(
        default=7,
        ge=1,
        le=3650,
        title="Results, days",
        description="How long results of jobs and of deliveries to webhooks are kept.",
    )
    streams: int = Field(
        default=2,
        ge=1,
        le=64,
        title="Streams at once",
        description="Sources whose photos a worker process classifies at the same time. Each takes two connections.",
    )
    stalled_s: int = Field(
        default=30,
        ge=3,
        le=3600,
        title="Silence of a worker, s",
        description="After which it is taken for dead and its work is given to others.",
    )


class WebhookSettings(BaseModel):
    model_config = _FROZEN

    allow_http: bool = Field(
        default=False, title="Webhooks without TLS", description="Whether addresses may begin with http://."
    )
    allow_hosts: str = Field(
        default="",
        title="Webhooks in private networks",
        description="Hosts, separated by commas, that webhooks may lead to although they are not on the internet.",
    )
    timeout_s: float = Field(
        default=10.0, ge=0.1, le=60.0, title="Answer of a webhook, s", description="How long it may take."
    )

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(host.strip().lower() for host in self.allow_hosts.split(",") if host.strip())


class ClientSettings(BaseModel):
    model_config = _FROZEN

    url: str | None = Field(
        default=None,
        title="Server",
        description="Address of a server that commands are sent to, instead of the database of this machine. Also as "
        "VISAVIS_URL.",
    )
    key: SecretStr | None = Field(
        default=None, title="Key for it", description="API key for that server. Also as VISAVIS_KEY."
    )
    ca: Path | None = Field(
        default=None,
        title="Authority of the server",
        description="PEM file with the authorities that certify it. Default: those that the HTTP library brings.",
    )
    certificate: Path | None = Field(
        default=None,
        title="Certificate of the client",
        description="PEM file with the certificate that commands show to the server (mTLS).",
    )
    certificate_key: Path | None = Field(
        default=None, title="Its key", description="PEM file with the private key of that certificate."
    )


class DriftSettings(BaseModel):
    model_config = _FROZEN

    reference_captures: int = Field(
        default=1000,
        ge=200,
        le=1_000_000,
        title="Captures of the reference",
        description="Of each source, the first so many faces are what is usual there.",
    )
    reference_hours: float = Field(
        default=0.0,
        ge=0,
        le=8760,
        title="Time of the reference, hours",
        description="It takes at least as long. Where daylight falls in, 24 make day and night usual.",
    )
    max_monitors: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        title="Monitors",
        description="Sources of a tenant that are watched, counted in each gallery; further ones are not.",
    )


class AgentSettings(BaseModel):
    model_config = _FROZEN

    poll_s: float = Field(
        default=10.0,
        ge=0.1,
        le=3600.0,
        title="Interval of agents, s",
        description="So often agents ask for their configuration and say how they are; after three without a word "
        "one is silent.",
    )


class CameraSettings(BaseModel):
    model_config = _FROZEN

    trial_networks: str = Field(
        default="10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
        title="Networks of cameras",
        description="Networks, separated by commas, in which the server tries a camera for an administrator (RFC 1918, "
        "RFC 4193). Nothing else is connected to; empty: no camera is tried from the server.",
    )
    trial_s: float = Field(
        default=8.0,
        ge=1.0,
        le=60.0,
        title="Patience with a camera, s",
        description="So long the server waits for the first picture of a camera that is tried.",
    )
    snapshot_s: float = Field(
        default=600.0,
        ge=10.0,
        le=86_400.0,
        title="Life of a snapshot, s",
        description="The newest picture of a camera is forgotten after so long without a newer one.",
    )

    @property
    def networks(self) -> frozenset[str]:
        """What `trial_networks` names."""
        return frozenset(filter(None, (one.strip() for one in self.trial_networks.split(","))))

    @model_validator(mode="after")
    def _networks(self) -> Self:
        for one in self.networks:
            ipaddress.ip_network(one)
        return self


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="VISAVIS_", env_nested_delimiter="__", extra="forbid"
    )

    data_dir: Path = Field(
        default_factory=lambda: default_data_dir(),
        title="Data directory",
        description="Holds the embedded database and the key file. Default: visavis in the user's data directory, "
        "/var/lib/visavis for root.",
    )
    workers: int = Field(
        default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)),
        ge=1,
        le=256,
        title="Worker threads",
        description="Photos that each process analyses at the same time. Default: the number of cores, at most 8.",
    )
    exact_index: bool = Field(
        default=False,
        title="Exact index",
        description="Search in 32-bit floats instead of 8-bit integers: four times the memory, no faster, same "
        "answers. For comparisons.",
    )
    database: DatabaseSettings = DatabaseSettings()
    keys: KeySettings = KeySettings()
    models: ModelSettings = Field(default_factory=ModelSettings)
    limits: LimitSettings = LimitSettings()
    index: IndexSettings = IndexSettings()
    serving: ServingSettings = ServingSettings()
    server: ServerSettings = ServerSettings()
    jobs: JobSettings = JobSettings()
    drift: DriftSettings = DriftSettings()
    agents: AgentSettings = AgentSettings()
    cameras: CameraSettings = CameraSettings()
    webhooks: WebhookSettings = WebhookSettings()
    access: AccessSettings = AccessSettings()
    console: ConsoleSettings = ConsoleSettings()
    client: ClientSettings = ClientSettings()
    oidc: OidcSettings = Field(default_factory=OidcSettings)

    @property
    def key_file(self) -> Path:
        return self.keys.file or self.data_dir / "keys.json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (signature of the library)
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            _Environment(settings_cls),
            TomlConfigSettingsSource(settings_cls, toml_file=configuration_files()),
        )


class _Environment(EnvSettingsSource):
    """`VISAVIS_KEYS__MASTER_FILE=/run/secrets/key` stands for `VISAVIS_KEYS__MASTER` and the file's content."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        variables: dict[str, str | None] = {}
        for name, value in os.environ.items():
            lower = name.lower()
            if not lower.startswith("visavis_"):
                continue
            if lower.endswith("_file") and lower != _KEY_FILE:
                variables.setdefault(lower.removesuffix("_file"), _content(name, value))
            else:
                variables[lower] = value
        for short, name in _SHORT.items():
            if short in variables:
                variables.setdefault(name, variables[short])
        return variables


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"The file named by {variable} cannot be read.") from error


def default_data_dir() -> Path:
    """Root's home is closed to the account that the embedded database runs as, so root uses the system's place."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/visavis")
    return Path(platformdirs.user_data_dir("visavis"))


def configuration_files() -> list[Path]:
    """Where settings are looked for, the stronger last."""
    return [Path(platformdirs.user_config_dir("visavis")) / "visavis.toml", Path("visavis.toml")]


def load_settings(**flags: object) -> Settings:
    """The settings; `flags` that are not `None` win. Raises `SettingsInvalid` naming every wrong field."""
    try:
        given = {name: value for name, value in flags.items() if value is not None}
        return Settings(**cast("dict[str, Any]", given))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise SettingsInvalid(f"Settings are invalid: {problems}.") from error
    except ValueError as error:
        raise SettingsInvalid("A settings file or variable cannot be read.") from error
