"""The public face of the package."""

import subprocess
import sys

import visavis


def test_every_public_name_is_there() -> None:
    assert sorted(visavis.__all__) == sorted(visavis._HOMES)
    assert len(visavis.__all__) <= 25
    for name in visavis.__all__:
        assert getattr(visavis, name).__name__ == name


def test_importing_the_package_costs_nothing() -> None:
    heavy = {"numpy", "cv2", "onnxruntime", "pydantic"}
    code = f"import sys, visavis; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_library_needs_no_database_driver() -> None:
    code = (
        "import sys\n"
        "sys.modules['psycopg'] = None; sys.modules['cryptography'] = None\n"
        "import visavis; visavis.Engine; visavis.open_gallery; visavis.cli if False else None\n"
        "import visavis.cli.main\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_client_needs_no_engine_and_no_server() -> None:
    code = (
        "import sys\n"
        "for name in ('cv2', 'onnxruntime', 'onnx', 'psycopg', 'cryptography', 'fastapi', 'grpc',\n"
        "             'pydantic_settings', 'platformdirs', 'typer', 'rich', 'PIL', 'numkong'):\n"
        "    sys.modules[name] = None\n"
        "import visavis\n"
        "visavis.Client('https://faces.example.org', 'k').close()\n"
        "visavis.AsyncClient\n"
        "import visavis.client.signatures\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
