"""Headless Chromium, which opens one page and reports by a POST of JSON to where it came from."""

import http.server
import json
import threading

from harness import Skipped, wait_until


def report_of(context, page, *flags, seconds=60):
    """What the page posts."""
    code, _ = context.run("which", "chromium")
    if code != 0:
        raise Skipped("no chromium; scripts/test installs it")
    results = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            results.append(json.loads(body))

        def log_message(self, *_):
            pass

    pages = http.server.ThreadingHTTPServer(("127.0.0.1", context.port + 3), Handler)
    context.stack.callback(pages.server_close)
    context.stack.callback(pages.shutdown)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    context.background(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-background-networking", "--ignore-certificate-errors",
        f"--user-data-dir={context.folder}/browser", *flags,
        f"http://127.0.0.1:{context.port + 3}/")
    return wait_until(context, "the page reports", lambda: results, seconds=seconds)[0]
