#!/usr/bin/env python3
"""A proxy that lets only correctly signed AWS requests through.

It recomputes the SigV4 signature of every request with botocore, an implementation that is not ours,
from the bytes that really arrived. Right ones are forwarded to the upstream and their answer is passed
back; wrong ones get 403 SignatureDoesNotMatch and go nowhere. The counts are written to a report.

    verifying-proxy.py --upstream URL --listen PORT --report FILE [--tamper N]

The keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (as the client's). It prints
"listening on http://127.0.0.1:PORT" when it is ready; PORT 0 picks a free one. SIGTERM ends it.
--tamper N changes one byte of the N-th request before it is verified, as somebody on the way would.
Importable: `with VerifyingProxy(upstream, key_id, secret) as proxy: ... proxy.url, proxy.report()`.
"""
import argparse
import hashlib
import http.client
import http.server
import json
import os
import signal
import sys
import threading
import urllib.parse

try:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("botocore is not installed: skipped", file=sys.stderr)
    sys.exit(77)

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"}


class Refused(Exception):
    """Why a request is not correctly signed."""


def parse_authorization(value):
    scheme, _, rest = value.partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        raise Refused("no AWS4-HMAC-SHA256 in Authorization")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    try:
        key_id, date, region, service, end = parts["Credential"].split("/")
        names = parts["SignedHeaders"].split(";")
        signature = parts["Signature"]
    except (KeyError, ValueError) as error:
        raise Refused(f"Authorization lacks a part: {error}") from error
    if end != "aws4_request":
        raise Refused("the scope does not end in aws4_request")
    return key_id, date, region, service, names, signature


def must_be_signed(name):
    return name == "host" or name == "content-type" or name.startswith("x-amz-")


def verify(method, target, headers, body, key_id, secret):
    """Raises Refused unless the signature is the one botocore computes for these bytes."""
    found = [value for name, value in headers if name.lower() == "authorization"]
    if len(found) != 1:
        raise Refused("no Authorization" if not found else "two Authorization headers")
    their_key, date, region, service, names, signature = parse_authorization(found[0])
    if their_key != key_id:
        raise Refused("another key id")
    if names != sorted(set(names)):
        raise Refused("SignedHeaders is not sorted or repeats a name")
    present = {name.lower() for name, _ in headers}
    for name in names:
        if name not in present:
            raise Refused(f"the signed header {name} was not sent")
    for name in present:
        if must_be_signed(name) and name not in names:
            raise Refused(f"the header {name} was sent but not signed")
    values = {name.lower(): value for name, value in headers}
    stamp = values.get("x-amz-date", "")
    if not stamp.startswith(date):
        raise Refused("X-Amz-Date and the scope differ")

    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(key_id, secret), service, region)
    request = AWSRequest(method=method, url=f"http://{values.get('host', '')}{target}", data=body)
    for name, value in headers:
        if name.lower() in names:
            request.headers.add_header(name, value)
    request.context["timestamp"] = stamp
    sent_hash = values.get("x-amz-content-sha256")
    if sent_hash and sent_hash != "UNSIGNED-PAYLOAD" and sent_hash != hashlib.sha256(body).hexdigest():
        raise Refused("X-Amz-Content-SHA256 is not the body's")
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if expected != signature:
        raise Refused("the signature differs")


def tamper(target, headers, body):
    """One byte of the body, else of the target: what a signature must notice."""
    if body:
        return target, headers, bytes([body[0] ^ 1]) + body[1:]
    return target + ("&" if "?" in target else "?") + "x=1", headers, body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.upstream = http.client.HTTPConnection(self.server.upstream_host, self.server.upstream_port, timeout=120)

    def finish(self):
        self.upstream.close()
        super().finish()

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reject(self, target, reason):
        self.server.count("rejected", f"{self.command} {target}: {reason}")
        body = json.dumps({"__type": "SignatureDoesNotMatch", "message": reason}).encode()
        self.answer(403, [("Content-Type", "application/json"), ("x-amzn-ErrorType", "SignatureDoesNotMatch")], body)

    def forward(self, method, target, headers, body):
        """Passes the bytes on; an upstream that breaks the connection breaks the client's too."""
        for attempt in (1, 2):
            try:
                self.upstream.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in headers:
                    if name.lower() not in HOP_BY_HOP:
                        self.upstream.putheader(name, value)
                self.upstream.endheaders(body)
                reply = self.upstream.getresponse()
                return reply.status, reply.getheaders(), reply.read()
            except http.client.RemoteDisconnected:
                # A kept-open connection that died before this request: reads may start over.
                self.upstream.close()
                if attempt == 2 or method != "GET":
                    raise
        raise AssertionError("not reached")

    def handle_any(self):
        headers = list(self.headers.items())
        target, body = self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "HEAD" and target == "/" and "Authorization" not in self.headers:
            self.server.count("warmups")
            self.answer(204, [], b"")
            return
        if self.server.is_tampered(self.command, target, body):
            target, headers, body = tamper(target, headers, body)
        try:
            verify(self.command, target, headers, body, self.server.key_id, self.server.secret)
        except Refused as reason:
            self.reject(target, str(reason))
            return
        self.server.count("accepted")
        try:
            status, reply_headers, reply = self.forward(self.command, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.server.count("upstream_failures", f"{self.command} {target}: {error!r}")
            self.close_connection = True
            self.connection.close()
            return
        self.answer(status, reply_headers, reply)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = handle_any


class VerifyingProxy(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream, key_id, secret, port=0, report_path=None, tamper_at=0, tamper_what=None):
        super().__init__(("127.0.0.1", port), Handler)
        parts = urllib.parse.urlsplit(upstream)
        self.upstream_host, self.upstream_port = parts.hostname, parts.port or 80
        self.key_id, self.secret = key_id, secret
        self.report_path = report_path
        self.tamper_at = tamper_at
        self.tamper_what = tamper_what  # (method, target, body) -> whether to change the request
        self.seen = 0
        self.lock = threading.Lock()
        self.counts = {"accepted": 0, "rejected": 0, "warmups": 0, "upstream_failures": 0, "why": []}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that leaves early is not a failure of the proxy."""

    def is_tampered(self, *request):
        with self.lock:
            self.seen += 1
            return self.seen == self.tamper_at or (self.tamper_what is not None and self.tamper_what(*request))

    def count(self, what, why=None):
        with self.lock:
            self.counts[what] += 1
            if why:
                self.counts["why"].append(why)
            self.write_report()

    def report(self):
        with self.lock:
            return json.loads(json.dumps(self.counts))

    def write_report(self):
        if not self.report_path:
            return
        with open(self.report_path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.counts, file, indent=1)
        os.replace(self.report_path + ".new", self.report_path)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--listen", type=int, default=0)
    parser.add_argument("--report", required=True)
    parser.add_argument("--tamper", type=int, default=0)
    options = parser.parse_args()
    key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        parser.error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
    proxy = VerifyingProxy(options.upstream, key_id, secret, options.listen, options.report, options.tamper)
    proxy.write_report()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {proxy.url}", flush=True)
    proxy.serve_forever()


if __name__ == "__main__":
    main()
