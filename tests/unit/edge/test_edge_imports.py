"""The agent runs on a machine that has nothing of the server."""

import json
import subprocess
import sys

SERVER = {
    "argon2",
    "faiss",
    "fastapi",
    "grpc",
    "joserfc",
    "procrastinate",
    "psycopg",
    "psycopg_pool",
    "pymilvus",
    "starlette",
    "uvicorn",
    "visavis.adapters.postgres",
    "visavis.api",
    "visavis.bootstrap.platform",
    "visavis.rpc",
    "visavis.worker",
}
PROGRAM = "import json, sys; import visavis.edge.run; json.dump(sorted(sys.modules), sys.stdout)"


def test_nothing_of_the_server_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout)
    assert "visavis.edge.agent" in modules
    found = {name for name in modules for one in SERVER if name == one or name.startswith(f"{one}.")}
    assert found == set()
