"""The values that requests and answers are made of, as narrow in the description as they are in truth."""

import json

from pydantic import ConfigDict
from pydantic.config import JsonDict

from visavis.wire.values import LARGEST, PLAIN, Moment, Name, Text

__all__ = ["LARGEST", "PLAIN", "Moment", "Name", "Text", "closed"]


def closed(**example: object) -> ConfigDict:
    """The configuration of what clients send: fields that are not known are refused; with an example of it."""
    shown: JsonDict = {"examples": [json.loads(json.dumps(example))]}
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra=shown)
