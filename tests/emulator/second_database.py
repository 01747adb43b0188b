#!/usr/bin/env python3
"""The core of the suite on another implementation of DynamoDB and S3 than the embedded one: that of the emulator.

    tests/emulator/second_database.py                  # the core
    tests/emulator/second_database.py some_test        # of the core, the tests whose names hold a word

Each test makes a table and a bucket of its own, from what SAM makes of `template.yaml`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import emulator
from deployment import sam

# Sends, pages, edits, deletions; reactions; conversations; groups, users; uploads.
CORE = ["messages::", "reactions::", "conversations::", "groups::", "users::", "files::"]
# What makes no sense there, by what is asked for.
NOT_ASKED = {
    "::events::": "they read the embedded database's stream",
}


def template():
    """The table and the bucket of the stack, with the names that tests know them by."""
    whole = json.loads(json.dumps(sam.transformed()))
    table, bucket = (whole["Resources"][name] for name in ("Table", "Bucket"))
    table["Properties"]["TableName"] = "halley"
    bucket["Properties"]["BucketName"] = {"Ref": "Name"}
    return {
        "Parameters": whole["Parameters"] | {"Name": {"Type": "String"}},
        "Conditions": whole["Conditions"],
        "Resources": {"Table": table, "Bucket": bucket},
    }


def main(words):
    with emulator.running() as there, tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.json")
        file.write_text(json.dumps(template()))
        told = {"HALLEY_SECOND_DATABASE": there.url, "HALLEY_SECOND_TEMPLATE": str(file)}
        skipped = [word for name in NOT_ASKED for word in ("--skip", name)]
        tests = ["cargo", "test", "--locked", "--offline", "--test", "api", "--", *(words or CORE), *skipped]
        return subprocess.run(tests, cwd=sam.ROOT, env=os.environ | told).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
