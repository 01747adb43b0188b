#!/usr/bin/env python3
"""The commands of docs/deploy.md and docs/operations.md, as they stand there, on a release without its programs: SAM's own
`deploy` and the AWS command line make, change, restore and remove the stack on an emulator.

Needs the AWS command line; without it nothing is tried.
"""

import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path

import emulator
from deployment import STACK, makeable, sam
from samcli.yamlhelper import yaml_dump, yaml_parse

sys.path.insert(0, str(sam.ROOT / "deploy"))
import test_release

PATIENCE_SECONDS = 300
# The moment that the documents give as an example.
MOMENT = "2026-11-25T18:00:00"


def block(page, word):
    """The one block of a document with this word in it."""
    blocks = re.findall(r"```sh\n(.*?)```", (sam.ROOT / "docs" / page).read_text(), re.DOTALL)
    (found,) = [block for block in blocks if word in block]
    return found


def moment(minutes):
    """So many minutes from now, as the documents write it."""
    there = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return there.strftime("%Y-%m-%dT%H:%M:%S")


@unittest.skipUnless(shutil.which("aws"), "no AWS command line")
class Commands(unittest.TestCase):
    """An emulator and a released folder of its own for each class, deployed as deploy.md says."""

    @classmethod
    def setUpClass(cls):
        cls.running = ExitStack()
        cls.addClassCleanup(cls.running.close)
        cls.emulator = cls.running.enter_context(emulator.running())
        folder = Path(cls.running.enter_context(tempfile.TemporaryDirectory()))
        cls.release = cls.released(folder)
        cls.shell(block("deploy.md", "--region eu-central-1"))

    @classmethod
    def released(cls, folder):
        (folder / "lambda").mkdir()
        test_release.release.release(test_release.built(folder / "lambda", 183), "arm64", folder / "halley")
        template = folder / "halley/template.yaml"
        template.write_text(yaml_dump(makeable(yaml_parse(template.read_text()))))
        return folder / "halley"

    @classmethod
    def shell(cls, *blocks):
        """Runs blocks one after another in the folder of the release, and agrees to every change."""
        there = {"AWS_ENDPOINT_URL": cls.emulator.url, "AWS_DEFAULT_REGION": emulator.REGION, "SAM_CLI_TELEMETRY": "0"}
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "AWS_PAGER": ""}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
            cwd=cls.release,
            env=os.environ | emulator.CREDENTIALS | there | path,
            input="y\n" * 8,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        if done.returncode != 0:
            raise AssertionError(f"{blocks[-1]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def stack(self):
        return self.emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]

    def output(self, name):
        return next(output["OutputValue"] for output in self.stack()["Outputs"] if output["OutputKey"] == name)

    def parameters(self):
        return {each["ParameterKey"]: each["ParameterValue"] for each in self.stack()["Parameters"]}


class Operated(Commands):
    OUTPUTS = block("operations.md", "STACK=halley")

    def test_parameters_that_are_not_named_stay_as_they_were(self):
        self.shell("sam deploy --parameter-overrides RequestsPerSecond=50 Burst=10")
        told = self.parameters()
        self.assertEqual((told["RequestsPerSecond"], told["AllowedOrigins"]), ("50", "https://chat.example.com"))

    def test_a_deleted_file_is_there_again_and_where_nothing_was_deleted_nothing_happens(self):
        s3, bucket = self.emulator.client("s3"), self.output("BucketName")
        back = block("operations.md", "list-object-versions").replace(MOMENT, moment(-5))
        self.shell(self.OUTPUTS, back)
        names = ["media/one.png", "media/the other.png"]
        for name in names:
            s3.put_object(Bucket=bucket, Key=name, Body=b"picture")
            s3.delete_object(Bucket=bucket, Key=name)
        self.shell(self.OUTPUTS, back)
        self.assertEqual([entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]], names)

    def test_a_table_of_a_moment_before_is_made_like_the_first_and_the_stack_runs_on_it(self):
        dynamodb, own = self.emulator.client("dynamodb"), self.output("TableName")
        row = {"pk": {"S": "USER#ash"}, "sk": {"S": "PROFILE"}}
        dynamodb.put_item(TableName=own, Item=row)
        self.shell(self.OUTPUTS, block("operations.md", "restore-table").replace(MOMENT, moment(0)))
        new = f"{own}-restored"
        self.assertEqual((self.output("TableName"), self.parameters()["ExistingTable"]), (new, new))
        self.assertEqual(dynamodb.get_item(TableName=new, Key=row)["Item"], row)
        self.assertEqual(*self.settings(dynamodb, new))

    def settings(self, dynamodb, name):
        """What the template says of the table, and what there is."""
        said = sam.deployed()["Table"]["Properties"]
        table = dynamodb.describe_table(TableName=name)["Table"]
        recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        there = {
            "StreamViewType": table["StreamSpecification"]["StreamViewType"],
            "DeletionProtectionEnabled": table["DeletionProtectionEnabled"],
            "BillingMode": table["BillingModeSummary"]["BillingMode"],
            "Expiry": (expiry["TimeToLiveStatus"], expiry["AttributeName"]),
            "Recovery": recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        }
        expected = {name: said[name] for name in there if name in said}
        expected |= said["StreamSpecification"]
        expected |= {"Expiry": ("ENABLED", said["TimeToLiveSpecification"]["AttributeName"]), "Recovery": "ENABLED"}
        return expected, there


class Removed(Commands):
    def test_table_and_bucket_outlast_the_stack_and_a_later_one_takes_them_up(self):
        kept = {name: self.output(name) for name in ("TableName", "BucketName")}
        self.shell("sam delete --no-prompts --region eu-central-1")
        names = f"TABLE={kept['TableName']} BUCKET={kept['BucketName']}"
        self.shell(names, block("deploy.md", "ExistingBucket=$BUCKET"))
        self.assertEqual({name: self.output(name) for name in kept}, kept)

    def test_functions_are_kept_ready(self):
        words = "deploy/provision.py --template target/dist/arm64/template.yaml"
        lines = block("deploy.md", words)[block("deploy.md", words).index(words) :]
        self.shell(lines.replace("target/dist/arm64/", "").replace("deploy/provision.py", f"{sam.ROOT}/deploy/provision.py"))
        resources = self.emulator.client("cloudformation").describe_stack_resource
        made = resources(StackName=STACK, LogicalResourceId="SendMessageFunction")["StackResourceDetail"]
        aliases = self.emulator.client("lambda").list_aliases(FunctionName=made["PhysicalResourceId"])["Aliases"]
        self.assertEqual([alias["Name"] for alias in aliases], ["live"])


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
