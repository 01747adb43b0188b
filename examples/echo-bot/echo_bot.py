#!/usr/bin/env python3
"""A bot that says what it is told. README.md says how it is started."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

API = os.environ.get("HALLEY_URL", "http://127.0.0.1:8080/v3")
KEY = os.environ["HALLEY_KEY"]


def answer(message, bot):
    in_group = message["receiverType"] == "group"
    body = {
        "receiverType": message["receiverType"],
        "receiver": message["receiver"] if in_group else message["sender"],
        "data": {"text": "You said: " + message["data"].get("text", "something without words")},
    }
    headers = {"apikey": KEY, "content-type": "application/json"}
    urlopen(Request(f"{API}/bots/{bot}/messages", json.dumps(body).encode(), headers), timeout=10).close()


class Bot(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # Within 2 seconds, so before the answer is written.
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        answer(told["data"], told["bot"])

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Bot)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
