"""What the server calls: the record store's lean door for `/xapi/`, Django for everything else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talka.settings")
application = get_wsgi_application()

from talka.kit import charts  # noqa: E402  # after the settings are there

charts.warm()
