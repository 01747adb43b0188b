#!/usr/bin/env python3
"""The core of the suite on another implementation of DynamoDB and S3 than the embedded one: that of the emulator.

    tests/emulator/second_database.py                  # the core
    tests/emulator/second_database.py groups:: users:: # other tests, by words of their names

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

# Sends, pages, edits, deletions; reactions; conversations and their counters; uploads. No more than CI has time for.
MESSAGES = ["send_", "idempotency", "multiple_receivers", "get_message", "list_user_messages", "list_group_messages"]
MESSAGES += ["list_thread_messages", "paging", "update_message::", "delete", "pins", "threads"]
CORE = [*(f"messages::{name}" for name in MESSAGES), "reactions::", "conversations::", "files::"]
EMBEDDED = "it stands at the embedded service itself, past its port"
STREAM = "they wait for what the embedded database's stream leads to: nobody reads the stream there"
BULK = "thousands of rows or hundreds of callers at once: minutes there, and smaller tests ask the same"
# What is not asked of it, by words of the tests' names, and why.
NOT_ASKED = {
    "platform::": "the invariants of this repository, and of the embedded services",
    "::events::": "they read the embedded database's stream",
    "read_by_all::": STREAM,
    "group_watermarks::": STREAM,
    "a_group_has_read_a_message_when_all": STREAM,
    "a_deactivated_member_holds_up_nobody": STREAM,
    "a_newcomer_does_not_hold_up": STREAM,
    "groups_of_more_members_than_are_looked_at": STREAM,
    "what_is_never_attached_disappears_after_a_day": EMBEDDED,
    "a_deletion_that_s3_broke_off_is_finished_by_repeating_it": EMBEDDED,
    "a_file_whose_message_was_never_stored_goes_when_the_note_of_it_expires": EMBEDDED,
    "a_count_of_guesses_goes_by_itself": EMBEDDED,
    "a_send_with_a_file_costs_what_it_says": "it counts what the embedded S3 was asked",
    "two_thousand_groups": BULK,
    "ten_thousand_messages": BULK,
    "reaction_crowds": BULK,
    "groups_above_300_members": BULK,
    "the_counter_of_a_large_group": BULK,
    "a_rare_match_behind_a_long_history": BULK,
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
