#!/usr/bin/env python3
"""Writes the vectors of this folder: requests of ours, expected values computed by botocore.

Run it with a Python that has botocore; the results are committed, so tests need neither.
"""
import datetime
import pathlib
import shutil

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).parent
KEY_ID = "AKIAEXAMPLEEXAMPLE00"
SECRET = "not/a+real=secret/just40characterslong00"
TOKEN = "FwoGZXIvYXdzEXAMPLE//////////token+with/slashes=="
WHEN = datetime.datetime(2026, 11, 24, 10, 11, 12)
STAMP = WHEN.strftime("%Y%m%dT%H%M%SZ")
FN = "/2015-03-31/functions/"
JSON = [("Content-Type", "application/json")]
FORM = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]

# name: (service, method, target, headers beyond Host and X-Amz-Date, body)
CASES = {
    "get-plain": ("lambda", "GET", "/", [], ""),
    "get-function-qualifier": ("lambda", "GET", FN + "finally-prod-api?Qualifier=production", [], ""),
    "path-arn-encoded": ("lambda", "GET",
                         FN + "arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ax/aliases/live", [], ""),
    "path-encoded-twice": ("lambda", "GET", "/2017-03-31/tags/a%20b%2Fc%25d", [], ""),
    "path-unicode": ("lambda", "GET", FN + "caf%C3%A9%E2%82%AC/versions", [], ""),
    "path-dots-and-slashes": ("lambda", "GET", "/a/./b/../c//d/", [], ""),
    "path-above-root": ("lambda", "GET", "/../../x", [], ""),
    "path-unreserved": ("lambda", "GET", "/a-b_c.d~e", [], ""),
    "path-sub-delims": ("lambda", "GET", "/a@b,c;d=e+f&g!h$i'(j)*k", [], ""),
    "query-unsorted": ("lambda", "GET", FN + "f/versions?MaxItems=50&Marker=abc", [], ""),
    "query-valueless": ("lambda", "GET", "/x?uploads", [], ""),
    "query-valueless-among-others": ("lambda", "GET", "/x?b=1&acl&a=", [], ""),
    "query-repeated-names": ("lambda", "GET", "/x?tag=b&tag=a&tag=", [], ""),
    "query-prefix-names": ("lambda", "GET", "/x?ab=1&a=2&a-b=3&A=4", [], ""),
    "query-encoded": ("lambda", "GET", "/x?q=a%20b%2Bc%3D%26%2F&n%20m=%C3%A9", [], ""),
    "query-marker-base64": ("lambda", "GET", "/x?Marker=eyJhIjoxfQ%3D%3D&MaxItems=2", [], ""),
    "put-alias": ("lambda", "PUT", FN + "finally-prod-api/aliases/production", JSON,
                  '{"FunctionVersion":"41","RoutingConfig":{"AdditionalVersionWeights":{"42":0.1}}}'),
    "post-query-protocol": ("rds", "POST", "/", FORM,
                            "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=a%20b"),
    "post-json-target": ("monitoring", "POST", "/",
                         [("Content-Type", "application/x-amz-json-1.0"),
                          ("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricData")], "{}"),
    "post-unicode-body": ("lambda", "POST", FN + "f/invocations", JSON, '{"k":"é€😀"}'),
    "post-empty-body": ("lambda", "POST", FN + "f/versions", [], ""),
    "session-token": ("sts", "POST", "/", FORM + [("X-Amz-Security-Token", TOKEN)],
                      "Action=GetCallerIdentity&Version=2011-06-15"),
    "host-with-port": ("lambda", "GET", "/x", [("Host", "127.0.0.1:4566")], ""),
    "header-order": ("lambda", "GET", "/",
                     [("X-Amz-Meta-A", "2"), ("X-Amz-Meta", "1"), ("X-Amz-Meta-Ab", "3")], ""),
    "header-blanks": ("lambda", "GET", "/", [("X-Amz-Meta-A", "  a   b\t c  ")], ""),
    "header-folded": ("lambda", "GET", "/", [("X-Amz-Meta-A", "first\n   second\n third")], ""),
    "header-repeated": ("lambda", "GET", "/",
                        [("X-Amz-Meta-A", "z"), ("X-Amz-Meta-A", "a"), ("x-amz-meta-a", "m")], ""),
    "header-empty": ("lambda", "GET", "/", [("X-Amz-Meta-A", "")], ""),
    "header-unsigned": ("lambda", "GET", "/", [("User-Agent", "x/1"), ("X-Amzn-Trace-Id", "Root=1")], ""),
    "s3-key": ("s3", "GET", "/bucket/a%20b//c/../d%2B%C3%A9?list-type=2&prefix=x", [], ""),
    "s3-unsigned-payload": ("s3", "PUT", "/bucket/k", [("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")], "x"),
}


def sign(service, method, target, extra, body):
    headers = [("X-Amz-Date", STAMP)] + extra
    if not any(name == "Host" for name, _ in extra):
        headers.insert(0, ("Host", f"{service}.eu-central-1.amazonaws.com"))
    host = dict(headers)["Host"]
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(KEY_ID, SECRET), service, "eu-central-1")
    request = AWSRequest(method=method, url=f"https://{host}{target}", data=body.encode())
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context["timestamp"] = STAMP
    if service == "s3":
        unsigned = ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD") in headers
        request.context["client_config"] = None
        payload = "UNSIGNED-PAYLOAD" if unsigned else auth.payload(request)
        if not unsigned:
            headers.append(("X-Amz-Content-SHA256", payload))
            request.headers.add_header("X-Amz-Content-SHA256", payload)
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signature = auth.signature(to_sign, request)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    scope = f"{STAMP[:8]}/eu-central-1/{service}/aws4_request"
    authorization = (f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, "
                     f"SignedHeaders={signed}, Signature={signature}")
    return headers, canonical, to_sign, authorization


def main():
    for folder in HERE.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    for name, (service, method, target, extra, body) in CASES.items():
        headers, canonical, to_sign, authorization = sign(service, method, target, extra, body)
        folder = HERE / name
        folder.mkdir()
        lines = [f"{method} {target}"] + [f"{n}: {v}" for n, v in headers] + ["", body]
        (folder / "request.txt").write_bytes("\n".join(lines).encode())
        (folder / "canonical.txt").write_bytes(canonical.encode())
        (folder / "string-to-sign.txt").write_bytes(to_sign.encode())
        (folder / "authorization.txt").write_bytes(authorization.encode())
        (folder / "service.txt").write_bytes(service.encode())


if __name__ == "__main__":
    main()
