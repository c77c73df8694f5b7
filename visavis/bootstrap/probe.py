"""`python -m visavis.bootstrap.probe`: whether the API of this machine can serve. For container health checks."""

import sys

from visavis.bootstrap.up import is_ready
from visavis.settings import load_settings

if __name__ == "__main__":
    sys.exit(0 if is_ready(load_settings()) else 1)
