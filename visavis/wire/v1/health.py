"""The state of a server."""

from typing import Literal

from pydantic import Field

from visavis.wire.model import Model


class Health(Model):
    status: Literal["ok"]
    version: str


class Readiness(Model):
    status: Literal["ok", "unavailable"]
    problems: dict[str, str] = Field(default={}, description="What is missing, by component.")
