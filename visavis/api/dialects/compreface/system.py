"""What CompreFace tells without a key. Nothing here says anything about this installation."""

from typing import Final

from starlette.responses import Response

from visavis.api.dialects.compreface.call import MOST_BODY_BYTES, Call, Endpoint, answer
from visavis.api.dialects.compreface.uploads import MOST_FILE_BYTES
from visavis.domain.errors import InputError
from visavis.wire.compreface.responses import Consistence, Limits


async def config(_: Call) -> Response:
    return answer(Limits(clientMaxFileSize=MOST_FILE_BYTES, clientMaxBodySize=MOST_BODY_BYTES))


async def consistence(_: Call) -> Response:
    return answer(Consistence())


async def migrate(_: Call) -> Response:
    raise InputError("There is nothing to migrate: move a gallery to another model with a job of Visavis.")


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/config", run=config, kind=None),
    Endpoint(method="GET", path="/consistence/status", run=consistence, kind=None),
    Endpoint(method="POST", path="/migrate", run=migrate, kind=None),
)
