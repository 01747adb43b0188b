"""Functions called by `sam local` on the data of a running service: all of it but the container."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import stack
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.lambdafn.env_vars import EnvironmentVariables

sys.path.insert(0, str(stack.ROOT / "deploy"))
import local

PRINTED = """Halley listens on http://127.0.0.1:8080/v3
API key: demo
Reference: http://127.0.0.1:8080/docs
DynamoDB: http://127.0.0.1:41001 (table halley), S3: http://127.0.0.1:41002
AWS tools: AWS_REGION=local AWS_ACCESS_KEY_ID=HALLEY1 AWS_SECRET_ACCESS_KEY=secret
"""
EXPECTED = {
    "TABLE_NAME": "halley",
    "BUCKET_NAME": "halley",
    "AWS_REGION": "local",
    "AWS_ACCESS_KEY_ID": "HALLEY1",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:41001",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:41002",
    "CONVERSATION_MEMBER_LIMIT": "300",
    "RECEIPT_ONLINE_LIMIT": "300",
}


class Local(unittest.TestCase):
    def test_sam_hands_every_function_the_running_services_addresses_and_keys(self):
        with tempfile.TemporaryDirectory() as folder:
            local.environment(local.places(PRINTED), Path(folder), Path("/built"))
            given = json.loads(Path(folder, "environment.json").read_text())["Parameters"]
            stacks, _ = SamLocalStackProvider.get_stacks(str(Path(folder, "template.yaml")))
            functions = list(SamFunctionProvider(stacks).get_all())
            self.assertEqual(len(functions), len(stack.of_type(stack.source()["Resources"], "AWS::Serverless::Function")))
            for function in functions:
                declared = function.environment["Variables"]
                settings = (function.name, function.memory, function.timeout, function.handler)
                variables = EnvironmentVariables(*settings, variables=declared, override_values=given).resolve()
                self.assertLessEqual(EXPECTED.items(), variables.items(), function.name)

    def test_sam_finds_each_function_where_cargo_lambda_puts_it(self):
        text = local.template.on_folders(local.template_text(), "x86_64", Path("/built"), {})
        functions = stack.of_type(stack.yaml_parse(text)["Resources"], "AWS::Serverless::Function")
        code = [properties["CodeUri"] for properties in functions.values()]
        self.assertEqual(code, [f"/built/{name}" for name in local.template.functions(local.template_text())])

    def test_no_placeholder_is_left_in_any_event(self):
        names = [path.stem for path in local.EVENTS.glob("*.json")]
        self.assertGreater(len(names), 10)
        for name in names:
            text = local.event(name, local.places(PRINTED), "42")
            json.loads(text)
            for placeholder in ("API_KEY", "MESSAGE_ID"):
                self.assertNotIn(placeholder, text, name)

    def test_without_a_running_service_it_says_what_to_do(self):
        with self.assertRaisesRegex(local.NotRunning, "./do run"):
            local.places("")


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
