"""What comes with an optional extra, and what to say if it is not there."""

from importlib import import_module

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
