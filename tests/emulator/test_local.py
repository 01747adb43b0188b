#!/usr/bin/env python3
"""Built functions on the data of a running service, by the very environment and events that `./do local-env` and `./do
event` make: through a Runtime API as in `sam local`'s container, and behind `cargo lambda watch` and `cargo lambda invoke`.

    cargo build --workspace --bins && tests/emulator/test_local.py

Of `cargo lambda watch` one thing is not as it is at home: `cargo run`, by which it starts a function, does not build.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))

import emulator
import local
import runtime

BUILT = ROOT / "target/debug"
CARGO_LAMBDA = os.environ.get("CARGO_LAMBDA") or shutil.which("cargo-lambda")
PATIENCE_SECONDS = 60
# `cargo run … --bin NAME`, without building; `cargo lambda` also asks it for the packages.
STARTS = f"""#!/usr/bin/env bash
[ "$1" = run ] || exec "$REAL_CARGO" "$@"
while [ $# -gt 0 ]; do
    [ "$1" = --bin ] && exec {BUILT}/"$2"
    shift
done
exit 1
"""


@contextlib.contextmanager
def started(command, **options):
    """A process that is ended, with what it started."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(10)


class Local(unittest.TestCase):
    """A service with data in memory, and `target/local` of it in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        running = contextlib.ExitStack()
        cls.addClassCleanup(running.close)
        cls.folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        log = running.enter_context(open(cls.folder / "printed.txt", "w+b"))
        running.enter_context(started([BUILT / "halley", "--memory", "--port", "0", "--quiet"], stdout=log))
        for _ in range(PATIENCE_SECONDS * 20):
            with contextlib.suppress(local.NotRunning):
                cls.places = local.places((cls.folder / "printed.txt").read_text())
                break
            time.sleep(0.05)
        local.environment(cls.places, cls.folder)
        cls.running = running

    def event(self, name):
        return json.loads(local.event(name, self.places))

    def check(self, name, answer):
        self.assertEqual(answer["statusCode"], 200, f"{name}: {answer}")
        self.assertIn("data", json.loads(answer["body"]), name)


class InSam(Local):
    def test_each_function_answers_its_event_in_the_environment_that_sam_gives_it(self):
        given = json.loads((self.folder / "environment.json").read_text())["Parameters"]
        for name in sorted(path.stem for path in local.EVENTS.glob("*.json")):
            environment = {**given, "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}
            environment["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST"
            event = self.event(name)
            if "reaction" in name and name != "add-reaction":
                # There is something to be seen and taken back.
                runtime.run(BUILT / "add-reaction", environment, self.of_same_message(event))
            self.check(name, runtime.run(BUILT / name, environment, event))

    def of_same_message(self, event):
        message = event["pathParameters"]["id"]
        return json.loads(local.event("add-reaction", self.places, message))


@unittest.skipUnless(CARGO_LAMBDA, "no cargo-lambda; .ci/lambda.txt names it")
class InCargoLambda(Local):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cargo = cls.folder / "cargo"
        cargo.write_text(STARTS)
        cargo.chmod(0o755)
        cls.port = emulator.free_port()
        environment = {**os.environ, "REAL_CARGO": shutil.which("cargo"), "CARGO": str(cargo)}
        environment["PATH"] = f"{cls.folder}:{environment['PATH']}"
        watch = [CARGO_LAMBDA, "lambda", "watch", "--ignore-changes", "--package", "functions"]
        watch += ["--env-file", str(cls.folder / "environment.env")]
        watch += ["--invoke-address", "127.0.0.1", "--invoke-port", str(cls.port)]
        log = cls.running.enter_context(open(cls.folder / "watch.log", "w+b"))
        cls.running.enter_context(started(watch, cwd=ROOT, env=environment, stdout=log, stderr=log))
        for _ in range(PATIENCE_SECONDS * 10):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{cls.port}/v3/settings", timeout=30).close()
                return
            time.sleep(0.1)
        raise RuntimeError((cls.folder / "watch.log").read_text()[-2000:])

    def ask(self, request, body=None, user="cometchat-uid-1"):
        """A request to the one port; what it is answered with."""
        method, path = request.split(" ", 1)
        headers = {"apikey": self.places["API_KEY"], "onbehalfof": user, "content-type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        sent = urllib.request.Request(f"http://127.0.0.1:{self.port}/v3{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(sent, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{request}: {error.code}: {error.read().decode()}") from error

    def test_all_routes_are_served_on_one_port_on_the_same_data(self):
        text = {"receiver": "cometchat-uid-2", "receiverType": "user", "data": {"text": "Bring rope"}}
        sent = self.ask("POST /messages", text)
        self.ask(f"POST /messages/{sent['id']}/reactions/%F0%9F%8C%B3", {}, "cometchat-uid-2")
        self.assertEqual(len(self.ask(f"GET /messages/{sent['id']}/reactions")), 1)
        listed = self.ask("GET /users/cometchat-uid-1/messages?limit=5", user="cometchat-uid-2")
        self.assertIn(sent["id"], [message["id"] for message in listed])
        self.assertEqual(self.ask("GET /users/cometchat-uid-2")["uid"], "cometchat-uid-2")
        # The service itself has it too.
        headers = {"apikey": self.places["API_KEY"]}
        there = urllib.request.Request(f"{self.places['BASE_URL']}/messages/{sent['id']}", headers=headers)
        self.assertEqual(urllib.request.urlopen(there, timeout=30).status, 200)

    def test_invoke_takes_the_same_events(self):
        for name in ("send-message", "get-message", "list-user-messages"):
            file = self.folder / "event.json"
            file.write_text(json.dumps(self.event(name)))
            invoke = [CARGO_LAMBDA, "lambda", "invoke", "--invoke-address", "127.0.0.1"]
            invoke += ["--invoke-port", str(self.port), "--data-file", str(file), name]
            done = subprocess.run(invoke, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check(name, json.loads(done.stdout))


if __name__ == "__main__":
    unittest.main()
