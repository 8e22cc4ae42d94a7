"""The command line: `talka COMMAND`. Each command's words stand beside its code; `talka --help` lists them."""

import argparse
import os
import sys
from collections.abc import Callable

from talka import __version__
from talka.environment import SETTINGS, BadSetting


class Stop(Exception):
    """The command cannot go on. The text says what happened, what was kept, and what to do."""


Command = Callable[[argparse.Namespace], int]


def main(argv: list[str] | None = None) -> int:
    """Runs one command. 0: done; 1: it found or hit something wrong; 2: the words were not understood."""
    parser = _parser()
    given = parser.parse_args(sys.argv[1:] if argv is None else argv)
    if given.data:
        os.environ["TALKA_DATA"] = given.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talka.settings")
    try:
        return given.run(given)
    except (BadSetting, Stop) as e:
        print(f"talka: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def start_django() -> None:
    """Loads settings and rooms; after this, models can be imported."""
    import django

    django.setup()


def _parser() -> argparse.ArgumentParser:
    from talka.cli import backup, demo, doctor, serve, transfer

    parser = argparse.ArgumentParser(
        prog="talka",
        description="Talka: learning for clusters of small and medium-sized enterprises, on your own machine.",
        epilog="Settings, read from the environment:\n"
        + "\n".join(f"  {s.name:<22}{s.does}\n{'':24}Default: {s.default}." for s in SETTINGS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, run: Command, short: str, long: str = "", under: "argparse._SubParsersAction | None" = None
    ) -> argparse.ArgumentParser:
        command = (under or commands).add_parser(
            name, help=short, description=long or short, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.add_argument("--data", metavar="DIR", help="folder of the installation (sets TALKA_DATA)")
        command.set_defaults(run=run)
        return command

    def group(name: str, short: str) -> "argparse._SubParsersAction":
        return commands.add_parser(name, help=short, description=short).add_subparsers(title="what", metavar="WHAT", required=True)

    for module in (demo, serve, doctor, backup, transfer):
        module.register(add, group)
    return parser
