"""LISTEN for the announcements of new events, on a connection of its own."""

from collections.abc import Callable

import psycopg

from visavis.adapters.postgres.connection import checked_url, connect_options
from visavis.adapters.postgres.events import CHANNEL

_QUIET_S = 30.0  #: after which the connection is tried, since a dead one says nothing


class Announcements:
    """Callable as `visavis.adapters.feed.listening.Listen`."""

    def __init__(self, url: str) -> None:
        self._url = checked_url(url)

    async def __call__(self, heard: Callable[[str], None]) -> None:
        """Raises `ConnectionError` when the connection cannot be made or is lost."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=int(connect_options(self._url).get("connect_timeout", 5)),
            )
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                heard("")  # what came before is looked for
                while True:
                    async for notice in connection.notifies(timeout=_QUIET_S):
                        heard(notice.payload)
                    await connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise ConnectionError("The connection to the database was lost.") from error
