"""The stack on the emulator: what SAM makes of `template.yaml`, created as CloudFormation would create it."""

import io
import json
import sys
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "template"))
import stack as sam

CODE = "code-of-functions"
STACK = "halley"
PATIENCE_SECONDS = 120
FUNCTION = "AWS::Lambda::Function"
# Where functions are that were not built: nothing runs them.
NO_CODE = b"#!/bin/false\n"


# It knows WebSocket APIs, but not what answers without a function.
UNKNOWN = ["AWS::Logs::QueryDefinition", "AWS::ApiGatewayV2::IntegrationResponse", "AWS::ApiGatewayV2::RouteResponse"]


def left_out(resource):
    """What the emulator refuses to make, and with it the whole stack."""
    has_metric_math = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return has_metric_math or resource["Type"] in UNKNOWN


def makeable(template):
    """The template without what the emulator refuses to make."""
    made = {name: resource for name, resource in template["Resources"].items() if not left_out(resource)}
    for resource in made.values():
        if "DependsOn" in resource:
            resource["DependsOn"] = [name for name in resource["DependsOn"] if name in made]
    return template | {"Resources": made}


class Deployment:
    """A stack, and the clients to look at it."""

    def __init__(self, emulator, bootstraps=None, name=STACK):
        self.emulator, self.bootstraps, self.name = emulator, bootstraps, name
        self.cloudformation = emulator.client("cloudformation")
        self.template = None

    def create(self, **parameters):
        """Creates the stack; fails as a deployment fails."""
        self.upload(**parameters)
        self.cloudformation.create_stack(**self.request(parameters))
        self.wait("CREATE_COMPLETE")

    def update(self, **parameters):
        self.upload(**parameters)
        self.cloudformation.update_stack(**self.request(parameters))
        self.wait("UPDATE_COMPLETE")

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.name)
        self.wait("DELETE_COMPLETE")

    def upload(self, **parameters):
        """Puts template and code where CloudFormation fetches them, as `sam deploy` does."""
        self.template = makeable(json.loads(json.dumps(sam.transformed(**parameters))))
        s3 = self.emulator.client("s3")
        if CODE not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=CODE, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        s3.put_object(Bucket=CODE, Key="function.zip", Body=zipped(NO_CODE))
        for properties in sam.of_type(self.template["Resources"], FUNCTION).values():
            properties["Code"] = {"S3Bucket": CODE, "S3Key": "function.zip"}
        s3.put_object(Bucket=CODE, Key="template.json", Body=json.dumps(self.template).encode())

    def request(self, parameters):
        return {
            "StackName": self.name,
            "TemplateURL": f"{self.emulator.url}/{CODE}/template.json",
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()
            ],
        }

    def wait(self, expected):
        """Until the stack is no longer in progress."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status = self.status()
            if not status.endswith("IN_PROGRESS"):
                break
            time.sleep(0.2)
        if status != expected:
            raise AssertionError(f"{self.name}: {status}: {self.failures()}")

    def status(self):
        try:
            return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except self.cloudformation.exceptions.ClientError:
            return "DELETE_COMPLETE"

    def failures(self):
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event for event in events if "FAILED" in event["ResourceStatus"]]

    def outputs(self):
        outputs = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def resources(self):
        """The physical name of each resource, by its logical one."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        made = [summary for page in pages for summary in page["StackResourceSummaries"]]
        return {summary["LogicalResourceId"]: summary["PhysicalResourceId"] for summary in made}

    def expected(self, **parameters):
        """The logical names of what a stack with these parameters has."""
        made = sam.deployed(**parameters)
        return {name for name, resource in made.items() if not left_out(resource)}


def zipped(code):
    """A function's zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bootstrap", code)
    return buffer.getvalue()
