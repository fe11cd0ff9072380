#!/usr/bin/env python3
"""bad-answers.py - AWS answers that are malformed, cut, huge or late give a clear error, and nothing is lost."""
import http.server
import pathlib
import threading

from lib import DONE, Release, check, lines_of, run_script, work_folder

HUGE = 64 * 1024 * 1024

# What a server says to everything: status, content type, body, and whether it keeps its promise of a length.
BODIES = {
    "nothing": (200, "application/json", b"", True),
    "no JSON": (200, "application/json", b"{\"Account\": ", True),
    "HTML": (200, "text/html", b"<html><body>captive portal</body></html>", True),
    "another shape": (200, "application/json", b"[1, 2, {\"FunctionVersion\": {}}]", True),
    "cut": (200, "text/xml", b"<GetCallerIdentityResponse><Account>12345", False),
    "deep": (200, "text/xml", b"<a>" * 20000, True),
    "escapes": (403, "application/json", b"{\"__type\":\"X\\u001b[2J\",\"message\":\"\\u001b]0;me\\u0007\"}", True),
    "not UTF-8": (400, "application/json", b"{\"message\":\"\xff\xfe\xfd\"}", True),
    "huge": (200, "application/json", None, True),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        status, kind, body, is_whole = BODIES[self.server.case]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        length = HUGE if body is None else len(body) + (0 if is_whole else 1000)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            if body is None:
                for _ in range(HUGE // 65536):
                    self.wfile.write(b"x" * 65536)
            else:
                self.wfile.write(body)
        except OSError:
            pass  # whoever has seen enough goes away
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def errors_in(document):
    """Every "error" in a document, however deep."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "error" and isinstance(value, dict):
                yield value
            else:
                yield from errors_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from errors_in(value)


def says_clearly(answer, case):
    check(answer.code not in (DONE, -6, -11, 139, 134), f"{case}: exit {answer.code}: {answer.tail()}")
    text = answer.out + answer.err
    check("\x1b" not in text, f"{case}: an escape code of the answer reached the terminal")
    messages = [error["message"] for line in lines_of(answer.out) for error in errors_in(line)]
    check(messages and all(len(message) > 8 for message in messages), f"{case}: no clear error: {answer.tail()}")


def scripted(release):
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    for case in BODIES:
        server.case = case
        for verb in (["status", "production"], ["plan", "production"]):
            says_clearly(release.call(*verb, "--json", timeout=60, AWS_ENDPOINT_URL=url, AWS_MAX_ATTEMPTS="1"),
                         f"{case}, {verb[0]}")
    server.shutdown()
    server.server_close()


def sandbox_faults(folder):
    """Single broken answers of writes: looked up, never sent twice, and the release arrives."""
    faults = ("UpdateAlias=half:1", "PublishVersion=html:1", "UpdateFunctionCode=reset-after:1", "CreateDBSnapshot=slow:1",
              "GetMetricData=half:2")
    words = [word for fault in faults for word in ("--fault", fault)]
    counts = []
    for name, more in (("quiet", []), ("faulty", words)):
        with Release(folder / name, "--speed", 600, "--seed", 3, *more) as release:
            release.tick()
            release.fly().expect(DONE)
            counts.append(release.aws.effects())
    check(counts[0] == counts[1], f"effects {counts[1]} instead of {counts[0]}")


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        with Release(folder / "scripted", "--speed", 1) as release:
            scripted(release)
        sandbox_faults(folder)


run_script(main)
