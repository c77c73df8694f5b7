"""All settings, in one frozen tree.

Sources, strongest first: what the caller passes (command-line flags), environment variables `VISAVIS_…` with
`__` between levels, the same with `_FILE` appended naming a file that holds the value (for secrets),
`visavis.toml` in the working directory or the user's configuration directory, defaults. Thresholds are not
settings: they are calibrated data on a gallery's policy.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from visavis.domain.errors import SettingsInvalid

_KEY_FILE = "visavis_keys__file"  # a field of its own, not the file form of a field called VISAVIS_KEYS_
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
        description="The pack that new galleries and commands without --pack use.",
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
        description="Photos that are analysed at the same time. Default: the number of cores, at most 8.",
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
