#!/usr/bin/env python3
"""failed-smoke.py - smoke tests that ran and failed prove nothing: the gate of an item with `passed: smoke` stays closed."""
import pathlib

from lib import DONE, ROLLED_BACK, Release, check, run_script, step_states, work_folder

PLAN = "smoke: everyone, checklist: [Before], deploy: api, shift: api, all-clear"
ITEM = "before/the-change-is-announced"


def fly(folder, page):
    """A release whose smoke tests read the page: how it ends, its steps, the item's state, and what closes the gate."""
    with Release(folder, "--speed", 600, plan=PLAN, traffic="100%") as release:
        path = release.folder / "flightdeck.yaml"
        text = path.read_text(encoding="utf-8").replace("get: /health", f"get: {page}")
        path.write_text(text.replace("  Before:\n", "  Before:\n    change is announced: {passed: smoke}\n"), encoding="utf-8")
        code, steps = release.fly().code, step_states(release.events())
        found = release.call("check", "production", "--json").json
    state = next(item["state"] for item in found["items"] if item["id"] == ITEM)
    return code, steps.get("smoke"), state, [(gate["state"], gate["blocking"]) for gate in found["gates"]]


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        code, smoke, _, _ = fly(folder / "good", "/health")
        check((code, smoke) == (DONE, "succeeded"), f"good: exit {code}, smoke {smoke}: the gate did not open")
        found = fly(folder / "bad", "/no-such-page")
        wanted = (ROLLED_BACK, "failed", "fail", [("closed", [ITEM])])
        check(found == wanted, f"bad: {found} instead of {wanted}")


run_script(main)
