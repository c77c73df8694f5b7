"""What all documents have in common."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from visavis.domain.errors import ValueInvalid


class Model(BaseModel):
    """A frozen part of a document. Readers ignore fields they do not know, so that documents can grow."""

    model_config = ConfigDict(
        frozen=True, serialize_by_alias=True, validate_by_alias=True, validate_by_name=True
    )


class Document(Model):
    """A whole document. Its field `schema` names it and the version of its meaning: fields may be added to a
    version; nothing is removed or changed in it.
    """

    title: ClassVar[str]  #: what it is, for the reference

    @classmethod
    def name(cls) -> str:
        """The value of `schema`, as in `visavis.detect/1`."""
        default = cls.model_fields["kind"].default
        if not isinstance(default, str):
            raise ValueInvalid(f"The document {cls.__name__} has no name.")
        return default

    def pretty(self) -> str:
        """Several lines, for one document on its own."""
        return self.model_dump_json(indent=2)

    def line(self) -> str:
        """One line, for a stream of documents."""
        return self.model_dump_json()


def _significant(value: float) -> float:
    return float(f"{value:.6g}")


Number = Annotated[float, PlainSerializer(_significant, return_type=float)]
"""A measured number, written with six significant digits."""

Identifier = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
"""A UUID in an answer."""
