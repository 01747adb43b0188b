"""What AWS would refuse when it makes the stack, though the template is well-formed: sizes, numbers, orders. cfn-lint knows
the properties of each resource; these are the services' quotas, by their documentation of 2026-11."""

import functools
import json
import re
import unittest
from collections import Counter
from graphlib import TopologicalSorter

import stack
from test_data import STACKS

# The stack with the longest names that CloudFormation and `Stage` take, and that with everything that can be asked for.
LONGEST_STACK_NAME = 128
LONGEST_STAGE = 20
EVERYTHING = {**STACKS[2], "Tracing": "Active", "RequestsPerMinute": 60, "BeforeMessage": "closed", "WebhookConcurrency": 5}
# CloudFormation.
MOST_TEMPLATE_BYTES, MOST_PARAMETERS, MOST_OUTPUTS = 1_000_000, 200, 200
MOST_DESCRIPTION, MOST_PARAMETER_DESCRIPTION = 1024, 4000
# IAM, without white space.
MOST_INLINE_POLICIES, MOST_MANAGED_POLICY, MOST_POLICIES_OF_A_ROLE = 10_240, 6_144, 10
# Lambda. It adds statements to a function's policy, one for each permission.
MOST_ENVIRONMENT, MOST_FUNCTION_POLICY, MOST_FILTERS, MOST_FILTER = 4_096, 20_480, 5, 4_096
# API Gateway; a SAM route is an integration of its own.
MOST_ROUTES, MOST_ACCESS_LOG_FORMAT = 300, 3_072
# CloudWatch and its logs, the parameter store, SNS.
MOST_ALARM_NAME, MOST_ALARM_DESCRIPTION, MOST_DASHBOARD_NAME, MOST_QUERY_NAME, MOST_QUERY = 255, 1024, 255, 255, 10_000
LONGEST_TOPIC_NAME = 100


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def longest(text):
    """How long a text may become with its names filled in: the stack's, or an ARN, which is longer than other names."""
    text = text["Fn::Sub"] if isinstance(text, dict) else text
    text = text.replace("-prod-", "-" + "s" * LONGEST_STAGE + "-")
    return len(re.sub(r"\$\{AWS::StackName\}", "n" * LONGEST_STACK_NAME, text))


@functools.cache
def everything():
    return stack.deployed(**EVERYTHING)


def every(kind):
    return stack.of_type(everything(), kind).items()


class CloudFormation(unittest.TestCase):
    def test_the_template_fits_as_it_is_written_and_as_it_is_transformed(self):
        template = stack.transformed(**EVERYTHING)
        self.assertLess(stack.TEMPLATE.stat().st_size, MOST_TEMPLATE_BYTES)
        self.assertLess(len(json.dumps(template, indent=2)), MOST_TEMPLATE_BYTES)
        self.assertLessEqual(len(template["Parameters"]), MOST_PARAMETERS)
        self.assertLessEqual(len(template["Outputs"]), MOST_OUTPUTS)
        self.assertLessEqual(len(template["Description"]), MOST_DESCRIPTION)
        for name, parameter in template["Parameters"].items():
            self.assertLessEqual(len(parameter["Description"]), MOST_PARAMETER_DESCRIPTION, name)

    def test_no_resource_waits_for_itself(self):
        for parameters in [*STACKS, EVERYTHING]:
            resources = stack.deployed(**parameters)
            waits = {name: stack.references(resource) & set(resources) for name, resource in resources.items()}
            # It raises where there is a circle.
            self.assertEqual(set(TopologicalSorter(waits).static_order()), set(resources))


class Policies(unittest.TestCase):
    def test_those_of_each_role_fit(self):
        more = Counter(role["Ref"] for _, policy in every("AWS::IAM::ManagedPolicy") for role in policy["Roles"])
        for name, role in every("AWS::IAM::Role"):
            inline = sum(len(compact(policy["PolicyDocument"])) for policy in role.get("Policies", []))
            self.assertLess(inline, MOST_INLINE_POLICIES, name)
            self.assertLessEqual(len(role["ManagedPolicyArns"]) + more[name], MOST_POLICIES_OF_A_ROLE, name)

    def test_those_for_many_roles_fit(self):
        for name, policy in every("AWS::IAM::ManagedPolicy"):
            self.assertLess(len(compact(policy["PolicyDocument"])), MOST_MANAGED_POLICY, name)


