#!/usr/bin/env python3
"""four-eyes.py - whose approval opens the gate: not who started it, not somebody whom AWS does not know, but Li."""
import pathlib

from lib import DONE, FAILED, Release, Terminal, check, newest_run, run_script, work_folder

PLAN = "approval: release-managers, deploy: api, shift: api, all-clear"


def vain(release, why, **variables):
    """Who approves in vain is told so, and so is who reads the log."""
    answer = release.call("run", "approve", **variables).expect(FAILED)
    check(f"does not count: {why}" in answer.err, f"approve says {answer.err}")
    told = release.call("log", newest_run(release.state)).expect(DONE).out
    check(f"which does not count: {why}" in told, f"the log does not say {why}")


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 600, plan=PLAN, traffic="100%") as release:
        terminal = Terminal(release, "run", "production", "--yes")
        terminal.wait_for("flightdeck run approve")
        vain(release, "the approver started the run")
        terminal.wait_for("does not count, as the approver started the run")
        vain(release, "the approver is not signed in to AWS", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        terminal.wait_for("does not count, as the approver is not signed", 10)
        check(terminal.process.poll() is None, "it went on")
        release.call("run", "approve", **release.sandbox.second).expect(DONE)
        code, _ = terminal.end(60)
        check(code == DONE, f"exit {code}: {terminal.seen[-500:]}")
        told = release.call("report", newest_run(release.state)).expect(DONE).out
        for why in ("the approver started the run", "the approver is not signed in to AWS, and may be anybody"):
            check(f"**it did not count**: {why}" in told, f"the report does not say {why}")
        check("li@finally.com" in told and "self-approved" not in told, "Li's approval is not told as hers")


run_script(main)
