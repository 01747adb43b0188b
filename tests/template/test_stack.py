"""What a deployment would make, read from the transformed template, and what `sam deploy --guided` would ask."""

import json
import re
import unittest
from collections import Counter

import stack
from samcli.commands.deploy.auth_utils import auth_per_resource
from samcli.commands.deploy.command import cli as deploy
from samcli.lib.config.samconfig import SamConfig
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.yamlhelper import yaml_parse

# CloudFormation takes 500 resources; the distance is for what comes.
MOST_RESOURCES = 400
FUNCTION = "AWS::Lambda::Function"
# What a role may do with the table's items, as its name says it.
ACTIONS = {
    "GetItem": "Get",
    "BatchGetItem": "BatchGet",
    "Query": "Query",
    "ConditionCheckItem": "Check",
    "PutItem": "Put",
    "UpdateItem": "Update",
    "DeleteItem": "Delete",
}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ANY_METHOD = "x-amazon-apigateway-any-method"
DEFAULT_ROUTE = ("$default", ANY_METHOD)


def body(**parameters):
    """The OpenAPI document that API Gateway is given."""
    return stack.deployed(**parameters)["Api"]["Properties"]["Body"]


def routes():
    """The function behind each path and method."""
    paths = body()["paths"]
    return {(path, method): function_of(entry) for path, methods in paths.items() for method, entry in methods.items()}


def function_of(entry):
    """The logical id in an integration's address."""
    address = json.dumps(entry["x-amazon-apigateway-integration"]["uri"])
    return re.search(r"\$\{(\w+)\.Arn\}", address)[1]


def handler_of_options(path):
    """Who gets an OPTIONS request if API Gateway leaves it to a route: the path's own, the path's for any method, or
    `$default`, in this order."""
    known = routes()
    return next(known[route] for route in ((path, "options"), (path, ANY_METHOD), DEFAULT_ROUTE) if route in known)


# What the WebSocket API leads to, besides the routes of the REST API.
SOCKET_ROUTES = ["SocketFrameFunction", "SocketCloseFunction"]


class Cors(unittest.TestCase):
    EVERYTHING = {
        "allowHeaders": ["appid", "authtoken", "apikey", "content-type", "resource", "sdk", "onbehalfof"],
        "allowMethods": ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        "exposeHeaders": ["retry-after"],
        "maxAge": 86400,
    }
    ORIGINS = [
        # the parameters, the list that API Gateway gets
        ({}, ["*"]),
        ({"AllowedOrigins": "*"}, ["*"]),
        ({"AllowedOrigins": "https://a.example"}, ["https://a.example"]),
        ({"AllowedOrigins": "https://a.example,http://b.example:81"}, ["https://a.example", "http://b.example:81"]),
    ]

    def test_the_api_tells_browsers_everything_for_each_list_of_origins(self):
        for parameters, origins in self.ORIGINS:
            with self.subTest(parameters):
                told = body(**parameters).get("x-amazon-apigateway-cors")
                self.assertEqual(told, {"allowOrigins": origins, **self.EVERYTHING})

    def test_without_origins_the_api_has_no_cors(self):
        self.assertNotIn("x-amazon-apigateway-cors", body(AllowedOrigins=""))


class Routes(unittest.TestCase):
    def test_every_operation_of_the_description_has_a_route_and_no_other_route_is_there(self):
        described = yaml_parse((stack.ROOT / "openapi.yaml").read_text())["paths"]
        # Paths with servers of their own stand beside the versions.
        routed = {path: path if "servers" in described[path] else f"/{{version}}{path}" for path in described}
        expected = {(routed[path], method) for path in described for method in METHODS & set(described[path])}
        # OpenAPI has no word for parameters that take slashes, which API Gateway writes `{name+}`.
        found = {(path.replace("+}", "}"), method) for path, method in routes()}
        self.assertEqual(found, expected | {DEFAULT_ROUTE})

    def test_each_route_leads_to_the_function_that_asks_for_it_and_that_may_be_called_by_it(self):
        functions = stack.of_type(stack.source()["Resources"], "AWS::Serverless::Function")
        allowed = Counter(
            permission["FunctionName"]["Ref"]
            for permission in stack.of_type(stack.deployed(), "AWS::Lambda::Permission").values()
        )
        for name, properties in functions.items():
            events = properties.get("Events", {}).values()
            asked = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
            for event in asked:
                route = (event["Path"], event["Method"].lower()) if "Path" in event else DEFAULT_ROUTE
                with self.subTest(name, route=route):
                    self.assertEqual(routes()[route], name)
            self.assertEqual(allowed[name], len(asked) + SOCKET_ROUTES.count(name), name)

    def test_no_endpoint_swallows_options(self):
        for path in body()["paths"]:
            with self.subTest(path):
                self.assertEqual(handler_of_options(path), "NotFoundFunction")

    def test_no_route_is_behind_an_authorizer_of_api_gateway(self):
        for path, key in stack.leaves(body()):
            self.assertNotIn(key, ("security", "securitySchemes"), path)


