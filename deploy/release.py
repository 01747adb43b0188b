#!/usr/bin/env python3
"""Makes a folder that `sam deploy` takes as it is, without Rust: a zip for each function, and the template that names them.

    cargo lambda build --release --arm64 --package functions
    deploy/release.py --architecture arm64 --out target/dist/arm64

The zips of equal binaries are equal, so a deployment sends what changed.
"""

import argparse
import shutil
import struct
import sys
import zipfile
from pathlib import Path

import template

ROOT = Path(__file__).resolve().parents[1]
# What a deployment wants beside the template, and what goes along with the functions.
BESIDE = ["samconfig.toml", "LICENSE", "CHANGELOG.md"]
# The oldest moment that a zip can name; any fixed one would do.
MOMENT = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = 0o755 << 16


class Unfit(Exception):
    """A bootstrap that Lambda would not run."""


def zip_bootstrap(bootstrap, architecture, target):
    """Writes the zip of one function."""
    code = bootstrap.read_bytes()
    if code[:4] != b"\x7fELF" or struct.unpack("<H", code[18:20])[0] != template.ARCHITECTURES[architecture]:
        raise Unfit(f"{bootstrap} is no program for {architecture}")
    entry = zipfile.ZipInfo("bootstrap", MOMENT)
    entry.external_attr = EXECUTABLE
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", compresslevel=9) as archive:
        archive.writestr(entry, code)


def release(bootstraps, architecture, out, source=ROOT / "template.yaml"):
    """Fills the folder `out` and returns the names of its functions."""
    text = source.read_text()
    names = template.functions(text)
    rewritten = template.released(text, architecture)
    missing = [name for name in names if not (bootstraps / name / "bootstrap").is_file()]
    if missing:
        raise Unfit(f"not built: {', '.join(missing)}")
    shutil.rmtree(out, ignore_errors=True)
    (out / "functions").mkdir(parents=True)
    for name in names:
        zip_bootstrap(bootstraps / name / "bootstrap", architecture, out / "functions" / f"{name}.zip")
    (out / "template.yaml").write_text(rewritten)
    for path in BESIDE:
        shutil.copy(ROOT / path, out)
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstraps", type=Path, default=ROOT / "target/lambda", help="where <function>/bootstrap is")
    parser.add_argument("--architecture", choices=template.ARCHITECTURES, default="arm64")
    parser.add_argument("--out", type=Path, required=True, help="the folder; what is in it goes")
    arguments = parser.parse_args()
    try:
        names = release(arguments.bootstraps, arguments.architecture, arguments.out)
    except (Unfit, template.NotThere) as error:
        sys.exit(str(error))
    print(f"{len(names)} functions for {arguments.architecture} in {arguments.out}")


if __name__ == "__main__":
    main()
