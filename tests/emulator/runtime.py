"""Functions as Lambda runs them: a built bootstrap, and the Runtime API that it takes an event from and answers to."""

import base64
import gzip
import json
import queue
import re
import subprocess
import threading
import urllib.parse
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deployment import sam
from emulator import CREDENTIALS, REGION

PATIENCE_SECONDS = 30
DOMAIN = "abcdefghij.execute-api.eu-central-1.amazonaws.com"


class Gateway:
    """API Gateway in front of a deployment: finds the route in what the stack was given, and asks its function."""

    def __init__(self, deployment):
        self.deployment = deployment
        self.lambdas = deployment.emulator.client("lambda")
        self.names = deployment.resources()
        self.routes = [
            (pattern(path), path, method, re.search(r"\$\{(\w+)\.Arn\}", json.dumps(entry))[1])
            for path, methods in deployment.template["Resources"]["Api"]["Properties"]["Body"]["paths"].items()
            for method, entry in methods.items()
        ]

    def ask(self, method, target, headers=None, body=None):
        """One request, of a client that takes gzip as all browsers do; the status and the body of the answer."""
        path, _, query = target.partition("?")
        function, key, parameters = self.route(method, path)
        event = event_of(method, path, query, headers or {}, body, key, parameters)
        answer = self.invoke(function, event)
        return answer["statusCode"], json.loads(body_of(answer) or "null")

    def route(self, method, path):
        for matcher, template, routed, function in sorted(self.routes, key=lambda route: -len(route[1])):
            found = matcher.fullmatch(path)
            if found and routed == method.lower():
                return function, f"{method} {template}", found.groupdict()
        default = next(function for _, path, _, function in self.routes if path == "$default")
        return default, "$default", {}

    def invoke(self, function, event):
        settings = self.lambdas.get_function_configuration(FunctionName=self.names[function])
        environment = settings["Environment"]["Variables"] | CREDENTIALS | {
            "AWS_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": settings["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_ENDPOINT_URL_DYNAMODB": self.deployment.emulator.url,
            "AWS_ENDPOINT_URL_S3": self.deployment.emulator.url,
        }
        return run(bootstrap(self.deployment.bootstraps, binary_of(function)), environment, event)


def binary_of(function):
    return sam.source()["Resources"][function]["Metadata"]["BuildProperties"]["Binary"]


def bootstrap(folder, name):
    """As `cargo lambda build` lays it out, or `cargo build`."""
    found = next((path for path in (folder / name / "bootstrap", folder / name) if path.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{name} is not built in {folder}")
    return found


def pattern(path):
    """A route as a regular expression; `{name+}` takes slashes."""
    greedy = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", greedy).replace("$default", r"\$default"))


def event_of(method, path, query, headers, body, key, parameters):
    """An event of API Gateway's payload format 2.0."""
    event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": DOMAIN, "content-type": "application/json", "accept-encoding": "gzip", **headers},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": DOMAIN,
            "domainPrefix": "abcdefghij",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "tests",
            },
            "requestId": "SGVsbG8hIEJpZD0=",
            "routeKey": key,
            "stage": "$default",
            "time": "16/Oct/2025:09:00:00 +0000",
            "timeEpoch": 1760605200000,
        },
        "isBase64Encoded": False,
    }  # fmt: skip
    if parameters:
        event["pathParameters"] = {name: urllib.parse.unquote(value) for name, value in parameters.items()}
    if query:
        event["queryStringParameters"] = dict(urllib.parse.parse_qsl(query))
    if body is not None:
        event["body"] = json.dumps(body)
    return event


def body_of(answer):
    """The text of a body, as API Gateway passes it on and a client reads it."""
    body = answer.get("body")
    if not answer.get("isBase64Encoded"):
        return body
    assert answer["headers"]["content-encoding"] == "gzip", answer
    return gzip.decompress(base64.b64decode(body, validate=True))


def run(program, environment, event):
    """Starts the program, hands it the event, returns its answer and ends it."""
    answers = queue.Queue()
    with runtime_api(event, answers) as address:
        process = subprocess.Popen(
            [str(program)], env={**environment, "AWS_LAMBDA_RUNTIME_API": address}, stdout=subprocess.DEVNULL
        )
        try:
            kind, answer = answers.get(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
            process.wait()
    if kind != "response":
        raise AssertionError(f"{program.name}: {kind}: {answer}")
    return json.loads(answer)


@contextmanager
def runtime_api(event, answers):
    """Gives out one event and takes one answer."""
    given, ended = threading.Lock(), threading.Event()

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if not given.acquire(blocking=False):
                ended.wait()
                return
            body = json.dumps(event).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.send_header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            self.send_header("lambda-runtime-deadline-ms", "4102444800000")
            self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:halley")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            body = self.body()
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()
            answers.put((self.path.rpartition("/")[2], body))

        def body(self):
            if "content-length" in self.headers:
                return self.rfile.read(int(self.headers["content-length"]))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, *_):
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A process that is ended cuts its connections off."""

    server = Server(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
