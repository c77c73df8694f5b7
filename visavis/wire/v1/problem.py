"""Problem details, RFC 9457, with the code and hint of the error."""

from typing import Self

from pydantic import Field

from visavis.domain.errors import VisavisError
from visavis.wire.errors import kind_of, status
from visavis.wire.model import Model

PROBLEM_JSON = "application/problem+json"


class FieldProblem(Model):
    """One field of a request that cannot be used."""

    location: str = Field(description="Where: query.limit, body.images.0")
    message: str


class Problem(Model):
    """Why a request was not done (RFC 9457)."""

    type: str = Field(description="Stable identifier of the kind of problem.")
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    code: str = Field(description="Stable name of the kind of error, such as no_face.")
    hint: str = Field(default="", description="What to do next; may be empty.")
    retryable: bool = Field(default=False, description="Whether the same request may work later.")
    reasons: tuple[str, ...] = Field(default=(), description="Finer codes, such as too_dark.")
    request_id: str = Field(default="", description="Finds this request in the log of the server.")
    fields: tuple[FieldProblem, ...] = Field(default=(), description="Fields that cannot be used.")

    @classmethod
    def of(cls, error: VisavisError, *, request_id: str = "", fields: tuple[FieldProblem, ...] = ()) -> Self:
        kind = type(error)
        return cls(
            type=f"urn:visavis:error:{error.code}",
            title=kind().message,
            status=status(kind).http,
            detail=error.message,
            code=error.code,
            hint=error.advice,
            retryable=error.retryable,
            reasons=tuple(str(reason) for reason in error.reasons),
            request_id=request_id,
            fields=fields,
        )

    def error(self, *, retry_after_s: float | None = None) -> VisavisError:
        """The error that was described: of the same class, so that a client's `except` reads as a library's.

        A code of a newer server keeps its name, in the class that its status means.
        """
        wrong = "; ".join(f"{field.location}: {field.message}" for field in self.fields)
        made = kind_of(self.code, self.status)(
            self.detail + (f" ({wrong})" if wrong else ""),
            hint=self.hint,
            reasons=self.reasons,
            retry_after_s=retry_after_s,
            request_id=self.request_id,
            code=self.code,
        )
        made.retryable = self.retryable
        return made
