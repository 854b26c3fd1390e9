"""A device that keeps a passkey, for tests without a browser."""

import json
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

HOST = "testserver"
Flag = AuthenticatorData.FLAG


def _text(value: Any) -> str:
    """As a page has it: bytes in base64."""
    return websafe_encode(value) if isinstance(value, bytes) else str(value)


class Device:
    """Answers what a page asks of `navigator.credentials`, as JSON; `verifies` says whether it knows its owner."""

    def __init__(self, *, host: str = HOST) -> None:
        self.host, self.id, self.verifies = host, token_bytes(16), True
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.owner = ""

    def create(self, options: Any) -> str:
        """A registration of options["publicKey"]."""
        asked = options["publicKey"]
        self.owner = _text(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        data = self._data(Flag.AT, AttestedCredentialData.create(Aaguid(bytes(16)), self.id, public))
        response = {
            "attestationObject": _text(bytes(AttestationObject.create("none", data, {}))),
            "clientDataJSON": _text(self._client(asked, "create")),
        }
        return self._said(response, clientExtensionResults={"credProps": {"rk": True}})

    def get(self, options: Any) -> str:
        """An assertion for options["publicKey"]."""
        data, client = bytes(self._data(Flag(0))), self._client(options["publicKey"], "get")
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        return self._said({name: _text(part) for name, part in parts.items()} | {"userHandle": self.owner})

    def _data(self, flags: Flag, kept: AttestedCredentialData | None = None) -> AuthenticatorData:
        flags |= Flag.UP | (Flag.UV if self.verifies else Flag(0))
        return AuthenticatorData.create(sha256(self.host.encode()).digest(), flags, 0, kept or b"")

    def _client(self, asked: Any, what: str) -> bytes:
        said = {"challenge": _text(asked["challenge"]), "origin": f"https://{self.host}"}
        return json.dumps({"type": f"webauthn.{what}", **said}).encode()

    def _said(self, response: dict[str, str], **more: Any) -> str:
        said = {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}
        return json.dumps({**said, "response": response, **more})
