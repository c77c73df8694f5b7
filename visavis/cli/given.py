"""What options and files say, checked as a request would be."""

from collections.abc import Iterator
from contextlib import contextmanager

from visavis.domain.errors import ValueInvalid


@contextmanager
def valid(what: str) -> Iterator[None]:
    """Around the making of a request: `valid("a door")`. Raises `ValueInvalid`, which names the first field that is
    wrong, and never what was said."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(one) for one in first["loc"])
        raise ValueInvalid(f"This is not {what}: {f'{place}: ' if place else ''}{first['msg']}.") from error
