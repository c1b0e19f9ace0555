"""A certificate authority for one test: keys and certificates of a broker and its clients, as PEM files."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a certificate, its key, and both in one file as Kafka takes them."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Signs certificates; `certificate` is the path of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = folder / f"{name}.key.pem"
        self.certificate = folder / f"{name}.pem"
        _openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", str(self._key), "-out", str(self.certificate)),
        )

    def sign(self, name: str) -> Certificate:
        """A certificate for `name` on 127.0.0.1, good for a server and for a client."""
        certificate, key, both, extensions = (
            self._folder / f"{name}.{end}" for end in ("crt.pem", "key.pem", "both.pem", "ext")
        )
        extensions.write_text("subjectAltName=IP:127.0.0.1\n")
        request = _openssl(
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", str(key)),
        )
        signed = _openssl(
            *("x509", "-req", "-days", "2", "-CA", str(self.certificate), "-CAkey", str(self._key)),
            *("-CAcreateserial", "-extfile", str(extensions)),
            given=request,
        )
        certificate.write_bytes(signed)
        both.write_bytes(key.read_bytes() + signed)
        return Certificate(certificate, key, both)


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        ["openssl", *arguments], input=given, capture_output=True, timeout=60, check=False
    )
    if done.returncode:
        raise RuntimeError(f"openssl failed: {done.stderr.decode(errors='replace')}")
    return done.stdout
