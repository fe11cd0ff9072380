#!/usr/bin/env python3
"""firing-alarm.py - no release begins while an alarm of its environment fires, and none is stopped by another's.

A second refusal is told apart from it: of an environment that is locked and frozen, the lock is what is told.
"""
from lib import DONE, GATE_CLOSED, LOCKED, ROOT, Sandbox, check, flightdeck, run_script, work_folder

ALARM, ELSEWHERE = "finally-staging-api-errors", "finally-dev-api-errors"


class Shell:
    def __init__(self, sandbox, work):
        self.sandbox = sandbox
        self.env = {**sandbox.env, "FLIGHTDECK_STATE_DIR": str(work)}

    def call(self, *words):
        url = self.sandbox.exports["FLIGHTDECK_SANDBOX_URL"]
        return flightdeck(*words, "--config", ROOT / "examples" / "finally" / "flightdeck.yaml",
                          "--set", f"staging.url={url}/app/staging", "--json", env=self.env, cwd=ROOT)

    def release(self):
        return self.call("run", "staging", "--yes")


def is_refused_while_one_fires(shell, aws):
    before = aws.everything()
    aws.tell("alarms", name=ALARM, state="ALARM")
    aws.tell("alarms", name=ELSEWHERE, state="ALARM")
    refused = shell.release().expect(GATE_CLOSED)
    check(f"alarm {ALARM} fires" in refused.out, f"the alarm is not named: {refused.tail()}")
    check(aws.everything() == before, "a refused release wrote to the world")
    aws.tell("alarms", name=ALARM, state="OK")
    shell.release().expect(DONE)


def tells_the_lock_before_the_freeze(shell):
    frozen = ("run", "production", "--yes", "--set", "production.freeze=[2001-01-01 to 2099-12-31 always]")
    shell.call(*frozen).expect(GATE_CLOSED)
    shell.call("lock", "production", "--reason", "an incident").expect(DONE)
    shell.call(*frozen).expect(LOCKED)


def main():
    with work_folder() as work, Sandbox("--speed", 3600, "--seed", 5) as sandbox:
        shell = Shell(sandbox, work)
        is_refused_while_one_fires(shell, sandbox.aws)
        tells_the_lock_before_the_freeze(shell)


run_script(main)
