#!/usr/bin/env python3
"""scenarios.py - no data is no success, faults change nothing, and what others changed is not overwritten."""
from lib import (DONE, IS_SANITIZED, ROLLED_BACK, UNKNOWN, HeldDemo, Sandbox, check, complaints, run_script,
                 work_folder)

SPEED = 600
SEEDS = (3,) if IS_SANITIZED else (3, 4, 5)


def fly(*words, seed=SEEDS[0]):
    """A demo, the world that it left, and its report."""
    with work_folder() as work:
        with HeldDemo("--speed", SPEED, "--seed", seed, "--keep", work / "kept", *words) as held:
            world = held.aws.everything()
        report = (work / "kept" / "report.md").read_text(encoding="utf-8")
    return held.answer, world, report


def no_traffic(old):
    answer, world, _ = fly("--scenario", "no-traffic")
    answer.expect(UNKNOWN)
    check(world["alias"]["version"] == old, "no-traffic: it was promoted")


def no_traffic_rolls_back(old):
    answer, world, report = fly("--scenario", "no-traffic", "--set", "production.on-undecided=rollback")
    answer.expect(ROLLED_BACK)
    check(world["alias"]["version"] == old and not world["alias"]["weights"], f"the alias is {world['alias']}")
    check("undecided" in report, "the report does not say undecided")
    check("convicted" not in report, "the report convicts a version that nobody called")


def faults_change_nothing(name, seed):
    """429s and lost answers: the same writes, each once, and the same end."""
    _, quiet, _ = fly("--scenario", "healthy", seed=seed)
    answer, world, _ = fly("--scenario", name, seed=seed)
    answer.expect(DONE)
    check(world["effects"] == quiet["effects"], f"{name}: effects {world['effects']}, healthy has {quiet['effects']}")
    check(world["alias"] == quiet["alias"], f"{name}: the alias is {world['alias']}")


def foreign_change(_):
    answer, world, _ = fly("--scenario", "foreign-change")
    answer.expect(UNKNOWN)
    check("flightdeck" not in world["alias"]["description"], f"overwritten: {world['alias']}")
    check(answer.of_type("drift_seen"), "nothing says that somebody else changed it")


def guarded(test, *arguments):
    def job():
        try:
            test(*arguments)
        except Exception as failure:  # a thread's failure is a line of the list
            return f"{test.__name__}{arguments}: {failure}"
        return None
    return job


def main():
    with Sandbox() as sandbox:
        old = sandbox.aws.alias()["version"]
    complaints([guarded(no_traffic, old), guarded(no_traffic_rolls_back, old), guarded(foreign_change, old),
                *(guarded(faults_change_nothing, name, seed) for name in ("throttled", "flaky-network") for seed in SEEDS)], 5)


run_script(main)
