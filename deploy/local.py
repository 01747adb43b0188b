#!/usr/bin/env python3
"""Lets SAM and cargo lambda call functions on the data of a running `./do run`, whose first lines name its addresses.

    deploy/local.py environment            # target/local: a template and an environment for `sam local`
    deploy/local.py event get-message      # prints that event, with a key and a message that are there
"""

import argparse
import json
import os
import re
import sys
import urllib.request
from pathlib import Path

import template

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
EVENTS = ROOT / "tests/events"
# What `./do run` keeps of what the service prints.
PRINTED = ROOT / "target/local/printed.txt"
PLACES = {
    "BASE_URL": r"^Halley listens on (\S+)$",
    "API_KEY": r"^API key: (\S+)$",
    "DYNAMODB_URL": r"^DynamoDB: (\S+) ",
    "S3_URL": r"\bS3: (\S+)$",
    "LOCAL_ID": r"\bAWS_ACCESS_KEY_ID=(\S+)",
    "LOCAL_SECRET": r"\bAWS_SECRET_ACCESS_KEY=(\S+)",
}
# What else Lambda tells a function that is started by hand, beside the Runtime API of `cargo lambda watch`.
BY_HAND = {
    "AWS_LAMBDA_RUNTIME_API": "http://127.0.0.1:9000/.rt",
    "AWS_LAMBDA_FUNCTION_NAME": "_",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
}
HELLO = {"receiver": "cometchat-uid-2", "receiverType": "user", "data": {"text": "Hello"}}


class NotRunning(Exception):
    """Nobody said where the service is."""


def places(printed):
    """What the service printed when it started, by our names for it."""
    found = {name: re.search(pattern, printed, re.MULTILINE) for name, pattern in PLACES.items()}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise NotRunning(f"start the service by `./do run` first; it did not say {', '.join(missing)}")
    return {name: match[1] for name, match in found.items()}


def filled(text, values):
    """A text with its placeholders filled in."""
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def environment(values, out, bootstraps=ROOT / "target/lambda"):
    """Writes what `sam local` wants. It hands functions only those variables that the template names, so this template
    names all of the environment file, and has built functions in place of sources."""
    variables = json.loads(filled((HERE / "environment.json").read_text(), values))["Parameters"]
    text = template.on_folders(template_text(), os.environ.get("ARCHITECTURE", "arm64"), bootstraps, variables)
    out.mkdir(parents=True, exist_ok=True)
    (out / "template.yaml").write_text(text)
    (out / "environment.json").write_text(json.dumps({"Parameters": variables}, indent=2))
    (out / "environment.env").write_text("".join(f"{name}={value}\n" for name, value in (variables | BY_HAND).items()))


def template_text():
    return (ROOT / "template.yaml").read_text()


def event(name, values, message_id=None):
    """The event of a function; one that wants a message gets one that is sent for it."""
    text = (EVENTS / f"{name}.json").read_text()
    if "MESSAGE_ID" in text:
        values = values | {"MESSAGE_ID": message_id or sent(values)}
    return filled(text, values)


def sent(values):
    """The id of a new message."""
    headers = {"apikey": values["API_KEY"], "onbehalfof": "cometchat-uid-1", "content-type": "application/json"}
    request = urllib.request.Request(f"{values['BASE_URL']}/messages", json.dumps(HELLO).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["data"]["id"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("environment")
    one = commands.add_parser("event")
    one.add_argument("name", choices=sorted(path.stem for path in EVENTS.glob("*.json")))
    one.add_argument("message_id", nargs="?")
    arguments = parser.parse_args()
    try:
        values = places(PRINTED.read_text() if PRINTED.exists() else "")
        if arguments.command == "event":
            print(event(arguments.name, values, arguments.message_id), end="")
        else:
            environment(values, PRINTED.parent)
            print(f"{PRINTED.parent}: template.yaml, environment.json for SAM, environment.env for a shell")
    except (NotRunning, template.NotThere, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
