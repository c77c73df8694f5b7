"""What a failing database means to callers."""

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from visavis.adapters.postgres.connection import Connection
from visavis.domain.errors import StoreDown


@contextlib.contextmanager
def store_failures() -> Iterator[None]:
    """Turns whatever means "not now" into `StoreDown`, with its cause chained."""
    try:
        yield
    except (errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise StoreDown(
            "The database gave up this transaction in favour of another.", hint="Try again."
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise StoreDown(f"The database cannot be used: {reason}") from error


def require_sound(connection: Connection) -> None:
    """Raises `StoreDown` if an error was swallowed: PostgreSQL would answer COMMIT with a silent rollback."""
    if connection.info.transaction_status is TransactionStatus.INERROR:
        raise StoreDown(
            "The transaction failed before its end, so nothing of it was kept.", hint="Try again."
        )
