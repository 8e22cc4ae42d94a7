"""What the bench of the record store is made of: statements, the load, and the stores that bear it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # the server is started as the tests start it
