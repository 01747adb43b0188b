"""One cold start: a process started as Lambda starts it, handed one event over the Runtime API, and ended."""

import json
import os
import re
import selectors
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 30
EVENT_HEADERS = (
    "content-type: application/json\r\n"
    "lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    "lambda-runtime-deadline-ms: 4102444800000\r\n"
    "lambda-runtime-invoked-function-arn: arn:aws:lambda:local:123456789012:function:halley\r\n"
)


class NoAnswer(Exception):
    """The process did not answer its event."""


@dataclass(frozen=True)
class Start:
    """What one start took: from before the process exists until the last byte of its answer is here."""

    milliseconds: float
    cpu_milliseconds: float
    peak_bytes: int
    status: int
    body: str


def cold_start(command: list[str], environment: dict[str, str], event: dict) -> Start:
    """Starts `command` and hands it `event`; the process is gone when this returns."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        runtime_api = f"127.0.0.1:{listener.getsockname()[1]}"
        silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        environment = environment | {"AWS_LAMBDA_RUNTIME_API": runtime_api}
        received: dict[socket.socket, bytes] = {}
        begun = time.perf_counter()
        pid = os.posix_spawn(command[0], command, environment, file_actions=silent)
        try:
            answer = _serve(listener, received, json.dumps(event).encode())
            answered = time.perf_counter()
            # Not `ru_maxrss`: that of a young process includes the parent it was made from.
            peak_bytes = _peak_bytes(pid)
        finally:
            os.kill(pid, signal.SIGKILL)
            usage = os.wait4(pid, 0)[2]
            for connection in received:
                connection.close()
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Start((answered - begun) * 1000, cpu_seconds * 1000, peak_bytes, answer["statusCode"], answer["body"])


def _serve(listener: socket.socket, received: dict[socket.socket, bytes], event: bytes) -> dict:
    """Lambda's side of one invocation: hands out the event and waits for the answer."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while ready := selector.select(TIMEOUT_SECONDS):
            for key, _ in ready:
                if key.fileobj is listener:
                    connection = listener.accept()[0]
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(connection, selectors.EVENT_READ)
                    received[connection] = b""
                elif (answer := _read(key.fileobj, selector, received, event)) is not None:
                    return json.loads(answer)
        raise NoAnswer(f"nothing was heard for {TIMEOUT_SECONDS} seconds")


def _read(connection: socket.socket, selector, received: dict, event: bytes) -> bytes | None:
    """Takes what has come; the answer if that completes it."""
    part = connection.recv(1 << 16)
    if not part:
        selector.unregister(connection)
        return None
    received[connection] += part
    whole = _request(received[connection])
    if whole is None:
        return None
    received[connection] = b""
    path, body = whole
    if path.endswith("/invocation/next"):
        head = f"HTTP/1.1 200 OK\r\n{EVENT_HEADERS}content-length: {len(event)}\r\n\r\n"
        connection.sendall(head.encode() + event)
        return None
    if path.endswith("/response"):
        return body
    raise NoAnswer(f"{path}: {body.decode()}")


def _request(received: bytes) -> tuple[str, bytes] | None:
    """Path and body of a request, once it is whole."""
    head, blank_line, body = received.partition(b"\r\n\r\n")
    if not blank_line:
        return None
    path = head.split(b" ", 2)[1].decode()
    if re.search(rb"^transfer-encoding: *chunked", head, re.IGNORECASE | re.MULTILINE):
        return (path, _dechunked(body)) if body.endswith(b"0\r\n\r\n") else None
    length = re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return (path, body) if len(body) >= (int(length[1]) if length else 0) else None


def _dechunked(body: bytes) -> bytes:
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        content += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return content


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024
