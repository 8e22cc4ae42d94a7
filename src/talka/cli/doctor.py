"""`talka doctor`: what is wrong, why it matters, and how to mend it; the same findings as the operator's page."""

import argparse
import json

from talka.cli import start_django


def register(add, group) -> None:
    command = add(
        "doctor", doctor, "check the installation", "Looks at everything that can go wrong. Exit status 1 when something is broken."
    )
    command.add_argument("--json", action="store_true", help="print the findings as JSON")


def doctor(given: argparse.Namespace) -> int:
    start_django()
    from talka.kit.doctor import findings

    found = findings()
    if given.json:
        print(json.dumps([f.as_dict() for f in found], indent=1))
    else:
        for f in found:
            print(f"{f.state:<8}{f.title}")
            if f.state != "good":
                print(f"        cause  {f.cause}\n        effect {f.effect}\n        fix    {f.fix}")
    return int(any(f.state == "broken" for f in found))
