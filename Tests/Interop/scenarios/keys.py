"""Key pairs for tokens, made by `cryptography`, which PyJWT signs with."""

import base64
import hashlib
import hmac
import json
import time


class Key:
    def __init__(self, context, name, algorithm, make):
        from cryptography.hazmat.primitives import serialization

        self.name, self.algorithm = name, algorithm
        self.private, self.foreign = make(), make()
        self.public = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        path = context.folder / f"{name}.pem"
        path.write_bytes(self.public)
        self.line = f"token-key={name}:{algorithm}:{path}"


def make(context):
    """One of each kind of public key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    return [
        Key(context, "curve", "EdDSA", ed25519.Ed25519PrivateKey.generate),
        Key(context, "point", "ES256", lambda: ec.generate_private_key(ec.SECP256R1())),
        Key(context, "prime", "RS256", lambda: rsa.generate_private_key(65537, 2048)),
    ]


def confused(key):
    """A token signed with HMAC, whose secret is the text of the public key. PyJWT would refuse."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": key.name}
    claims = {"sub": "carol", "aud": "turnstone", "iat": now, "exp": now + 600}
    signed = b".".join(part(json.dumps(value).encode()) for value in (head, claims))
    mac = hmac.new(key.public, signed, hashlib.sha256).digest()
    return (signed + b"." + part(mac)).decode()
