"""What comes with an optional extra, and what to say if it is not there."""

from importlib import import_module
from importlib.util import find_spec

from visavis.domain.errors import DependencyMissing


def require_store() -> None:
    """Raises `DependencyMissing` if what a database needs is not installed."""
    try:
        import_module("visavis.bootstrap.local")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("visavis"):
            raise
        raise DependencyMissing(
            f"The package {error.name.partition('.')[0]}, which the database needs, is not installed.",
            hint="Run: pip install 'visavis[embedded]'",
        ) from error


def has_server() -> bool:
    """Whether the extra visavis[server] is installed."""
    return all(find_spec(name) is not None for name in ("fastapi", "uvicorn", "grpc", "procrastinate"))


def has_console() -> bool:
    """Whether the extra visavis[console] is installed."""
    return all(
        find_spec(name) is not None for name in ("cryptography", "fastapi", "httpx", "jinja2", "uvicorn")
    )


def require_console() -> None:
    """Raises `DependencyMissing` if what the console needs is not installed."""
    if not has_console():
        raise DependencyMissing(
            "What the console needs is not installed.", hint="Run: pip install 'visavis[console]'"
        )


def require_server() -> None:
    """Raises `DependencyMissing` if what the server needs is not installed."""
    if not has_server():
        raise DependencyMissing(
            "What the server needs is not installed.", hint="Run: pip install 'visavis[server]'"
        )
