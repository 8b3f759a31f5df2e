"""Certificates made for one check, by openssl."""

import hashlib
import ssl

from harness import expect

NAME = "turn.example.org"


class Pair:
    """A self-signed certificate and its key, for a name and for loopback."""

    def __init__(self, context, stem="server", name=NAME, kind="ec", days=90):
        self.certificate = context.folder / f"{stem}-cert.pem"
        self.key = context.folder / f"{stem}-key.pem"
        self.name = name
        algorithm = {
            "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["rsa:2048"]}[kind]
        code, output = context.run(
            "openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", days,
            "-subj", f"/CN={name}", "-addext",
            f"subjectAltName=DNS:{name},IP:127.0.0.1,IP:::1",
            "-keyout", self.key, "-out", self.certificate)
        expect(code == 0, output)
        # The server gives up its rights before it reads the pair again.
        self.key.chmod(0o644)

    @property
    def lines(self):
        return [f"cert={self.certificate}", f"pkey={self.key}"]

    @property
    def fingerprint(self):
        """SHA-256 of the certificate as it goes over the wire."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text())).hexdigest()
