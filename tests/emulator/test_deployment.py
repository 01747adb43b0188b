#!/usr/bin/env python3
"""The whole stack is created on an emulator, looked at, pointed at another table, and removed.

    tests/emulator/test_deployment.py                              # without functions
    tests/emulator/test_deployment.py --bootstraps target/debug    # with those that were built, and halley-admin

What this cannot show stands in docs/deploy.md.
"""

import json
import re
import subprocess
import sys
import unittest
from contextlib import ExitStack
from pathlib import Path

import emulator
from deployment import Deployment, sam
from runtime import Gateway, body_of, bootstrap, event_of

BOOTSTRAPS = Path(sys.argv[sys.argv.index("--bootstraps") + 1]).resolve() if "--bootstraps" in sys.argv else None
EMAIL = {"AlarmEmail": "ops@example.com"}


class OnEmulator(unittest.TestCase):
    """An emulator of its own for each class, with the stack."""

    parameters = EMAIL

    @classmethod
    def setUpClass(cls):
        cls.running = ExitStack()
        cls.addClassCleanup(cls.running.close)
        cls.emulator = cls.running.enter_context(emulator.running())
        cls.deployment = Deployment(cls.emulator, BOOTSTRAPS)
        cls.deployment.create(**cls.parameters)
        cls.outputs, cls.made = cls.deployment.outputs(), cls.deployment.resources()


# What carries on the work of the stream, of jobs and of webhooks: queues and functions of the stack itself, and its sockets.
WORK = (
    r":sqs:.*:\w+-Failed(Events|Webhooks)-\w+$|:lambda:.*:function:\w+-(RunJob|DeliverWebhook)Function-\w+$"
    r"|:execute-api:.*:\w+/\*/(POST|DELETE)/@connections/\*$"
)


class Created(OnEmulator):
    def test_every_resource_is_made(self):
        self.assertEqual(set(self.made), self.deployment.expected(**EMAIL))
        print(f"{len(self.made)} resources made")

    def test_the_table_is_the_one_that_the_template_describes(self):
        dynamodb = self.emulator.client("dynamodb")
        table = dynamodb.describe_table(TableName=self.outputs["TableName"])["Table"]
        self.assertEqual({key["AttributeName"] for key in table["KeySchema"]}, {"pk", "sk"})
        self.assertEqual({index["IndexName"] for index in table["GlobalSecondaryIndexes"]}, {"by-id", "by-parent"})
        self.assertIs(table["DeletionProtectionEnabled"], True)
        self.assertEqual(table["LatestStreamArn"], self.outputs["StreamArn"])

    def test_the_bucket_keeps_versions_and_takes_uploads_of_pages(self):
        s3, bucket = self.emulator.client("s3"), self.outputs["BucketName"]
        self.assertEqual(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
        cors = s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]
        self.assertIn("PUT", cors["AllowedMethods"])

    def test_every_function_is_told_the_names_of_table_and_bucket(self):
        client = self.emulator.client("lambda")
        functions = [name for name in self.made if name.endswith("Function")]
        self.assertEqual(len(functions), len(sam.of_type(sam.source()["Resources"], "AWS::Serverless::Function")))
        for name in functions:
            settings = client.get_function_configuration(FunctionName=self.made[name])
            told = settings["Environment"]["Variables"]
            names = (told["TABLE_NAME"], told["BUCKET_NAME"])
            self.assertEqual(names, (self.outputs["TableName"], self.outputs["BucketName"]), name)

    def test_policies_name_the_table_and_bucket_that_were_made(self):
        iam = self.emulator.client("iam")
        table, bucket = f"table/{self.outputs['TableName']}", f":::{self.outputs['BucketName']}"
        n_seen = 0
        for name in self.made:
            if not name.endswith("Role"):
                continue
            for policy in iam.list_role_policies(RoleName=self.made[name])["PolicyNames"]:
                document = iam.get_role_policy(RoleName=self.made[name], PolicyName=policy)["PolicyDocument"]
                for resource in re.findall(r'"(arn:[^"]*)"', json.dumps(document)):
                    self.assertRegex(resource, rf"{re.escape(table)}(/index/[\w-]+)?$|{re.escape(bucket)}(/\w+/\*)?$|{WORK}", name)
                    n_seen += 1
        self.assertGreater(n_seen, 50)

    def test_alarms_watch_this_stack_and_tell_its_topic(self):
        watched = self.emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]
        self.assertEqual({alarm["AlarmActions"][0] for alarm in watched}, {self.made["AlarmTopic"]})
        api = next(alarm for alarm in watched if alarm["MetricName"] == "5xx")
        self.assertEqual(api["Dimensions"], [{"Name": "ApiId", "Value": self.made["Api"]}])
        conflicts = next(alarm for alarm in watched if alarm["MetricName"] == "TransactionConflict")
        self.assertEqual(conflicts["Dimensions"], [{"Name": "TableName", "Value": self.outputs["TableName"]}])

    def test_the_dashboard_is_json_once_its_names_are_filled_in(self):
        body = self.emulator.client("cloudwatch").get_dashboard(DashboardName="halley-prod")["DashboardBody"]
        self.assertNotIn("${", body)
        texts = {text for widget in json.loads(body)["widgets"] for text in re.findall(r"[\w-]+", json.dumps(widget))}
        self.assertLessEqual({self.outputs["TableName"], self.made["Api"]}, texts)


