"""Table and bucket of a deployment: its own, kept and recoverable, or given by parameters."""

import unittest

import stack

# What makes or describes the stack's own table and bucket; everything else names them through these parameters.
THEIR_OWN = {"TableName", "TableArn", "BucketName", "BucketArn", "Table", "Bucket", "BucketPolicy"}
STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/restored/stream/2026-01-01T00:00:00.000"
GIVEN = {"ExistingTable": "restored", "ExistingTableStream": STREAM, "ExistingBucket": "files"}
DOMAIN = {"DomainName": "chat.example.com", "CertificateArn": "arn:aws:acm:eu-central-1:1:certificate/1"}

# Stacks that differ in what they make.
STACKS = [
    {},
    GIVEN,
    {**DOMAIN, "HostedZoneId": "Z1", "AlarmEmail": "ops@example.com"},
    {**DOMAIN, "AccessLog": "off", "AllowedOrigins": "", "Tracing": "Active"},
]


class Own(unittest.TestCase):
    def test_the_table_stays_and_can_be_brought_back(self):
        table = stack.deployed()["Table"]
        self.assertEqual((table["DeletionPolicy"], table["UpdateReplacePolicy"]), ("Retain", "Retain"))
        properties = table["Properties"]
        self.assertIs(properties["DeletionProtectionEnabled"], True)
        recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
        self.assertEqual(properties["PointInTimeRecoverySpecification"], recovery)

    def test_the_bucket_stays_except_when_its_first_deployment_fails(self):
        bucket = stack.deployed()["Bucket"]
        self.assertEqual((bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))

    def test_a_deleted_file_can_be_brought_back_for_as_long_as_the_table_can(self):
        for parameters, days in [({}, 35), ({"RecoveryDays": 7}, 7)]:
            resources = stack.deployed(**parameters)
            bucket = resources["Bucket"]["Properties"]
            self.assertEqual(bucket["VersioningConfiguration"], {"Status": "Enabled"})
            rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
            self.assertEqual(rules["DeletedFilesGo"]["NoncurrentVersionExpiration"], {"NoncurrentDays": days})
            self.assertEqual(rules["DeletedFilesGo"]["Prefix"], "")
            table = resources["Table"]["Properties"]["PointInTimeRecoverySpecification"]
            self.assertEqual(table["RecoveryPeriodInDays"], days)

    def test_uploads_that_nobody_attached_are_gone_after_a_day_with_their_versions(self):
        rules = stack.deployed()["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
        uploads = next(rule for rule in rules if rule["Prefix"] == "uploads/")
        self.assertEqual(uploads["ExpirationInDays"], 1)
        self.assertEqual(uploads["NoncurrentVersionExpiration"], {"NoncurrentDays": 1})

    def test_no_rule_of_the_bucket_says_what_s3_refuses_together(self):
        for rule in stack.deployed()["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]:
            self.assertFalse({"ExpirationInDays", "ExpiredObjectDeleteMarker"} <= set(rule), rule["Id"])


class Given(unittest.TestCase):
    def test_neither_table_nor_bucket_is_made(self):
        made = stack.deployed(**GIVEN)
        self.assertFalse({"Table", "Bucket", "BucketPolicy"} & set(made))

    def test_every_function_is_told_the_given_names(self):
        for name, properties in stack.of_type(stack.deployed(**GIVEN), "AWS::Lambda::Function").items():
            variables = properties["Environment"]["Variables"]
            self.assertEqual((variables["TABLE_NAME"], variables["BUCKET_NAME"]), ("restored", "files"), name)

    def test_policies_allow_the_same_on_the_given_ones_as_on_the_stacks_own(self):
        own = statements(stack.deployed())
        given = statements(stack.deployed(**GIVEN))
        table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/restored"
        self.assertEqual([there(text, table, "arn:${AWS::Partition}:s3:::files") for text in own], given)
        self.assertTrue(given)

    def test_alarms_watch_the_given_table(self):
        for name, value in dimensions(stack.deployed(**GIVEN), "TableName"):
            self.assertEqual(value, "restored", name)

    def test_the_outputs_name_the_given_ones(self):
        outputs = stack.stack(**GIVEN)["Outputs"]
        told = {name: outputs[name]["Value"] for name in ("TableName", "StreamArn", "BucketName")}
        self.assertEqual(told, {"TableName": "restored", "StreamArn": STREAM, "BucketName": "files"})


class References(unittest.TestCase):
    def test_only_the_parameters_of_the_names_look_at_the_stacks_own_table_and_bucket(self):
        for name, resource in stack.transformed()["Resources"].items():
            if name not in THEIR_OWN:
                # The stream has no name of its own, so it is chosen where it is read.
                found = stack.references(without_stream(resource))
                self.assertFalse({"Table", "Bucket"} & found, f"{name}: say TableName.Value, TableArn.Value and so on")

    def test_nothing_refers_to_what_is_not_made(self):
        for parameters in STACKS:
            whole = stack.stack(**parameters)
            known = set(whole["Resources"]) | set(stack.transformed(**parameters)["Parameters"])
            for part in whole.values():
                for name, entry in part.items():
                    with self.subTest(parameters, name=name):
                        unknown = stack.references(entry) - known
                        self.assertEqual({name for name in unknown if not name.startswith("AWS::")}, set())


class OwnDomain(unittest.TestCase):
    def test_without_a_name_there_is_no_domain(self):
        made = stack.deployed()
        self.assertFalse({"Domain", "DomainMapping", "DomainRecord"} & set(made))

    def test_a_name_and_its_certificate_are_put_before_the_default_stage(self):
        made = stack.deployed(**STACKS[2])
        settings = made["Domain"]["Properties"]["DomainNameConfigurations"]
        self.assertEqual(made["Domain"]["Properties"]["DomainName"], "chat.example.com")
        self.assertEqual(settings[0]["CertificateArn"], DOMAIN["CertificateArn"])
        mapping = made["DomainMapping"]["Properties"]
        self.assertEqual(mapping["ApiId"], {"Ref": "Api"})
        self.assertEqual(made[mapping["Stage"]["Ref"]]["Properties"]["StageName"], "$default")

    def test_a_zone_gets_a_record_and_without_one_the_outputs_say_what_to_point_to(self):
        self.assertEqual(stack.deployed(**STACKS[2])["DomainRecord"]["Properties"]["Name"], "chat.example.com")
        whole = stack.stack(**STACKS[3])
        self.assertNotIn("DomainRecord", whole["Resources"])
        self.assertIn("DomainTarget", whole["Outputs"])
        self.assertEqual(whole["Outputs"]["ApiUrl"]["Value"], "https://chat.example.com/v3")

    def test_what_does_not_go_together_is_refused_before_anything_is_made(self):
        rules = stack.transformed()["Rules"]
        self.assertEqual(set(rules), {"ExistingTableHasStream", "DomainHasCertificate"})


def without_stream(value):
    if isinstance(value, list):
        return [without_stream(item) for item in value]
    if isinstance(value, dict):
        if value.get("Fn::GetAtt") == ["Table", "StreamArn"]:
            return None
        return {key: without_stream(item) for key, item in value.items()}
    return value


def statements(resources):
    """Actions and resources of every statement that names any, in order."""
    policies = [
        (name, policy["PolicyDocument"]["Statement"])
        for name, role in stack.of_type(resources, "AWS::IAM::Role").items()
        for policy in role.get("Policies", [])
    ]
    return [(name, said["Action"], as_text(said["Resource"])) for name, all_of_it in policies for said in all_of_it]


def as_text(value):
    """Resources of a policy as the text of a `Fn::Sub`."""
    match value:
        case list():
            return [as_text(item) for item in value]
        case {"Fn::Sub": text}:
            return text
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
    return value


def there(statement, table, bucket):
    name, action, resource = statement
    move = lambda text: text.replace("${Table.Arn}", table).replace("${Bucket.Arn}", bucket)  # noqa: E731
    return (name, action, [move(text) for text in resource] if isinstance(resource, list) else move(resource))


def dimensions(resources, dimension):
    """The alarms with such a dimension, and its value."""
    for name, properties in stack.of_type(resources, "AWS::CloudWatch::Alarm").items():
        metrics = [metric["MetricStat"]["Metric"] for metric in properties.get("Metrics", []) if "MetricStat" in metric]
        for metric in [*metrics, properties]:
            for entry in metric.get("Dimensions", []):
                if entry["Name"] == dimension:
                    yield name, entry["Value"]


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
