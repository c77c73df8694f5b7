"""The bodies that the dialect takes as JSON. Fields that are not known are ignored: SDKs send some."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_MOST = 1000

Embedding = Annotated[
    tuple[Annotated[float, Field(allow_inf_nan=False)], ...], Field(min_length=1, max_length=8192)
]


class Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SubjectBody(Sent):
    subject: str | None = None


class EmbeddingsBody(Sent):
    embeddings: Annotated[tuple[Embedding, ...], Field(min_length=1, max_length=_MOST)]


class PairsBody(Sent):
    source: Embedding
    targets: Annotated[tuple[Embedding, ...], Field(min_length=1, max_length=_MOST)]