class Functions(unittest.TestCase):
    def test_their_environments_and_their_own_policies_fit(self):
        permissions = Counter(permission["FunctionName"]["Ref"] for _, permission in every("AWS::Lambda::Permission"))
        for name, function in every("AWS::Lambda::Function"):
            self.assertLess(len(compact(function["Environment"]["Variables"])), MOST_ENVIRONMENT // 2, name)
            # About 400 bytes a statement.
            self.assertLess(permissions[name] * 1_000, MOST_FUNCTION_POLICY, name)

    def test_the_streams_filters_are_as_many_as_lambda_takes(self):
        for name, mapping in every("AWS::Lambda::EventSourceMapping"):
            filters = mapping["FilterCriteria"]["Filters"]
            self.assertLessEqual(len(filters), MOST_FILTERS, name)
            for each in filters:
                self.assertLessEqual(len(each["Pattern"]), MOST_FILTER)
                for path, value in leaves_of_pattern(json.loads(each["Pattern"])):
                    self.assertIsInstance(value, list, f"{path}: a pattern ends in a list of what is looked for")


def leaves_of_pattern(pattern, path=()):
    for key, value in pattern.items():
        if isinstance(value, dict):
            yield from leaves_of_pattern(value, (*path, key))
        else:
            yield (*path, key), value


class ApiGateway(unittest.TestCase):
    def test_there_are_fewer_routes_than_an_api_may_have(self):
        paths = everything()["Api"]["Properties"]["Body"]["paths"]
        self.assertLess(sum(map(len, paths.values())), MOST_ROUTES)

    def test_no_two_paths_differ_in_the_names_of_their_parameters_only(self):
        paths = everything()["Api"]["Properties"]["Body"]["paths"]
        shapes = Counter(re.sub(r"\{\w+(\+?)\}", r"{\1}", path) for path in paths)
        self.assertEqual({shape for shape, times in shapes.items() if 1 < times}, set())

    def test_the_access_logs_format_fits(self):
        for name, stage in every("AWS::ApiGatewayV2::Stage"):
            self.assertLess(len(stage.get("AccessLogSettings", {}).get("Format", "")), MOST_ACCESS_LOG_FORMAT, name)

    def test_the_sockets_stage_is_made_when_all_of_its_api_is_there(self):
        # A stage deploys by itself what changes; made beside its routes, it would be deployed without some of them, or meet
        # their changes ("concurrent modification").
        kinds = ("Route", "RouteResponse", "Integration", "IntegrationResponse")
        resources = everything()
        whole = {name for kind in kinds for name in stack.of_type(resources, f"AWS::ApiGatewayV2::{kind}")}
        before, ahead = set(), ["SocketStage"]
        while ahead:
            found = stack.references(resources[ahead.pop()]) & set(resources) - before
            before |= found
            ahead += found
        self.assertLessEqual(whole, before)


class Watching(unittest.TestCase):
    def test_names_and_texts_fit_whatever_stack_and_stage_are_called(self):
        for name, alarm in every("AWS::CloudWatch::Alarm"):
            self.assertLessEqual(longest(alarm["AlarmName"]), MOST_ALARM_NAME, name)
            self.assertLessEqual(len(alarm["AlarmDescription"]), MOST_ALARM_DESCRIPTION, name)
        for name, query in every("AWS::Logs::QueryDefinition"):
            self.assertLessEqual(longest(query["Name"]), MOST_QUERY_NAME, name)
            self.assertLessEqual(len(query["QueryString"]), MOST_QUERY, name)
        for name, topic in every("AWS::SNS::Topic"):
            self.assertLessEqual(longest(topic["DisplayName"]) + LONGEST_STAGE, LONGEST_TOPIC_NAME, name)
        self.assertLessEqual(longest(everything()["Dashboard"]["Properties"]["DashboardName"]), MOST_DASHBOARD_NAME)


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
