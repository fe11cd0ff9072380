#!/usr/bin/env python3
"""demo-healthy.py - a healthy release arrives: seen by AWS, told by journal and report, with nothing left over."""
from lib import (DONE, HeldDemo, Sandbox, check, check_effects, events_of, journal_rows, newest_run, run_script,
                 work_folder)


def check_alias(held, before):
    alias = held.aws.alias()
    check(alias["version"] != before["version"], f"the alias is still on v{alias['version']}")
    check(alias["weights"] == {}, f"weights are left: {alias['weights']}")
    check(alias["description"] == before["description"],
          f"the description was \"{before['description']}\" and is \"{alias['description']}\"")
    return alias


def check_journal(state):
    run = newest_run(state)
    events = events_of(state, run)
    check_effects(events)
    check(events[-1]["type"] == "run_ended" and events[-1]["status"] == "succeeded", f"it ended with {events[-1]}")
    check(len(events) <= 5000, f"{len(events)} events: too many to replay")
    hashes = journal_rows(state, "SELECT previous_hash, hash FROM event WHERE stream = ? ORDER BY seq", run)
    check(all(after[0] == before[1] for before, after in zip(hashes, hashes[1:])), "the chain of hashes is broken")
    return run


def check_report(folder, alias, before):
    report = (folder / "report.md").read_text(encoding="utf-8")
    for word in ("production", f"v{before['version']}", f"v{alias['version']}", "snapshot", "100", "ana@finally.com",
                 "li@finally.com"):
        check(word in report, f"the report does not name {word}")
    check("\x1b" not in report, "the report holds an escape code")


def main():
    with work_folder() as work:
        with Sandbox("--seed", 7) as sandbox:
            before = sandbox.aws.alias()
        folder = work / "kept"
        with HeldDemo("--scenario", "healthy", "--speed", 600, "--seed", 7, "--keep", folder) as held:
            alias = check_alias(held, before)
            run = check_journal(folder / "state")
        held.answer.expect(DONE)
        check(held.answer.status() == "succeeded", f"the run is {held.answer.status()}")
        check_report(folder, alias, before)
        print(f"{run}: v{before['version']} to v{alias['version']}")


run_script(main)
