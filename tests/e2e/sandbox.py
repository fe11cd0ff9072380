#!/usr/bin/env python3
"""sandbox.py - the AWS CLI reads the sandbox as it reads AWS; nobody gets in with other keys; it ends when told."""
import json
import shutil
import signal
import subprocess

from lib import PROGRAM, Sandbox, check, clean_environment, run_script, skip

FUNCTION = "finally-prod-api"
READS = (
    (("sts", "get-caller-identity"), lambda a: a["Account"] == "123456789012"),
    (("lambda", "get-alias", "--function-name", FUNCTION, "--name", "production"), lambda a: a["FunctionVersion"]),
    (("lambda", "list-versions-by-function", "--function-name", FUNCTION, "--page-size", "2"),
     lambda a: a["Versions"][0]["Version"] == "$LATEST" and len(a["Versions"]) > 2),
    (("rds", "describe-db-instances", "--db-instance-identifier", "finally-prod-postgres"),
     lambda a: a["DBInstances"][0]["DBInstanceStatus"] == "available"),
    (("rds", "describe-db-snapshots", "--page-size", "20"), lambda a: len(a["DBSnapshots"]) == 21),
    (("apigatewayv2", "get-apis", "--page-size", "1"), lambda a: len(a["Items"]) == 3),
    (("cloudwatch", "describe-alarms"), lambda a: a["MetricAlarms"]),
)
REFUSALS = (
    (("rds", "describe-db-instances", "--db-instance-identifier", "nobody"), {}, "(DBInstanceNotFound)"),
    (("lambda", "get-function", "--function-name", "nobody"), {}, "(ResourceNotFoundException)"),
    (("sts", "get-session-token"), {}, "(InvalidAction)"),
    (("sts", "get-caller-identity"), {"AWS_SECRET_ACCESS_KEY": "wrong"}, "(SignatureDoesNotMatch)"),
    (("sts", "get-caller-identity"), {"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "(InvalidClientTokenId)"),
    (("lambda", "get-function", "--function-name", FUNCTION), {"AWS_SECRET_ACCESS_KEY": "wrong"},
     "(InvalidSignatureException)"),
)


def aws(sandbox, words, **more):
    return subprocess.run(["aws", "--endpoint-url", sandbox.exports["AWS_ENDPOINT_URL"], "--output", "json", *words],
                          env={**sandbox.env, **more}, capture_output=True, text=True, timeout=60, check=False)


def reads_like_aws(sandbox):
    for words, is_right in READS:
        answer = aws(sandbox, words)
        check(answer.returncode == 0 and is_right(json.loads(answer.stdout)), f"{words}: {answer.stdout}{answer.stderr}")
    for words, more, code in REFUSALS:
        answer = aws(sandbox, words, **more)
        check(answer.returncode != 0 and code in answer.stderr, f"{words}: no {code}: {answer.stderr}")


def ends_when_told():
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen([PROGRAM, "sandbox", "--json"], env=clean_environment(), stdout=subprocess.PIPE,
                                   text=True)
        told = json.loads(process.stdout.readline())
        check(told["exports"]["AWS_ENDPOINT_URL"] == told["url"], f"it says {told}")
        process.send_signal(number)
        check(process.wait(timeout=20) == 0, f"{number.name}: exit {process.returncode}")
        process.stdout.close()


def main():
    ends_when_told()
    if not shutil.which("aws"):
        skip("there is no AWS CLI")
    with Sandbox() as sandbox:
        reads_like_aws(sandbox)
    check(sandbox.process.returncode == 0, f"at the end of stdin: exit {sandbox.process.returncode}")


run_script(main)
