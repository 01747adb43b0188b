"""What is started: our functions, and what they are measured against."""

import io
import zipfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """What a subject is; for baselines, also how the tables call it."""

    FUNCTION = "function"
    VARIANT = "variant"
    HELLO = "(a) `lambda_http` hello"
    PUT = "(b) `lambda_http`, one put"
    PUTS = "(b3) the same, three puts in turn"
    NODE = "(c) Node.js 20, SDK v3"
    PYTHON = "(d) Python 3.11, boto3"


@dataclass(frozen=True)
class Subject:
    """A program and what of it is uploaded."""

    kind: Kind
    name: str
    command: list[str]
    file: Path
    function_name: str | None

    @staticmethod
    def function(name: str, binary: Path) -> "Subject":
        return Subject(Kind.FUNCTION, name, [str(binary)], binary, name)

    @staticmethod
    def variant(name: str, binary: str) -> "Subject":
        path = Path(binary).resolve()
        return Subject(Kind.VARIANT, name, [str(path)], path, "send-message")

    @staticmethod
    def baseline(kind: Kind, command: list, file: Path) -> "Subject":
        return Subject(kind, kind.value, [str(part) for part in command], file, None)

    def size_bytes(self) -> int:
        return self.file.stat().st_size

    def zip_bytes(self) -> int:
        """The size of the archive that would be uploaded."""
        return zip_bytes(self.file)


def zip_bytes(file: Path) -> int:
    """The size of an archive with this file alone, compressed as well as `deflate` can."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        zipped.write(file, file.name)
    return archive.tell()
