#!/usr/bin/env python3
"""Prints the template with processes of some functions kept ready, so that nobody waits for their start.

    deploy/provision.py send-message=5 list-conversations=2 > hot.yaml
    sam deploy --template hot.yaml

Each costs as long as it is kept, used or not. Make the file anew before every deployment: a version keeps the parameters
that it was published with, and a new file publishes a new one.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import template

ROOT = Path(__file__).resolve().parents[1]


def wanted(text):
    """`send-message=5`."""
    name, _, n_ready = text.partition("=")
    if not n_ready.isdecimal() or int(n_ready) == 0:
        raise argparse.ArgumentTypeError(f"{text}: a function and a number, such as send-message=5")
    return name, int(n_ready)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("functions", metavar="FUNCTION=N", nargs="+", type=wanted)
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml", help="the repository's, or a release's")
    arguments = parser.parse_args()
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        print(template.provisioned(arguments.template.read_text(), dict(arguments.functions), moment), end="")
    except template.NotThere as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
