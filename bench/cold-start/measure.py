#!/usr/bin/env python3
"""Makes "Cold start and size" in docs/performance.md: builds, starts everything N times in turn, writes the tables.

    nice bench/cold-start/measure.py [FUNCTION ...] [--arm64] [--starts 20] [--variant NAME=BINARY ...]

Needs Rust, Python 3.11 with pip, Node.js 20 with npm, and the `openssl` command; for `--arm64` also cargo-lambda with
zig and the Rust target. Without functions it takes all of `functions/src/bin/`, which the release profile builds in half an
hour on two cores. A variant is a send-message that was built otherwise.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import venv
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Iterator

import report
import tls
from events import Stage, event_of, is_spent_by
from lambda_start import NoAnswer, Start, cold_start
from subjects import Kind, Subject

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "target"
WORK = TARGET / "cold-start"
SEND = "send-message"
# One more than the first send of a process makes: what decides it and the key, and the transaction.
N_ROUND_TRIPS = 3


def main() -> None:
    arguments = parsed()
    functions = arguments.functions or sorted(file.stem for file in (ROOT / "functions/src/bin").iterdir())
    build_rust(functions, arguments.arm64)
    subjects = [Subject.function(name, TARGET / "release" / name) for name in functions]
    subjects += [Subject.variant(*variant.split("=", 1)) for variant in arguments.variant]
    subjects += baselines()
    authority = tls.authority(WORK / "tls")
    starts = in_turn(subjects, authority, arguments.starts)
    deployed = {name: TARGET / "lambda" / name / "bootstrap" for name in functions} if arguments.arm64 else {}
    report.write(ROOT / "docs/performance.md", subjects, starts, deployed, arguments)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help="default: all in functions/src/bin")
    parser.add_argument("--arm64", action="store_true", help="also build what is deployed, for its sizes")
    parser.add_argument("--starts", type=int, default=20, help="of each; one more is not counted")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=BINARY")
    return parser.parse_args()


def run(*command, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def build_rust(functions: list[str], for_arm64: bool) -> None:
    binaries = ["--package", "functions", *(part for name in functions for part in ("--bin", name))]
    # Optimized, so that the functions and not the database are measured.
    run("cargo", "build", "--locked", "--profile", "bench-load")
    run("cargo", "build", "--locked", "--release", *binaries)
    if for_arm64:
        run("cargo", "lambda", "build", "--locked", "--release", "--arm64", *binaries)
    manifest = HERE / "rust/Cargo.toml"
    run("cargo", "build", "--locked", "--release", "--manifest-path", manifest, "--target-dir", TARGET)


def baselines() -> list[Subject]:
    hello, put = (TARGET / "release" / f"cold-start-{name}" for name in ("hello", "put"))
    return [
        Subject.baseline(Kind.HELLO, [hello], hello),
        Subject.baseline(Kind.PUT, [put], put),
        Subject.baseline(Kind.PUTS, [put, N_ROUND_TRIPS], put),
        node(),
        python(),
    ]


def node() -> Subject:
    folder = WORK / "node"
    shutil.copytree(HERE / "node", folder, dirs_exist_ok=True)
    run("npm", "ci", "--silent", cwd=folder)
    run("npm", "run", "--silent", "bundle", cwd=folder)
    bundle = folder / "dist/handler.cjs"
    return Subject.baseline(Kind.NODE, [shutil.which("node"), folder / "runtime.mjs", bundle], bundle)


def python() -> Subject:
    folder = WORK / "python"
    venv.create(folder, with_pip=True)
    run(folder / "bin/pip", "install", "--quiet", "--requirement", HERE / "python/requirements.txt")
    # Compiles `boto3` and the handler, as Lambda's own image and any second start have them compiled.
    run(folder / "bin/python", "-m", "compileall", "-q", folder / "lib", HERE / "python")
    handler = HERE / "python/handler.py"
    return Subject.baseline(Kind.PYTHON, [folder / "bin/python", HERE / "python/runtime.py"], handler)


def surroundings(authority: tls.Authority, port: int, stage: Stage) -> dict[str, str]:
    """What Lambda and the template tell a function, and each language where the CA is."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": "cold-start",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": stage.access_key_id,
        "AWS_SECRET_ACCESS_KEY": stage.secret_access_key,
        "TABLE_NAME": "halley",
        "BUCKET_NAME": "halley",
        "AWS_ENDPOINT_URL_DYNAMODB": f"https://127.0.0.1:{port}",
        "AWS_ENDPOINT_URL_S3": stage.s3_url,
        "SSL_CERT_FILE": str(authority.bundle),
        "AWS_CA_BUNDLE": str(authority.bundle),
        "NODE_EXTRA_CA_CERTS": str(authority.ca),
        # Node.js would write a page about newer versions of itself to the log.
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
    }


@contextmanager
def stage_behind(authority: tls.Authority) -> Iterator[tuple[Stage, dict[str, str]]]:
    """A new stage, and the environment of processes that are to reach it."""
    with Stage.started(TARGET / "bench-load" / "halley") as stage:
        front, port = tls.front(authority, stage.dynamodb_port)
        try:
            yield stage, surroundings(authority, port, stage)
        finally:
            front.terminate()
            front.wait()


def in_turn(subjects: list[Subject], authority: tls.Authority, n_starts: int) -> dict[str, list[Start]]:
    """Starts of each subject by its name. One of each after the other, in a new order each time, so that noise and what
    the one before leaves in the processor's caches hit all alike; each on a stage that no other has changed."""
    starts: dict[str, list[Start]] = {subject.name: [] for subject in subjects}
    put = next(subject for subject in subjects if subject.kind is Kind.PUT)
    with ExitStack() as standing:
        is_spent = True
        for n in range(n_starts + 1):
            for subject in random.Random(n).sample(subjects, len(subjects)):
                if is_spent:
                    standing.close()
                    stage, environment = standing.enter_context(stage_behind(authority))
                    # A new stage's first answer is its slowest.
                    cold_start(put.command, environment, event_of(SEND, stage, "warm"))
                event = event_of(subject.function_name or SEND, stage, f"start-{n}-{subject.name}")
                is_spent = is_spent_by(subject.function_name, event)
                start = started(subject, environment, event)
                # The first brings files to where all others find them.
                if n > 0:
                    starts[subject.name].append(start)
            print(f"\r{n} of {n_starts} starts of each", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return starts


def started(subject: Subject, environment: dict[str, str], event: dict) -> Start:
    try:
        start = cold_start(subject.command, environment, event)
    except NoAnswer as fault:
        sys.exit(f"{subject.name}: {fault}")
    # A first answer that says that something is broken is none.
    if (subject.function_name in (None, SEND) and start.status != 200) or 500 <= start.status:
        sys.exit(f"{subject.name} answered {start.status}: {start.body}")
    return start


if __name__ == "__main__":
    os.environ.pop("CARGO_TARGET_DIR", None)
    main()