class Moved(OnEmulator):
    def test_a_stack_goes_over_to_a_given_table_and_keeps_its_own_when_it_is_removed(self):
        dynamodb, s3 = self.emulator.client("dynamodb"), self.emulator.client("s3")
        own = self.outputs
        given = self.restored(dynamodb, own["TableName"])
        self.deployment.update(**EMAIL, **given)
        told = self.deployment.outputs()
        self.assertEqual((told["TableName"], told["StreamArn"]), (given["ExistingTable"], given["ExistingTableStream"]))
        self.assertEqual(told["BucketName"], own["BucketName"])
        settings = self.emulator.client("lambda").get_function_configuration(FunctionName=self.made["GetUserFunction"])
        self.assertEqual(settings["Environment"]["Variables"]["TABLE_NAME"], given["ExistingTable"])
        self.deployment.delete()
        self.assertEqual(set(dynamodb.list_tables()["TableNames"]), {own["TableName"], given["ExistingTable"]})
        self.assertIn(own["BucketName"], {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]})

    def restored(self, dynamodb, source):
        """A second table like the first, as a restore leaves it once it has a stream again."""
        table = dynamodb.describe_table(TableName=source)["Table"]
        keep = ("IndexName", "KeySchema", "Projection")
        made = dynamodb.create_table(
            TableName="restored",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=table["KeySchema"],
            AttributeDefinitions=table["AttributeDefinitions"],
            GlobalSecondaryIndexes=[{key: index[key] for key in keep} for index in table["GlobalSecondaryIndexes"]],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]
        return {"ExistingTable": "restored", "ExistingTableStream": made["LatestStreamArn"]}


@unittest.skipUnless(BOOTSTRAPS, "no --bootstraps: nothing is asked of the functions")
class Driven(OnEmulator):
    """The built functions answer API Gateway's events on the table and bucket of the stack."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = Gateway(cls.deployment)
        admin = bootstrap(BOOTSTRAPS, "halley-admin")
        there = {"AWS_REGION": emulator.REGION, "AWS_ENDPOINT_URL_DYNAMODB": cls.emulator.url}
        made = subprocess.run(
            [admin, "--table", cls.outputs["TableName"], "bootstrap"],
            env=emulator.CREDENTIALS | there,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        cls.key = re.search(r"\b[0-9a-f]{40}\b", made.stdout)[0]

    def ask(self, request, body=None, user=None):
        method, target = request.split(" ", 1)
        headers = {"apikey": self.key} | ({"onbehalfof": user} if user else {})
        status, answer = self.gateway.ask(method, f"/v3{target}", headers, body)
        self.assertEqual(status, 200, answer)
        return answer["data"]

    def test_people_meet_write_react_read_and_delete(self):
        for uid in ("ash", "birch"):
            self.ask("POST /users", {"uid": uid, "name": uid.title()})
        text = {"receiver": "ash", "receiverType": "user", "muid": "c-77", "data": {"text": "Bring rope"}}
        sent = self.ask("POST /messages", text, "birch")
        self.assertEqual(self.ask("POST /messages", text, "birch")["id"], sent["id"])
        listed = self.ask("GET /users/birch/messages", user="ash")
        self.assertEqual([message["id"] for message in listed], [sent["id"]])
        self.ask(f"POST /messages/{sent['id']}/reactions/%F0%9F%8C%B3", {}, "ash")
        self.assertEqual(len(self.ask(f"GET /messages/{sent['id']}/reactions", user="birch")), 1)
        self.assertEqual(len(self.ask("GET /conversations", user="ash")), 1)
        self.ask(f"DELETE /messages/{sent['id']}", {"permanent": True}, "birch")
        self.assertEqual(self.gateway.ask("GET", f"/v3/messages/{sent['id']}", {"apikey": self.key})[0], 404)

    def test_a_long_answer_is_compressed(self):
        self.ask("POST /users", {"uid": "gorse", "name": "Gorse", "metadata": {"about": "thorns " * 500}})
        parameters = {"version": "v3", "uid": "gorse"}
        event = event_of("GET", "/v3/users/gorse", "", {"apikey": self.key}, None, "GET /{version}/users/{uid}", parameters)
        answer = self.gateway.invoke("GetUserFunction", event)
        self.assertEqual((answer["isBase64Encoded"], answer["headers"]["vary"]), (True, "accept-encoding"))
        self.assertLess(len(answer["body"]), 1000)
        self.assertEqual(json.loads(body_of(answer))["data"]["uid"], "gorse")

    def test_a_preflight_that_api_gateway_leaves_to_a_route_is_answered(self):
        headers = {"origin": "https://chat.example.com", "access-control-request-method": "POST"}
        self.assertEqual(self.gateway.ask("OPTIONS", "/v3/messages", headers), (204, None))

    def test_a_stranger_reads_the_contracts_envelope(self):
        status, answer = self.gateway.ask("GET", "/v3/users/ash", {"apikey": "wrong"})
        self.assertEqual((status, set(answer)), (401, {"error"}))


if __name__ == "__main__":
    if BOOTSTRAPS:
        at = sys.argv.index("--bootstraps")
        del sys.argv[at : at + 2]
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
