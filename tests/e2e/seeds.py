#!/usr/bin/env python3
"""seeds.py - the judge on many drawings of the same traffic: no false alarm, no bad version that stays."""
# ctest: long
# ctest: serial
import os
import re

from lib import DONE, IS_SANITIZED, ROLLED_BACK, HeldDemo, Sandbox, complaints, demo, run_script, work_folder

SPEED = 600
FEW = int(os.environ.get("SEEDS", 2 if IS_SANITIZED else 50))
# What convicts: so many of so many, the lower bound of the rate, the limit that it is over, the old version's, the verdict.
CONVICTED = re.compile(r"(?P<metric>error rate|throttles|duration over 2 s): v42 (?P<count>\d+) of (?P<of>\d+) "
                       r"(?:failed|throttled|slow)(?: at [\d.]+ %| in the last minutes)? "
                       r"\([\d.]+ %; at least (?P<bound>[\d.]+) % with 99 % confidence, limit (?P<limit>[\d.]+) %\), "
                       r"v41 \d+ of \d+: bad")
METRIC = {"bad-canary": "error rate", "slow-canary": "duration over 2 s"}


def seeds(count):
    return range(1, min(FEW, count) + 1)


def is_shipped(seed, *words):
    def job():
        answer = demo("--scenario", "healthy", "--speed", SPEED, "--seed", seed, *words)
        return None if answer.code == DONE else f"healthy {words} seed {seed}: exit {answer.code}: {answer.tail()}"
    return job


def mistake_in_report(report, metric):
    """The report of a convicted version shows what convicted it, and what that cost its users."""
    convicted = CONVICTED.search(report)
    if convicted is None:
        return "no conviction with its arithmetic in the report"
    if convicted["metric"] != metric:
        return f"convicted for {convicted['metric']}"
    rate = 100 * int(convicted["count"]) / int(convicted["of"])
    if not float(convicted["limit"]) < float(convicted["bound"]) < rate:
        return f"the arithmetic does not convict: {convicted[0]}"
    if f"| failed | 1 | {convicted[0]} |" not in report:
        return "the judge's table does not end with the conviction"
    if not re.search(r"^\| failed requests until it was back \| \d+ of \d+, as CloudWatch had counted at ", report, re.M):
        return "no line of the failed requests"
    return None


def mistake_in_traffic(printed, counted):
    """What the demo prints at its end is what the sandbox had counted by then."""
    if len(printed) != 1:
        return f"{len(printed)} times demo_traffic"
    versions = printed[0]["traffic"]["versions"]
    if set(versions) != {"41", "42"}:
        return f"the requests of {sorted(versions)}"
    for version, seen in versions.items():
        if not 0 < seen["since_first_weight"] or not 0 <= seen["failed"] <= seen["since_first_weight"]:
            return f"v{version}: {seen}"
    if versions["42"] != counted["42"]:  # it gets none any more
        return f"v42: {versions['42']} is printed, {counted['42']} were counted"
    return None if versions["41"]["since_first_weight"] <= counted["41"]["since_first_weight"] else "v41: fewer than printed"


def stays_on(old, seed, scenario):
    """Put back: exit 4, the alias on the old version alone, and the report shows its arithmetic."""
    def job():
        name = f"{scenario} seed {seed}"
        with work_folder() as work:
            with HeldDemo("--speed", SPEED, "--seed", seed, "--scenario", scenario, "--keep", work / "kept") as held:
                alias, counted = held.aws.alias(), held.aws.control("traffic")["versions"]
            if held.answer.code != ROLLED_BACK:
                return f"{name}: exit {held.answer.code}: {held.answer.tail()}"
            report = (work / "kept" / "report.md").read_text(encoding="utf-8")
        if alias["version"] != old or alias["weights"]:
            return f"{name}: the alias is {alias}"
        printed = held.answer.of_type("demo_traffic")
        mistake = mistake_in_report(report, METRIC[scenario]) or mistake_in_traffic(printed, counted)
        return f"{name}: {mistake}" if mistake else None
    return job


def is_never_shipped(seed, *words):
    def job():
        answer = demo("--speed", SPEED, "--seed", seed, *words)
        return f"{words} seed {seed} was shipped" if answer.code == DONE else None
    return job


def main():
    with Sandbox() as sandbox:
        old = sandbox.aws.alias()["version"]
    jobs = [is_shipped(seed) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--slow", 0.2) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--rate", 4) for seed in seeds(50)]
    jobs += [stays_on(old, seed, name) for name in ("bad-canary", "slow-canary") for seed in seeds(20)]
    jobs += [is_never_shipped(seed, "--scenario", "bad-canary-5xx") for seed in seeds(20)]
    complaints(jobs, at_once=16)
    print(f"{len(jobs)} releases")


run_script(main)
