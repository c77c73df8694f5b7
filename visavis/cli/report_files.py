"""The option --report."""

from pathlib import Path
from typing import Annotated

import typer

ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Write a page with plots that reads in any browser.",
        show_default=False,
    ),
]
