"""A small OpenID Connect provider on loopback: discovery, keys, sign-in, tokens, userinfo.

Whoever comes to its sign-in is ``person`` at once. It is strict about the client, the redirect
address and the proof key; its tokens are signed with a key that was made for it.
"""

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.site import free_port

CLIENT, SECRET = "aivh", "a secret of the client"


@dataclass
class Provider:
    """What it knows. ``refuses`` makes its sign-in say no; ``lies`` lie over the token's claims."""

    port: int = field(default_factory=free_port)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "1"})
    refuses: bool = False
    lies: dict[str, Any] = field(default_factory=dict)
    redirects: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a site is started with that lets this provider's people in."""
        return {
            "AIVH_OIDC_ISSUER": self.issuer,
            "AIVH_OIDC_CLIENT_ID": CLIENT,
            "AIVH_OIDC_CLIENT_SECRET": SECRET,
            "AIVH_OIDC_NAME": "Picture Desk",
        }

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        key = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Where the browser goes next: back, with a code or a refusal."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        self.redirects.append(asked["redirect_uri"])
        said = {"state": asked["state"]}
        if self.refuses:
            said["error"] = "access_denied"
        else:
            said["code"] = token_urlsafe()
            self.codes[said["code"]] = dict(asked)
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """A signed id token and an access token, for a code that is used once."""
        asked = self.codes.pop(form["code"])
        assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        assert form["redirect_uri"] == asked["redirect_uri"]
        digest = sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert proof == asked["code_challenge"]
        access = token_urlsafe()
        self.tokens[access] = dict(self.person)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            **self.person,
            **self.lies,
        }
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": access, "token_type": "Bearer", "id_token": signed}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers as long as the block runs."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", provider.port), _handler(provider))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/userinfo":
                access = self.headers["Authorization"].removeprefix("Bearer ")
                self.answer(provider.tokens[access])
            elif parts.path == "/keys":
                self.answer(provider.keys())
            else:
                assert parts.path == "/.well-known/openid-configuration"
                self.answer(provider.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if form["code"] in provider.codes:
                self.answer(provider.token(form))
            else:
                self.answer({"error": "invalid_grant"}, status=400)

        def answer(self, said: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler
