"""Before Django reads its settings: the suite works in a folder of its own, whatever the shell has set."""

import os
import tempfile

os.environ["TALKA_DATA"] = tempfile.mkdtemp(prefix="talka-tests-")
os.environ["TALKA_URL"] = "http://localhost:8000"
os.environ["TALKA_SECRET_KEY"] = "the-suite-signs-with-this-and-nothing-else-does"
os.environ["TALKA_TESTING"] = "1"
for name in ("TALKA_MAIL_URL", "TALKA_DEBUG", "TALKA_ALLOWED_HOSTS", "TALKA_LANGUAGE", "TALKA_TIME_ZONE"):
    os.environ.pop(name, None)
