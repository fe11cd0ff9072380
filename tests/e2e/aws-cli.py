#!/usr/bin/env python3
"""aws-cli.py - the AWS CLI, which is not ours, reads the alias of a healthy release as our own eye does."""
import json
import shutil
import subprocess

from lib import ALIAS, DONE, FUNCTION, REGION, HeldDemo, Sandbox, check, run_script, skip

if shutil.which("aws") is None:
    skip("there is no AWS CLI")


def get_alias(held):
    read = subprocess.run(["aws", "--endpoint-url", held.env["FLIGHTDECK_SANDBOX_URL"], "--region", REGION, "lambda",
                           "get-alias", "--function-name", FUNCTION, "--name", ALIAS], env=held.env,
                          capture_output=True, text=True, timeout=60, check=False)
    check(read.returncode == 0, f"the AWS CLI: {read.stderr}")
    return json.loads(read.stdout)


def main():
    with Sandbox("--seed", 7) as sandbox:
        before = sandbox.aws.alias()
    with HeldDemo("--scenario", "healthy", "--speed", 600, "--seed", 7) as held:
        alias, seen = held.aws.alias(), get_alias(held)
    held.answer.expect(DONE)
    check(seen["FunctionVersion"] == alias["version"] != before["version"], f"it reads v{seen['FunctionVersion']}")
    check(not (seen.get("RoutingConfig") or {}).get("AdditionalVersionWeights"), "it reads weights")
    check(seen.get("Description", "") == before["description"], "it reads another description")


run_script(main)
