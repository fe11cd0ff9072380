#!/usr/bin/env python3
"""config-vectors.py - each broken configuration of tests/vectors/config is refused by name of file, line and column.

Lines of an .expect file: LINE:COLUMN, a part of the message, a part of the hint. One without such a file is good.
"""
from lib import DONE, ROOT, USAGE, check, complaints, flightdeck, run_script

VECTORS = ROOT / "tests" / "vectors" / "config"


def mistake(path):
    """None, or what the program says wrongly of it."""
    expected = path.with_suffix(".expect")
    answer = flightdeck("config", "check", "--config", path)
    if not expected.exists():
        return None if answer.code == DONE else f"{path.name}: exit {answer.code}: {answer.tail()}"
    place, message, hint = (expected.read_text(encoding="utf-8").split("\n") + ["", ""])[:3]
    if answer.code != USAGE:
        return f"{path.name}: exit {answer.code}, not {USAGE}"
    if f"{path.name}:{place}: " not in answer.err or message not in answer.err or hint not in answer.err:
        return f"{path.name}: not \"{place}\", \"{message}\" and \"{hint}\" but: {answer.tail()}"
    return None


def main():
    paths = sorted(VECTORS.glob("*.yaml"))
    broken = [path for path in paths if path.with_suffix(".expect").exists()]
    complaints([lambda path=path: mistake(path) for path in paths], 4)
    check(len(broken) > 100, f"only {len(broken)} broken configurations")
    print(f"{len(broken)} broken configurations are refused at their place, {len(paths) - len(broken)} good ones are not")


run_script(main)
