"""A witness of our own (c2sp.org/tlog-witness) in a process of its own: `python -m tests.ledger.witness_process`.

Takes the ledger's verifier key and its own secret key as arguments, prints its port. What it has
seen is in memory. It knows nothing of the ledger's code but `evidence/`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from evidence.checkpoints import cosign, open_checkpoint
from evidence.errors import EvidenceError
from evidence.notes import SigningKey, VerifierKey, parse_verifier_key, unbase64
from evidence.tree import verify_consistency

SEEN_AT = 1_700_000_000


class Witness:
    """Signs a tree only where it extends the last one it signed."""

    def __init__(self, ledger: VerifierKey, key: SigningKey) -> None:
        self.ledger, self.key = ledger, key
        self.size, self.root = 0, b""

    def add(self, body: bytes) -> tuple[int, str]:
        head, _, note = body.partition(b"\n\n")
        first, *proof = head.decode().split("\n")
        old = int(first.removeprefix("old "))
        try:
            signed = open_checkpoint(note, self.ledger)
        except EvidenceError:
            return 403, ""
        new = signed.checkpoint
        if old > new.size:
            return 400, ""
        if old != self.size:
            return 409, f"{self.size}\n"
        if old == new.size and self.root and self.root != new.root:
            return 409, f"{self.size}\n"
        hashes = [unbase64(line) for line in proof]
        if old and not verify_consistency(old, new.size, self.root, new.root, hashes):
            return 422, ""
        self.size, self.root = new.size, new.root
        return 200, cosign(signed, self.key, SEEN_AT)


def serve(ledger: str, secret: str) -> None:
    """Answers until the process is ended."""
    witness = Witness(parse_verifier_key(ledger), SigningKey.parse(secret))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = witness.add(body) if self.path == "/add-checkpoint" else (404, "")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()


@contextmanager
def running(ledger: VerifierKey, key: SigningKey) -> Iterator[str]:
    """The address of a witness that runs until the block ends."""
    arguments = [sys.executable, "-m", "tests.ledger.witness_process", str(ledger), key.secret_text]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(arguments, cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    serve(*sys.argv[1:])
