"""Galleries as people read them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.galleries import GalleriesDocument, GalleryEntry


def render(console: "Console", document: "GalleriesDocument") -> None:
    """A table."""
    from visavis.cli.tables import print_line, print_table

    if not document.galleries:
        print_line(console, "There is no gallery yet. The first enrolment creates the one called default.")
        return
    columns = (
        "gallery",
        "purpose",
        "pack",
        ">subjects",
        ">references",
        ">1:1 FMR",
        ">1:N FPIR",
        "rule",
        "policy",
    )
    print_table(console, columns, [row(one) for one in document.galleries])


def row(one: "GalleryEntry") -> list[str]:
    """The cells of a gallery."""
    from visavis.cli.sentences import odds

    policy = one.policy
    rates = [odds(policy.fmr), odds(policy.fpir), policy.measure, policy.name]
    return [one.name, one.purpose, one.pack, f"{one.subjects:,}", f"{one.references:,}", *rates]
