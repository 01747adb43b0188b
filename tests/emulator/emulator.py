"""A stand-in for AWS on this machine: `ministack`, which makes the resources of a CloudFormation template, and a
DynamoDB and S3 to use them. No account, no Docker, nothing beyond 127.0.0.1."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-central-1"
# The only credentials whose signed URLs it takes.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
PATIENCE_SECONDS = 60
# In an environment of its own, because it wants other versions than SAM; `./do tools` makes it.
PROGRAM = os.environ.get("MINISTACK", Path(__file__).resolve().parents[2] / "target/ci-tools/emulator/bin/ministack")


class Emulator:
    """A running `ministack`."""

    def __init__(self, url):
        self.url = url

    def client(self, service):
        """A client of one of its services."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )


@contextlib.contextmanager
def running():
    """Starts one on a free port and ends it."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = {
            **os.environ,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "S3_DATA_DIR": os.path.join(folder, "s3"),
            "TMPDIR": folder,
            "LOG_LEVEL": "WARNING",
            # It listens on a fixed port of its own.
            "IOT_MTLS_ENABLED": "false",
        }
        with open(os.path.join(folder, "log"), "w+b") as log:
            process = subprocess.Popen([PROGRAM], env=environment, cwd=folder, stdout=log, stderr=log)
            try:
                emulator = Emulator(f"http://127.0.0.1:{port}")
                wait_for(process, emulator.url, log)
                yield emulator
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(process, url, log):
    """Until it answers."""
    for _ in range(PATIENCE_SECONDS * 10):
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"ministack ended: {log.read().decode()[-2000:]}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).close()
            return
        time.sleep(0.1)
    raise RuntimeError("ministack does not answer")
