#!/usr/bin/env python3
"""questions.py - a question at a terminal: Ctrl-C ends it at once, and nobody is locked out while a person thinks."""
import pathlib
import signal

from lib import DONE, INTERRUPTED, Release, Terminal, check, run_script, work_folder

PLAN = "deploy: api, shift: api, all-clear"


QUESTIONS = [(["run", "production"], {}), (["run", "production"], {"CI": ""}),
             (["rollback", "production", "--version", "40"], {}), (["shift", "production", "--weight", "5", "--version", "40"], {})]


def interrupted_question(release, words, variables):
    """At once, 130, and it says that nothing was begun."""
    before = release.aws.everything()
    terminal = Terminal(release, *words, **variables)
    terminal.wait_for("[y/N]")
    terminal.process.send_signal(signal.SIGINT)
    code, took = terminal.end()
    check(code == INTERRUPTED and took < 3, f"{words}: exit {code} after {took:.1f} s: {terminal.seen[-300:]}")
    check("nothing was begun" in terminal.seen and "traffic goes back" not in terminal.seen,
          f"{words}: it says {terminal.seen[-300:]}")
    check(release.aws.everything() == before, f"{words}: something was written")


def nobody_is_locked_out(release):
    """While a person thinks others may work; then it is looked at again."""
    terminal = Terminal(release, "run", "production")
    terminal.wait_for("[y/N]")
    release.call("check", "tick", "announced", "--env", "production").expect(DONE)
    release.call("lock", "production", "--reason", "not now").expect(DONE)
    terminal.say("y\n")
    code, _ = terminal.end(30)
    check(code == 5 and "locked by" in terminal.seen, f"exit {code}: {terminal.seen[-300:]}")


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 60, plan=PLAN, traffic="100%") as release:
        for words, variables in QUESTIONS:
            interrupted_question(release, words, variables)
        nobody_is_locked_out(release)


run_script(main)
