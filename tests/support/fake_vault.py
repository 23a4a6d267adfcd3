"""As much of HashiCorp Vault's transit engine as the master key needs; a process of its own.

It prints its port. What it sealed it opens again, as long as it runs, for the right token.
https://developer.hashicorp.com/vault/api-docs/secret/transit
"""

from __future__ import annotations

import base64
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SEALED: dict[str, bytes] = {}
TOKEN = sys.argv[1] if len(sys.argv) > 1 else ""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.headers.get("X-Vault-Token") != TOKEN:
            self.answer(403, {"errors": ["permission denied"]})
        elif self.path.startswith("/v1/moved/"):
            self.send_response(307)
            self.send_header("Location", self.path.replace("/moved/", "/transit/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/v1/transit/datakey/wrapped/house" and body["bits"] == 256:
            name = f"vault:v1:{base64.b64encode(os.urandom(40)).decode()}"
            SEALED[name] = os.urandom(32)
            self.answer(200, {"data": {"ciphertext": name, "key_version": 1}})
        elif self.path == "/v1/transit/decrypt/house" and body["ciphertext"] in SEALED:
            plain = base64.b64encode(SEALED[body["ciphertext"]]).decode()
            self.answer(200, {"data": {"plaintext": plain}})
        elif self.path == "/v1/transit/decrypt/odd":
            self.answer(200, {"data": {"plaintext": "c2hvcnQ="}})
        else:
            self.answer(400, {"errors": ["cipher: message authentication failed"]})

    do_PUT = do_POST

    def answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
