#!/usr/bin/env python3
"""breach-anywhere.py - a version that turns bad goes back also while paused, while asked, and while watched.

The sandbox begins healthy; POST /_sandbox/behaviour {"errors": PERCENT} lets the new version fail from then on.
"""
# ctest: long
import os
import pathlib

from lib import LADDER, ROLLED_BACK, Release, complaints, run_script, work_folder

SPEED = 600
PLAN = "{snapshot: database, only: production}, deploy: api, smoke: new-version, shift: api, watch: 30m, all-clear"


def at_weight(share):
    return lambda event: event.get("key") == "weight" and event.get("value", 0) >= share


def paused(release):
    release.wait_for_event("10 %", at_weight(0.1))
    release.call("run", "pause", "--reason", "to look at it").expect(0)
    release.wait_for_event("the pause", lambda event: event["type"] == "paused")


def asked(release):
    release.wait_for_event("a question", lambda event: event["type"] == "asked", 120)


def watched(release):
    release.wait_for_event("the watch", lambda event: event["type"] == "step_started" and event["step"] == "watch", 120)


def goes_back(folder, when, *words):
    def job():
        with Release(folder / when.__name__, "--speed", SPEED, "--seed", 5, plan=PLAN, traffic=LADDER) as release:
            old = release.aws.alias()["version"]
            # A terminal as stdin: somebody is there, who does not answer.
            person, terminal = os.openpty()
            process = release.start(*words, stdin=terminal)
            try:
                when(release)
                release.aws.tell("behaviour", errors=30)
                code = process.wait(timeout=240)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
                os.close(person)
                os.close(terminal)
            alias = release.aws.alias()
        if code != ROLLED_BACK:
            return f"{when.__name__}: exit {code}"
        return None if alias["version"] == old and not alias["weights"] else f"{when.__name__}: the alias is {alias}"
    return job


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        complaints([goes_back(folder, paused), goes_back(folder, watched),
                    goes_back(folder, asked, "--set", "production.advance=ask")])


run_script(main)
