"""Whether something was signed by whom it says."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document


class SignatureDocument(Document):
    """What the verification of a signed file found."""

    title: ClassVar[str] = "receipts verify"
    kind: Literal["visavis.signature-verified/1"] = Field(
        default="visavis.signature-verified/1", alias="schema"
    )
    valid: bool
    problem: str = Field(description="Empty if it is valid.")
    signed: str = Field(description="The schema of the document that was signed.")
    sha256: str = Field(description="Of the document; entries of the audit log name it.")
    fingerprint: str = Field(description="SHA-256 of the public key that the signature belongs to.")
