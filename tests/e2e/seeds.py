#!/usr/bin/env python3
"""seeds.py - the judge on many drawings of the same traffic: no false alarm, no bad version that stays."""
# ctest: long
# ctest: serial
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


def main():
    with Sandbox() as sandbox:
        old = sandbox.aws.alias()["version"]
    jobs = [is_shipped(seed) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--slow", 0.2) for seed in seeds(50)]
    jobs += [is_shipped(seed, "--rate", 4) for seed in seeds(50)]
    jobs += [stays_on(old, seed, "--scenario", name) for name in ("bad-canary", "slow-canary") for seed in seeds(20)]
    jobs += [is_never_shipped(seed, "--scenario", "bad-canary-5xx") for seed in seeds(20)]
    complaints(jobs, at_once=16)
    print(f"{len(jobs)} releases")


run_script(main)
