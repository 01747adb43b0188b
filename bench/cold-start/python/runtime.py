"""Lambda's side of a Python function, as short as it can be: fetch an event, call the handler, post the answer."""

import http.client
import json
import os

from handler import handler

runtime_api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PREFIX = "/2018-06-01/runtime/invocation"

while True:
    runtime_api.request("GET", f"{PREFIX}/next")
    event = runtime_api.getresponse()
    request_id = event.headers["lambda-runtime-aws-request-id"]
    answer = json.dumps(handler(json.load(event)))
    runtime_api.request("POST", f"{PREFIX}/{request_id}/response", answer)
    runtime_api.getresponse().read()
