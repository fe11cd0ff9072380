#!/usr/bin/env python3
"""moto-verbs.py - status, shift, rollback and metrics against moto, an AWS double that is not ours."""
import pathlib
import subprocess
import sys

from lib import DONE, FUNCTION, REGION, check, clean_environment, flightdeck, run_script, skip, work_folder

try:
    import boto3
    import moto  # noqa: F401: only whether it is there
except ImportError as missing:
    skip(f"python3 has no {missing.name}")

CONFIGURATION = f"""version: 1
project: moto
environments:
  production:
    account: "123456789012"
    region: {REGION}
    resources:
      api: {{lambda: {FUNCTION}, alias: production}}
      database: {{rds: finally-prod-postgres}}
    traffic: [100%]
metrics:
  api: [invocations, errors, error rate, duration p50 p90 p99]
plan: [deploy: api, shift: api, all-clear]
"""


class Moto:
    """moto-server.py as a process; boto3 speaks to it too."""

    def __enter__(self):
        script = pathlib.Path(__file__).with_name("moto-server.py")
        self.process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=clean_environment(), text=True)
        self.url = self.process.stdout.readline().strip()
        check(self.url.startswith("http://"), "moto did not start")
        self.aws = boto3.Session("moto", "moto", region_name=REGION).client("lambda", endpoint_url=self.url)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def publish(self):
        self.aws.update_function_code(FunctionName=FUNCTION, ImageUri="123456789012.dkr.ecr.eu-central-1.amazonaws.com"
                                                                      "/finally-api:v2", Publish=False)
        return self.aws.publish_version(FunctionName=FUNCTION)["Version"]

    def alias(self):
        found = self.aws.get_alias(FunctionName=FUNCTION, Name="production")
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return found["FunctionVersion"], weights


def main():
    with work_folder() as work, Moto() as moto_server:
        configuration = pathlib.Path(work) / "flightdeck.yaml"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        env = clean_environment(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_ENDPOINT_URL=moto_server.url,
                                AWS_REGION=REGION, HOME=str(work), FLIGHTDECK_STATE_DIR=str(work / "state"), CI="true")

        def call(*words):
            return flightdeck(*words, "--config", configuration, env=env, cwd=work).expect(DONE)

        resources = {r["name"]: r for e in call("status", "--json").json["environments"] for r in e["resources"]}
        check(resources["api"]["version"] == "1" and resources["api"]["weights"] == {}, f"status: {resources['api']}")
        check(resources["database"]["health"] == "healthy", f"status: {resources['database']}")

        new = moto_server.publish()
        call("shift", "production", "--weight", "25%", "--yes")
        check(moto_server.alias() == ("1", {new: 0.25}), f"after the shift the alias is {moto_server.alias()}")
        call("rollback", "production", "--version", "1", "--yes")
        check(moto_server.alias() == ("1", {}), f"after the rollback the alias is {moto_server.alias()}")

        # From nothing: no configuration, no journal.
        flightdeck("rollback", "--lambda", f"{FUNCTION}:production", "--version", new, "--yes", env=env,
                   cwd=work).expect(DONE)
        check(moto_server.alias() == (new, {}), f"after the other rollback the alias is {moto_server.alias()}")

        series = {s["label"]: s for s in call("metrics", "production", "--json").json["series"]}
        # Both versions apart, since a run of this hour moved traffic between them.
        slowest = f"api duration p99 v{new}"
        for label in ("api invocations v1", f"api invocations v{new}", slowest):
            check(label in series, f"metrics has no {label}: {sorted(series)}")
        seen = [value for _, value in series[slowest]["values"] if value is not None]
        check(seen == [] and series[slowest]["now"] is None, "a percentile that moto cannot have made")
        check("no data" in call("metrics", "production").out, "nothing says that there is no data")


run_script(main)
