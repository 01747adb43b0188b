#!/usr/bin/env python3
"""Prints the table of "Beside others" in docs/performance.md: sends and lists a second of Halley, of the least that a Node.js server can do on the
same database, and of Synapse, one after the other, on one machine.

    cargo build --profile bench-load --workspace --bin halley
    bench/beside/measure.py [--halley NAME=BINARY ...] [--seconds 8] [--rounds 3]

Needs Node.js 20 with npm, Python 3.11 with pip, and `wrk`. All serve in memory but Synapse, whose SQLite is a file; each stands
alone while the others wait. `--halley` measures other builds too; the first is the measure of the ratios.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request
import venv
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SYNAPSE = "matrix-synapse==1.163.2"
PAGE = 50
CLIENTS = (1, 16)
TEXT = "The ladders are back in the shed."
SYNAPSE_CONFIG = """
server_name: beside
signing_key_path: {folder}/signing.key
report_stats: false
suppress_key_server_warning: true
registration_shared_secret: beside
database: {{name: sqlite3, args: {{database: "{folder}/beside.db"}}}}
media_store_path: {folder}/media
log_config: {folder}/log.yaml
listeners: [{{port: {port}, bind_addresses: ["127.0.0.1"], type: http, resources: [{{names: [client]}}]}}]
trusted_key_servers: []
rc_message: {{per_second: 1000000, burst_count: 1000000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
"""


@dataclass(frozen=True, eq=False)
class Subject:
    """A server that runs, and how `wrk` asks it."""

    name: str
    list_url: str
    send_url: str
    send_method: str
    headers: dict[str, str]
    body: dict

    def script(self, operation: str) -> str:
        lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in self.headers.items()]
        if operation == "send":
            # Synapse wants another path each time; to the others it says nothing.
            path = urllib.request.Request(self.send_url).selector
            lines += [
                'wrk.headers["Content-Type"] = "application/json"',
                f"local body = {json.dumps(json.dumps(self.body))}",
                "local n = 0",
                'local run = tostring(os.time()) .. tostring({}):sub(8)',
                "request = function()",
                "  n = n + 1",
                f'  local path = ({json.dumps(path)}):gsub("TXN", run .. "-" .. n)',
                f"  return wrk.format({json.dumps(self.send_method)}, path, nil, body)",
                "end",
            ]
        return "\n".join(lines)

    def rate(self, operation: str, clients: int, seconds: int) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(self.script(operation))
            script.flush()
            url = self.list_url if operation == "list" else self.send_url
            command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", script.name, url]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(f"{self.name}: {said}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--halley", action="append", metavar="NAME=BINARY")
    parser.add_argument("--seconds", type=int, default=8, help="each figure of a round")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    builds = arguments.halley or [f"Halley={ROOT}/target/bench-load/halley"]
    with ExitStack() as stack:
        subjects = [halley(stack, *build.split("=", 1)) for build in builds]
        subjects += [node(stack), synapse(stack)]
        for subject in subjects:
            subject.rate("send", 1, 2)
        cells = [(operation, clients) for operation in ("list", "send") for clients in CLIENTS]
        rates = {(subject, *cell): [] for subject in subjects for cell in cells}
        for _ in range(arguments.rounds):
            for operation, clients in cells:
                for subject in subjects:
                    rate = subject.rate(operation, clients, arguments.seconds)
                    rates[subject, operation, clients].append(rate)
    print_table(subjects, cells, rates)


def print_table(subjects: list[Subject], cells: list[tuple[str, int]], rates: dict) -> None:
    print("| | " + " | ".join(f"{operation}s/s, {clients} client{'s' * (clients > 1)}" for operation, clients in cells) + " |")
    print("| --- |" + " --- |" * len(cells))
    for subject in subjects:
        row = []
        for cell in cells:
            rate, measure = (statistics.median(rates[one, *cell]) for one in (subject, subjects[0]))
            row.append(f"{rate:.0f}" + (f" (1/{measure / rate:.1f})" if subject != subjects[0] else ""))
        print(f"| {subject.name} | " + " | ".join(row) + " |")


def started(stack: ExitStack, command: list, **options) -> subprocess.Popen:
    process = stack.enter_context(subprocess.Popen([str(part) for part in command], text=True, **options))
    stack.callback(process.terminate)
    return process


def asked(method: str, url: str, headers: dict[str, str], body: dict | None = None) -> dict:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def halley(stack: ExitStack, name: str, binary: str) -> Subject:
    process = started(stack, [binary, "--memory", "--port", "0", "--quiet"], stdout=subprocess.PIPE)
    said = ""
    while "AWS_SECRET_ACCESS_KEY" not in said:
        said += process.stdout.readline()
    base = re.search(r"listens on (\S+)", said)[1]
    app = {"apikey": re.search(r"API key: (\S+)", said)[1]}
    for uid in ("one", "two"):
        asked("POST", f"{base}/users", app, {"uid": uid, "name": uid.title()})
    token = asked("POST", f"{base}/users/one/auth_tokens", app, {})["data"]["authToken"]
    # Where the others find the database.
    found = re.search(r"DynamoDB: (\S+) \(table (\S+)\)", said)
    DATABASE.setdefault("AWS_ENDPOINT_URL_DYNAMODB", found[1])
    DATABASE.setdefault("TABLE", found[2])
    for setting in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        DATABASE.setdefault(setting, re.search(rf"{setting}=(\S+)", said)[1])
    body = {"receiver": "two", "receiverType": "user", "category": "message", "type": "text", "data": {"text": TEXT}}
    headers = {"authToken": token, "appId": "beside"}
    return Subject(name, f"{base}/users/two/messages?limit={PAGE}", f"{base}/messages", "POST", headers, body)


DATABASE: dict[str, str] = {}


def node(stack: ExitStack) -> Subject:
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE.parent / "cold-start/node", check=True)
    process = started(stack, ["node", HERE / "server.mjs"], stdout=subprocess.PIPE, env=os.environ | DATABASE)
    url = process.stdout.readline().strip()
    body = {"receiver": "two", "data": {"text": TEXT}}
    return Subject("Node.js, one put or query", f"{url}/two?limit={PAGE}", f"{url}/", "POST", {}, body)


def synapse(stack: ExitStack) -> Subject:
    environment = ROOT / "target/beside/synapse"
    if not (environment / "bin/synapse_homeserver").exists():
        venv.create(environment, with_pip=True)
        subprocess.run([environment / "bin/pip", "install", "--quiet", SYNAPSE], check=True)
    folder, port = stack.enter_context(tempfile.TemporaryDirectory()), free_port()
    Path(folder, "log.yaml").write_text("version: 1\nroot: {level: ERROR}\n")
    config = Path(folder, "homeserver.yaml")
    config.write_text(SYNAPSE_CONFIG.format(folder=folder, port=port))
    command = [environment / "bin/synapse_homeserver", "-c", config]
    subprocess.run([*command, "--generate-keys"], check=True, cwd=folder)
    started(stack, command, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    one, two = (registered(base, uid) for uid in ("one", "two"))
    client = f"{base}/_matrix/client/v3"
    room = asked("POST", f"{client}/createRoom", one, {"preset": "trusted_private_chat", "is_direct": True, "invite": ["@two:beside"]})["room_id"]
    asked("POST", f"{client}/join/{room}", two, {})
    body = {"msgtype": "m.text", "body": TEXT}
    messages = f"{client}/rooms/{room}/messages?dir=b&limit={PAGE}"
    return Subject("Synapse with SQLite", messages, f"{client}/rooms/{room}/send/m.room.message/TXN", "PUT", one, body)


def free_port() -> int:
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def registered(base: str, uid: str) -> dict[str, str]:
    """Registers a user by the shared secret, as soon as the server answers; what its requests carry."""
    url = f"{base}/_synapse/admin/v1/register"
    for _ in range(300):
        try:
            nonce = asked("GET", url, {})["nonce"]
            break
        except OSError:
            time.sleep(0.2)
    else:
        raise SystemExit("Synapse does not answer")
    said = "\0".join([nonce, uid, "password", "notadmin"]).encode()
    mac = hmac.new(b"beside", said, hashlib.sha1).hexdigest()
    body = {"nonce": nonce, "username": uid, "password": "password", "admin": False, "mac": mac}
    return {"Authorization": f"Bearer {asked('POST', url, {}, body)['access_token']}"}


if __name__ == "__main__":
    main()
