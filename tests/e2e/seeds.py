#!/usr/bin/env python3
"""seeds.py - the judge on many drawings of the same traffic: no false alarm, no bad version that stays."""
# ctest: long
# ctest: serial
import datetime

from lib import DONE, IS_SANITIZED, ROLLED_BACK, HeldDemo, Sandbox, complaints, demo, run_script

SPEED = 600
FEW = 2  # under sanitizers


def seeds(count):
    return range(1, (FEW if IS_SANITIZED else count) + 1)


def is_shipped(seed, *words):
    def job():
        answer = demo("--scenario", "healthy", "--speed", SPEED, "--seed", seed, *words)
        return None if answer.code == DONE else f"healthy {words} seed {seed}: exit {answer.code}: {answer.tail()}"
    return job


def stays_on(old, seed, *words):
    """Put back: exit 4, the alias on the old version alone, and the report shows its arithmetic."""
    def job():
        name = f"{words} seed {seed}"
        with HeldDemo("--speed", SPEED, "--seed", seed, *words) as held:
            alias = held.aws.alias()
        if held.answer.code != ROLLED_BACK:
            return f"{name}: exit {held.answer.code}: {held.answer.tail()}"
        if alias["version"] != old or alias["weights"]:
            return f"{name}: the alias is {alias}"
        verdicts = [line.get("verdict", {}) for line in held.answer.of_type("measured")]
        failed = [verdict for verdict in verdicts if verdict.get("kind") == "failed"]
        if not failed or not any(digit in failed[-1].get("sentence", "") for digit in "0123456789"):
            return f"{name}: no verdict with numbers"
        return None if held.answer.of_type("demo_traffic") else f"{name}: the failed requests are not printed"
    return job


def is_never_shipped(seed, *words):
    def job():
        answer = demo("--speed", SPEED, "--seed", seed, *words)
        return f"{words} seed {seed} was shipped" if answer.code == DONE else None
    return job


def dies_early(seed, *words):
    """Fails every request: back within 6 failed calls of users and 6 minutes of the world."""
    def job():
        name = f"dead {words} seed {seed}"
        answer = demo("--speed", SPEED, "--seed", seed, "--errors", 100, *words)
        if answer.code != ROLLED_BACK:
            return f"{name}: exit {answer.code}: {answer.tail()}"
        versions = answer.of_type("demo_traffic")[-1]["traffic"].get("versions", {})
        failed = max([version.get("failed", 0) for version in versions.values()], default=0)
        minutes = minutes_at_risk(answer)
        return None if failed <= 6 and minutes <= 6 else f"{name}: {failed} failed calls in {minutes:.1f} minutes"
    return job


def minutes_at_risk(answer):
    """From the first weight that was set until the alias was read back on the old version."""
    seen = [(datetime.datetime.fromisoformat(line["at"].replace("Z", "+00:00")), line["value"]) for line in
            answer.of_type("decided", "noted") if line.get("key") == "weight"]
    begun = next((at for at, weight in seen if weight > 0), None)
    ended = next((at for at, weight in seen if begun and at > begun and weight == 0), None)
    return (ended - begun).total_seconds() / 60 if begun and ended else 0


def main():
    with Sandbox() as sandbox:
        old = sandbox.aws.alias()["version"]
    jobs = [is_shipped(seed) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--slow", 0.2) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--rate", 4) for seed in seeds(50)]
    jobs += [stays_on(old, seed, "--scenario", name) for name in ("bad-canary", "slow-canary") for seed in seeds(20)]
    jobs += [is_never_shipped(seed, "--scenario", "bad-canary-5xx") for seed in seeds(20)]
    jobs += [dies_early(seed) for seed in seeds(10)]
    jobs += [dies_early(seed, "--rate", 4) for seed in seeds(10)]
    complaints(jobs, at_once=16)
    print(f"{len(jobs)} releases")


run_script(main)
