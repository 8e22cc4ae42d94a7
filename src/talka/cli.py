"""The command line: `talka COMMAND`."""

import os
import sys


def main(argv: list[str] | None = None) -> int:
    """Runs one command of Django's; the house's own commands live in the rooms' management folders."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talka.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["talka", *(sys.argv[1:] if argv is None else argv)])
    return 0
