"""Draws the picture of the README: the tour in a terminal, as an SVG without any outside reference.

    python scripts/picture.py FOLDER_WITH_PORTRAITS

Runs the real commands in an empty data directory and draws what they print.
"""

import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).parents[1] / "docs" / "images" / "tour.svg"
COMMANDS = (
    ("verify", "obama.jpg", "obama2.jpg"),
    ("verify", "obama.jpg", "biden.jpg"),
    ("enrol", "Barack Obama", "obama.jpg", "obama3.jpg"),
    ("enrol", "Joe Biden", "biden.jpg"),
    ("identify", "obama2.jpg"),
    ("enrol", "Joe Biden", "obama2.jpg"),
    ("erase", "Joe Biden", "--yes"),
)
COLOURS = (
    (r"^match\b|(?<=  )match(?=  )", "bold green"),
    (r"^no match|^✗", "bold red"),
    (r"✓", "green"),
    (r"^  \S.*?  ", "dim"),
)
FORMAT = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
"""Placeholders are filled in by rich."""


def main() -> None:
    portraits = Path(sys.argv[1])
    console = Console(record=True, width=104, file=StringIO())
    with tempfile.TemporaryDirectory() as work:
        Path(work).chmod(0o755)
        environment = {**os.environ, "VISAVIS_DATA_DIR": f"{work}/data", "COLUMNS": "100"}
        program = str(Path(sys.executable).parent / "visavis")
        for command in COMMANDS:
            words = " ".join(f'"{word}"' if " " in word else word for word in command)
            console.print(Text.assemble(("$ ", "bold cyan"), (f"visavis {words}", "bold")))
            done = subprocess.run(
                [program, *command],
                cwd=portraits,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            for line in (done.stdout + done.stderr).rstrip().splitlines():
                text = Text(line.rstrip())
                for pattern, style in COLOURS:
                    text.highlight_regex(pattern, style)
                console.print(text)
            console.print()
    TARGET.write_text(console.export_svg(title="visavis", code_format=FORMAT), "utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
