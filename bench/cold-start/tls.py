"""TLS in front of the embedded DynamoDB: a CA of its own, and a process that decrypts and passes on.

Run as `tls.py CERTIFICATE KEY PORT` it is that process: it prints the port where it listens and ends with its parent's
pipe.
"""

import asyncio
import os
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SYSTEM_BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]


@dataclass(frozen=True)
class Authority:
    """Files in PEM: the CA, the system's trust store with the CA after it, and the front's own certificate and key."""

    ca: Path
    bundle: Path
    certificate: Path
    key: Path


def authority(folder: Path) -> Authority:
    """Makes a CA and a certificate of 127.0.0.1, RSA as AWS's own, with OpenSSL."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(*(folder / name for name in ["ca.pem", "bundle.pem", "certificate.pem", "key.pem"]))
    ca_key = folder / "ca-key.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2"]
    usage = ["-addext", "keyUsage=critical,keyCertSign"]
    _run(new + ["-subj", "/CN=Halley cold start CA", "-keyout", ca_key, "-out", made.ca] + usage)
    leaf = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    signed = ["-CA", made.ca, "-CAkey", ca_key, "-keyout", made.key, "-out", made.certificate]
    _run(new + ["-subj", "/CN=127.0.0.1"] + leaf + signed)
    system = next(Path(bundle) for bundle in SYSTEM_BUNDLES if Path(bundle).exists())
    made.bundle.write_bytes(system.read_bytes() + made.ca.read_bytes())
    return made


def front(authority: Authority, port: int) -> tuple[subprocess.Popen, int]:
    """Starts the front of `port`; whoever asked ends the process."""
    command = [sys.executable, __file__, authority.certificate, authority.key, str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def _run(command: list) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")


async def _serve(certificate: str, key: str, port: int) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))
        except (ConnectionError, ssl.SSLError):
            pass  # The functions are killed, connections and all.

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    # Open connections are of no interest any more.
    os._exit(0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
