"""What an operator has of a deployment: alarms, dashboard, saved queries, logs, and the settings of functions."""

import json
import re
import unittest

import stack
from test_data import dimensions

ALARM = "AWS::CloudWatch::Alarm"
FUNCTION = "AWS::Lambda::Function"
# CloudWatch's own limits.
MOST_METRICS_OF_AN_ALARM = 10
MOST_METRICS_OF_A_FREE_DASHBOARD = 50
# API Gateway waits for 30 seconds at the most.
LONGEST_TIMEOUT = 29
SENDS = {"SendMessageFunction", "SendThreadMessageFunction", "SendBotMessageFunction"}
X_RAY = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
# What Lambda's own reports have besides the fields of our line, and what Logs Insights adds.
REPORT = {"type", "record.status", "record.errorType", "record.requestId", "record.metrics.durationMs"}
REPORT |= {"record.metrics.initDurationMs", "record.metrics.maxMemoryUsedMB"}
ADDED = {"@timestamp", "@logStream"}
WORDS = {"fields", "filter", "sort", "limit", "stats", "parse", "by", "as", "desc", "and", "or", "like", "SOURCE"}
CALLS = {"count", "pct", "max", "sum", "latest", "ispresent"}


def alarms(**parameters):
    return stack.of_type(stack.deployed(**parameters), ALARM)


def metrics_of(alarm):
    """The metrics that an alarm looks at, which is what it costs by."""
    return [metric for metric in alarm["Metrics"] if "MetricStat" in metric] if "Metrics" in alarm else [alarm]


class Alarms(unittest.TestCase):
    WATCHED = {
        ("AWS/ApiGateway", "5xx"),
        ("AWS/ApiGateway", "Latency"),
        ("Halley/${AWS::StackName}", "FunctionFailures"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/DynamoDB", "ReadThrottleEvents"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/DynamoDB", "TransactionConflict"),
        ("AWS/DynamoDB", "SystemErrors"),
    }

    def test_everything_that_can_go_wrong_is_watched(self):
        found = set()
        for alarm in alarms().values():
            for metric in metrics_of(alarm):
                metric = metric.get("MetricStat", {}).get("Metric", metric)
                namespace = metric["Namespace"]
                found.add((namespace.get("Fn::Sub") if isinstance(namespace, dict) else namespace, metric["MetricName"]))
        self.assertLessEqual(self.WATCHED, found)

    def test_each_index_of_the_table_is_watched(self):
        indexes = stack.deployed()["Table"]["Properties"]["GlobalSecondaryIndexes"]
        watched = {value for _, value in dimensions(stack.deployed(), "GlobalSecondaryIndexName")}
        self.assertEqual(watched, {index["IndexName"] for index in indexes})

    def test_no_alarm_asks_for_more_than_cloudwatch_takes(self):
        for name, alarm in alarms().items():
            self.assertLessEqual(len(metrics_of(alarm)), MOST_METRICS_OF_AN_ALARM, name)
            for metric in alarm.get("Metrics", []):
                self.assertNotIn("SEARCH", metric.get("Expression", ""), name)

    def test_the_price_list_counts_every_metric_of_the_alarms(self):
        prices = json.loads((stack.ROOT / "docs/prices.json").read_text())
        counted = sum(len(metrics_of(alarm)) for alarm in alarms().values())
        self.assertEqual(prices["assumptions"]["alarmMetrics"], counted)

    def test_nobody_is_told_without_an_address_and_everything_with_one(self):
        for name, alarm in alarms().items():
            self.assertNotIn("AlarmActions", alarm, name)
        for name, alarm in alarms(AlarmEmail="ops@example.com").items():
            self.assertEqual(alarm["AlarmActions"], [{"Ref": "AlarmTopic"}], name)

    def test_what_lambda_reports_of_a_failure_is_counted(self):
        made = stack.deployed()
        counted = made["FunctionFailures"]["Properties"]
        self.assertEqual(counted["LogGroupName"], {"Ref": "Logs"})
        self.assertEqual(counted["FilterPattern"], '{ ($.type = "platform.report") && ($.record.status != "success") }')
        metric = counted["MetricTransformations"][0]
        alarm = made["FunctionErrorsAlarm"]["Properties"]
        self.assertEqual((metric["MetricNamespace"], metric["MetricName"]), (alarm["Namespace"], alarm["MetricName"]))


class Dashboard(unittest.TestCase):
    def widgets(self):
        body = stack.deployed()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        return json.loads(body)["widgets"]

    def test_it_is_json_and_stays_free(self):
        metrics = [metric for widget in self.widgets() for metric in widget["properties"].get("metrics", [])]
        self.assertLessEqual(len(metrics), MOST_METRICS_OF_A_FREE_DASHBOARD)
        self.assertTrue(metrics)

    def test_no_widget_covers_another(self):
        taken = set()
        for widget in self.widgets():
            columns = range(widget["x"], widget["x"] + widget["width"])
            place = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
            self.assertFalse(place & taken, widget["properties"]["title"])
            self.assertLessEqual(max(columns), 23)
            taken |= place

    def test_its_questions_to_the_logs_use_fields_that_are_there(self):
        for widget in self.widgets():
            if widget["type"] == "log":
                self.assertEqual(unknown_fields(widget["properties"]["query"].split(" | ", 1)[1]), set())


