"""Serve a folder on localhost and print the address: `python tools/serve.py _build/html`."""

from __future__ import annotations

import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


def main(folder: str) -> None:
    handler = functools.partial(Quiet, directory=folder)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", 8000), handler)
    except OSError:  # somebody is there already: any free port will do
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(f"Optimizers, Tested: http://localhost:{server.server_port}/  (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1])
