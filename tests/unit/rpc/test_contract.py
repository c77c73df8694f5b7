"""What is written down about the API is what it does."""

from scripts.grpc_reference import TARGET, page
from visavis.domain import errors
from visavis.domain.errors import Overloaded, QualityTooLow, VisavisError
from visavis.rpc.errors import code_of, refusal
from visavis.wire.errors import STATUSES
from visavis.wire.grpc import error_metadata, error_of


def test_the_reference_is_up_to_date() -> None:
    assert TARGET.read_text() == page(), "run: python scripts/grpc_reference.py"


def test_every_error_crosses_the_wire() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, VisavisError)
    ]
    assert len(kinds) > 50
    for kind in kinds:
        sent = kind("It is — so.", hint="Do é.", reasons=("too_dark", "cut_off"), retry_after_s=1.25)
        back = error_of(sent.message, error_metadata(sent))
        assert type(back) is kind
        assert back is not None
        assert (back.message, back.advice, back.reasons) == (sent.message, sent.advice, sent.reasons)
        assert back.retry_after_s == 1.25
        assert code_of(sent).name == next(STATUSES[base].grpc for base in kind.__mro__ if base in STATUSES)


def test_metadata_are_ascii_except_in_binary_keys() -> None:
    for key, value in error_metadata(QualityTooLow(hint="Ein bißchen heller.", reasons=("too_dark",))):
        assert key.endswith("-bin") == isinstance(value, bytes)
        assert isinstance(value, bytes) or value.isascii()


def test_an_unknown_code_is_an_error_all_the_same() -> None:
    assert type(error_of("later", (("visavis-code", "of_the_future"),))) is VisavisError
    assert error_of("no code", ()) is None


def test_of_several_errors_ours_counts() -> None:
    overloaded = Overloaded()
    assert refusal(BaseExceptionGroup("", [ValueError(), overloaded])) is overloaded
    assert type(refusal(ValueError())) is VisavisError