class Sockets(unittest.TestCase):
    """The WebSocket API, whose resources the template writes by itself, because SAM's know no answer without a function."""

    def setUp(self):
        self.resources = stack.deployed()

    def of(self, kind):
        found = stack.of_type(self.resources, f"AWS::ApiGatewayV2::{kind}").values()
        return [each for each in found if each.get("ApiId") == {"Ref": "SocketApi"}]

    def integration(self, route):
        target = route["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
        return self.resources[target]["Properties"]

    def test_frames_and_closures_reach_their_functions_and_pings_none(self):
        routes = {route["RouteKey"]: self.integration(route) for route in self.of("Route")}
        functions = {key: integration.get("IntegrationUri", {}).get("Fn::Sub") for key, integration in routes.items()}
        self.assertEqual(set(functions), {"$default", "$disconnect", "ping"})
        self.assertIn("${SocketFrameFunction.Arn}", functions["$default"])
        self.assertIn("${SocketCloseFunction.Arn}", functions["$disconnect"])
        self.assertEqual((functions["ping"], routes["ping"]["IntegrationType"]), (None, "MOCK"))

    def test_a_ping_is_answered_by_the_gateway(self):
        api = self.resources["SocketApi"]["Properties"]
        self.assertEqual(api["RouteSelectionExpression"], "$request.body.action")
        ping = next(route for route in self.of("Route") if route["RouteKey"] == "ping")
        self.assertEqual(ping["RouteResponseSelectionExpression"], "$default")
        self.assertEqual([answer["RouteResponseKey"] for answer in self.of("RouteResponse")], ["$default"])
        (answer,) = self.of("IntegrationResponse")
        self.assertEqual(answer["ResponseTemplates"], {"200": '{"action":"pong"}'})

    def test_the_gateway_may_call_each_function_for_its_own_route_only(self):
        allowed = stack.of_type(self.resources, "AWS::Lambda::Permission").values()
        sources = [permission["SourceArn"]["Fn::Sub"] for permission in allowed if "SocketApi" in str(permission)]
        self.assertEqual(sorted(source.rsplit("/", 1)[1] for source in sources), ["$default", "$disconnect"])

    def test_its_url_is_told_to_functions_and_people(self):
        url = {"Fn::Sub": "wss://${SocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"}
        self.assertEqual(stack.source()["Outputs"]["SocketUrl"]["Value"], url)
        (stage,) = self.of("Stage")
        self.assertEqual((stage["StageName"], stage["AutoDeploy"]), ("live", True))
        self.assertIn("ThrottlingRateLimit", stage["DefaultRouteSettings"])


class Functions(unittest.TestCase):
    EVERY_FUNCTION = [
        ("Runtime", "provided.al2023"),
        ("Architectures", ["arm64"]),
        ("Handler", "bootstrap"),
        ("PackageType", None),
    ]

    def test_every_function_runs_on_what_the_binaries_are_built_for(self):
        functions = stack.of_type(stack.deployed(), FUNCTION)
        for name, properties in functions.items():
            for key, expected in self.EVERY_FUNCTION:
                with self.subTest(name, property=key):
                    self.assertEqual(properties.get(key), expected)
        written = stack.of_type(stack.source()["Resources"], "AWS::Serverless::Function")
        self.assertEqual(set(functions), set(written))


class Background(unittest.TestCase):
    """Functions without routes: the stream's consumer, and what it invokes."""

    def test_what_fails_for_good_is_kept(self):
        mappings = stack.of_type(stack.deployed(), "AWS::Lambda::EventSourceMapping")
        self.assertEqual([mapping["FunctionName"] for mapping in mappings.values()], [{"Ref": "DeliverEventsFunction"}])
        invoked = stack.of_type(stack.deployed(), "AWS::Lambda::EventInvokeConfig")
        queues = {"RunJobFunction": "FailedEvents", "DeliverWebhookFunction": "FailedWebhooks"}
        self.assertEqual({config["FunctionName"]["Ref"] for config in invoked.values()}, set(queues))
        for settings in [*mappings.values(), *invoked.values()]:
            queue = settings["DestinationConfig"]["OnFailure"]["Destination"]
            expected = queues[settings["FunctionName"]["Ref"]] if settings in invoked.values() else "FailedEvents"
            self.assertEqual(queue, {"Fn::GetAtt": [expected, "Arn"]})
        for name in ["DeliverEventsFunction", *queues]:
            role = json.dumps(stack.deployed()[f"{name}Role"])
            self.assertIn("sqs:SendMessage", role, name)
        self.assertIn("AWSLambdaDynamoDBExecutionRole", json.dumps(stack.deployed()["DeliverEventsFunctionRole"]))


class Resources(unittest.TestCase):
    def test_the_stack_stays_below_cloudformations_limit(self):
        kinds = Counter(resource["Type"] for resource in stack.deployed().values())
        print(f"{kinds.total()} resources, {kinds[FUNCTION]} of them functions")
        self.assertLess(kinds.total(), MOST_RESOURCES)

    def test_whatever_is_referred_to_is_there(self):
        """CloudFormation refuses a template that names what it does not have, also where a condition takes that away."""
        template = stack.transformed()
        known = template["Resources"].keys() | template["Parameters"].keys()
        named = stack.references([template["Resources"], template["Outputs"]])
        self.assertEqual({name for name in named - known if not name.startswith("AWS::")}, set())

    def test_nothing_uses_a_paid_key(self):
        self.assertNotIn("SSESpecification", stack.deployed()["Table"]["Properties"])
        for path, text in stack.leaves(stack.deployed()):
            self.assertIsNone(re.search(r"kms", str(text), re.IGNORECASE), path)

    def test_functions_that_need_the_same_share_a_role_and_no_others_do(self):
        roles = stack.of_type(stack.deployed(), "AWS::IAM::Role")
        allowed = {name: json.dumps(role.get("Policies", []), sort_keys=True) for name, role in roles.items()}
        # The name of a policy is SAM's, by its role's.
        allowed = {name: re.sub(r'"PolicyName": "\w+"', "", policies) for name, policies in allowed.items()}
        functions = stack.of_type(stack.deployed(), FUNCTION).values()
        users = Counter(function["Role"]["Fn::GetAtt"][0] for function in functions)
        self.assertEqual(set(users), set(roles))
        repeated = {name for name in roles if Counter(allowed.values())[allowed[name]] > 1}
        self.assertEqual(repeated, set())
        for name, n_functions in users.items():
            # SAM names those that it makes for one function.
            self.assertEqual(n_functions == 1, name.endswith("FunctionRole"), name)

    def test_the_name_of_a_shared_role_says_what_it_allows(self):
        for name, role in stack.of_type(stack.deployed(), "AWS::IAM::Role").items():
            if not name.endswith("FunctionRole"):
                [policy] = role["Policies"]
                said = [self.said(statement) for statement in policy["PolicyDocument"]["Statement"]]
                self.assertEqual("".join(said) + "Role", name)

    def said(self, statement):
        """`GetQuery`, `ById` or `Media`: actions on the table, an index that is queried, media that are signed for."""
        actions, resource = statement["Action"], json.dumps(statement["Resource"])
        if index := re.search(r"/index/([\w-]+)", resource):
            self.assertEqual(actions, "dynamodb:Query")
            return index[1].title().replace("-", "")
        if "/media/*" in resource:
            self.assertEqual(actions, "s3:GetObject")
            return "Media"
        names = [action.removeprefix("dynamodb:") for action in ([actions] if isinstance(actions, str) else actions)]
        return "".join(said for name, said in ACTIONS.items() if name in names)

    def test_the_roles_have_no_names_so_that_capability_iam_is_enough(self):
        for name, role in stack.of_type(stack.deployed(), "AWS::IAM::Role").items():
            self.assertNotIn("RoleName", role, name)


class Deploying(unittest.TestCase):
    # Whose account, where and who is told: nothing of it belongs into the repository.
    PERSONAL = {"profile", "region", "s3_bucket", "role_arn", "parameter_overrides", "notification_arns"}

    def settings(self):
        return SamConfig(str(stack.ROOT)).get_all(["deploy"], "parameters")

    def test_guided_deployment_asks_about_no_function(self):
        stacks, _ = SamLocalStackProvider.get_stacks(str(stack.TEMPLATE))
        looked_at = auth_per_resource(stacks)
        self.assertEqual(len(looked_at), len(routes()), "it looks at each route")
        self.assertEqual([name for name, is_guarded in looked_at if not is_guarded], [])

    def test_the_settings_are_options_of_the_command_and_nobodys_own(self):
        settings = set(self.settings())
        self.assertLessEqual(settings, {option.name for option in deploy.params})
        self.assertFalse(settings & self.PERSONAL)

    def test_a_deployment_without_questions_has_what_it_needs(self):
        needed = [("stack_name", "halley"), ("capabilities", "CAPABILITY_IAM"), ("resolve_s3", True)]
        for key, expected in needed:
            with self.subTest(key):
                self.assertEqual(self.settings().get(key), expected)


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
