"""Before Django reads its settings: the suite works in a folder of its own, whatever the shell has set."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["TALKA_DATA"] = tempfile.mkdtemp(prefix="talka-tests-")
atexit.register(shutil.rmtree, os.environ["TALKA_DATA"], ignore_errors=True)
(Path(os.environ["TALKA_DATA"]) / "static").mkdir()  # whitenoise warns where it is missing
os.environ["TALKA_URL"] = "http://localhost:8000"
os.environ["TALKA_SECRET_KEY"] = "the-suite-signs-with-this-and-nothing-else-does"
os.environ["TALKA_TESTING"] = "1"
for name in ("TALKA_MAIL_URL", "TALKA_DEBUG", "TALKA_ALLOWED_HOSTS", "TALKA_LANGUAGE", "TALKA_TIME_ZONE"):
    os.environ.pop(name, None)

# Named here and not in pyproject.toml: pytest-django reads the settings of its ini before this file runs.
os.environ["DJANGO_SETTINGS_MODULE"] = "talka.settings"
from django.conf import settings  # noqa: E402  # after the environment is set

settings.DATABASES  # noqa: B018  # reads the settings now, which tells pytest-django that they are there

import django  # noqa: E402  # after the settings are there

django.setup()  # a room's own conftest may import its models
