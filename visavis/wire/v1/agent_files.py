"""What an agent fetches beside its configuration: model packs, and copies of galleries."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Model
from visavis.wire.v1.agents import SignedNote
from visavis.wire.v1.values import Name


class PackFile(Model):
    """A file of a model pack."""

    name: str = Field(
        description="Where it belongs: an artefact's file name, or a file of the pack's description."
    )
    kind: Literal["artefact", "manifest", "calibration"]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: int
    licence: str = ""


class PackContents(Document):
    """The text of a signed list of files."""

    title: ClassVar[str] = "The files of a model pack, as they are signed"
    kind: Literal["visavis.pack-contents/1"] = Field(default="visavis.pack-contents/1", alias="schema")
    pack: Name
    model: str = Field(description="Key of the embedder's identity.")
    builtin: bool = Field(description="Whether every installation knows its description.")
    files: tuple[PackFile, ...]


class PackManifest(Model):
    """Signed with the key that the device pinned."""

    contents: SignedNote


class CopyPart(Model):
    """What changed in a gallery, encrypted for this agent."""

    box: str = Field(description="Base64; opens with the agent's own X25519 key.")
    signature: str = Field(description="Ed25519 over what it is about and the box, base64.")
