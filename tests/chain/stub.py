"""A JSON-RPC endpoint that says what the test wants, in the words of a node or in none."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = Callable[[str, list[Any]], Any]


@contextmanager
def endpoint(answer: Answer) -> Iterator[str]:
    """Serve JSON-RPC by `answer(method, parameters)`, in batches or not; yield the address."""

    def one(call: dict[str, Any]) -> dict[str, Any]:
        result = answer(call["method"], call["params"])
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    def body(request: bytes) -> tuple[int, bytes]:
        calls = json.loads(request)
        if isinstance(calls, dict):
            return 200, json.dumps(one(calls)).encode()
        # A batch's answers come in any order.
        return 200, json.dumps([one(call) for call in reversed(calls)]).encode()

    with serve(body) as url:
        yield url


@contextmanager
def serve(body: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """Serve every POST by `body`; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, text = body(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