class Queries(unittest.TestCase):
    def test_every_saved_query_uses_fields_that_are_there(self):
        saved = stack.of_type(stack.deployed(), "AWS::Logs::QueryDefinition")
        self.assertGreater(len(saved), 5)
        for name, properties in saved.items():
            self.assertEqual(unknown_fields(properties["QueryString"]), set(), name)

    def test_without_an_access_log_nothing_asks_it(self):
        for name, properties in stack.of_type(stack.deployed(AccessLog="off"), "AWS::Logs::QueryDefinition").items():
            self.assertEqual(properties["LogGroupNames"], [{"Ref": "Logs"}], name)


class AccessLog(unittest.TestCase):
    # Nothing of what callers send: no header (so no key, token, agent), no query, no path, which holds tokens.
    HARMLESS = {
        "requestId", "requestTimeEpoch", "identity.sourceIp", "routeKey", "protocol", "status", "responseLength",
        "responseLatency", "integrationLatency", "error.message",
    }  # fmt: skip

    def stage(self, **parameters):
        stages = stack.of_type(stack.deployed(**parameters), "AWS::ApiGatewayV2::Stage")
        return next(stage for name, stage in stages.items() if name != "SocketStage")

    def test_it_is_a_line_of_json_without_anything_that_callers_send(self):
        settings = self.stage()["AccessLogSettings"]
        self.assertEqual(settings["DestinationArn"], {"Fn::GetAtt": ["AccessLogs", "Arn"]})
        self.assertNotIn("\n", settings["Format"])
        values = json.loads(settings["Format"]).values()
        self.assertEqual({value.removeprefix("$context.") for value in values}, self.HARMLESS)

    def test_it_is_kept_as_long_as_the_request_lines_and_can_be_turned_off(self):
        kept = [stack.deployed(LogRetentionDays=7)[name]["Properties"]["RetentionInDays"] for name in ("Logs", "AccessLogs")]
        self.assertEqual(kept, [7, 7])
        self.assertNotIn("AccessLogSettings", self.stage(AccessLog="off"))
        self.assertNotIn("AccessLogs", stack.deployed(AccessLog="off"))


class Functions(unittest.TestCase):
    def functions(self, **parameters):
        return stack.of_type(stack.deployed(**parameters), FUNCTION)

    def test_sends_have_28_seconds_and_nothing_outlasts_api_gateway(self):
        for name, properties in self.functions().items():
            if name in SENDS:
                self.assertEqual(properties["Timeout"], 28, name)
            # Nobody waits for this one, which waits for receivers.
            if name != "DeliverWebhookFunction":
                self.assertLessEqual(properties["Timeout"], LONGEST_TIMEOUT, name)

    def test_memory_is_512_mb_or_what_the_parameter_says(self):
        for parameters, expected in [({}, 512), ({"MemorySize": 1024}, 1024)]:
            sizes = {properties["MemorySize"] for properties in self.functions(**parameters).values()}
            self.assertEqual(sizes, {expected})

    def test_tracing_is_off_with_its_permission_unless_asked_for(self):
        for properties in self.functions().values():
            self.assertNotIn("TracingConfig", properties)
        self.assertFalse(self.traced_roles())
        traced = {"Tracing": "Active"}
        for name, properties in self.functions(**traced).items():
            self.assertEqual(properties["TracingConfig"], {"Mode": "Active"}, name)
        self.assertEqual(len(self.traced_roles(**traced)), len(self.functions()))

    def traced_roles(self, **parameters):
        roles = stack.of_type(stack.deployed(**parameters), "AWS::IAM::Role")
        return [name for name, role in roles.items() if X_RAY in role["ManagedPolicyArns"]]

    def test_all_log_as_json_into_one_group(self):
        expected = {"LogGroup": {"Ref": "Logs"}, "LogFormat": "JSON", "SystemLogLevel": "INFO"}
        for name, properties in self.functions().items():
            self.assertEqual(properties["LoggingConfig"], expected, name)


def unknown_fields(query):
    """The fields of a Logs Insights query that no line has."""
    query = re.sub(r"/(?:\\.|[^/\\])*/", lambda found: " ".join(re.findall(r"\(\?<(\w+)>", found[0])), query)
    named = set(re.findall(r"\bas (\w+)", query)) | {"name"}
    query = re.sub(r"'[^']*'", "", query)
    used = set(re.findall(r"@?[A-Za-z][\w.]*", query)) - WORDS - CALLS - named
    return used - line_fields() - access_fields() - REPORT - ADDED


def line_fields():
    """What `RequestLine` writes."""
    source = (stack.ROOT / "shared/src/log.rs").read_text()
    struct = re.search(r"pub struct RequestLine \{(.*?)\n\}", source, re.DOTALL)[1]
    names = re.findall(r"pub (\w+):", struct)
    return {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in names}


def access_fields():
    return set(json.loads(stack.source()["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Fn::If"][1]["Format"]))


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
