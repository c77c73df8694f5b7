"""--help must not wait for anything heavy."""

import subprocess
import sys


def test_the_command_line_loads_nothing_heavy_before_it_is_needed() -> None:
    program = "import sys, visavis.cli.main as m; m.build(); print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "numpy",
        "cv2",
        "onnxruntime",
        "onnx",
        "pydantic",
        "pydantic_settings",
        "psycopg",
        "PIL",
        "anyio",
    }
    assert heavy & set(loaded) == set()
    assert "visavis.cli.main" in loaded
