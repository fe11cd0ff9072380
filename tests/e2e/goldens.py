#!/usr/bin/env python3
"""goldens.py - what a golden screen is for: another word, mark, weight, key or frame fails; other counts, times and line breaks do not."""
import itertools
import textwrap

from lib import check, run_script
from lib_golden import differences

JUDGED = "v42 at 10 %: {} of {} failed, 0 of {} slower than 2 s; v41 {} of {} failed, 0 of {} slower than 2 s: good."
ASKED = JUDGED + " v42 from 10 % to 50 %?"
SHORT, ON_CI = (0, 150, 99, 3, 1402, 937), (0, 1490, 1037, 30, 14027, 9377)
COUNTS = [SHORT, ON_CI, (10, 9191, 8700, 156, 83534, 78835), (1, 2, 1, 1, 9, 7), (104, 1234567, 1034567, 1234, 7654321, 7554321)]


def box(title, about, lines, width, height=None):
    """A frame of that size, or as high as its lines are many."""
    height = height or len(lines) + 2
    inside = [f"│{line[:width - 2]:{width - 2}}│" for line in [*lines, *[""] * height][:height - 2]]
    about = f" {about} ─┐" if about else "─┐"
    return [f"┌─ {title} ".ljust(width - len(about), "─") + about, *inside, "└" + "─" * (width - 2) + "┘"]


def wrapped(text, width, indent):
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ")


def scrolled(lines, width, rows):
    """The last of these lines, with the bar that says so."""
    shown = lines[len(lines) - rows:]
    return [f"{line:{width}}{'│' if y == 0 and len(shown) < len(lines) else '█'}" for y, line in enumerate(shown)]


def screen(counts=SHORT, at="10:48Z", asks=False, rows=9, scrolls=False):
    """A status that may be cut off below, a plan with a gauge; and a dialog over them, as high as its text is long."""
    text = ASKED.format(*counts)
    status = [*wrapped("r-0001 waits: shift: " + text, 54, "  "), "  ● moving   api      v41 90 %, v42 10 %",
              f"    r-0001 moves v41 to v42, until {at}", "  ✓ healthy  gateway  p9d0g7h8i9 calls finally-prod-ap…"]
    plan = ["P promotes  C all answers", f"  [x] deploy   publish a new versio… {at}", "  [ ] smoke    1 smoke check",
            "▸ [.] shift    waits for you: P promotes", f"      [███████───────] {counts[1]}:07 of 19:30 or more"]
    if scrolls:
        plan = scrolled([*wrapped(text, 46, " "), *plan], 47, rows - 2)
    left, right = (box("1 Status", "production moving, 1 of 2 healthy", status, 58, rows),
                   box("*3 Plan", "r-0001, 2 of 4 done", plan, 50, rows))
    body = [f" PRODUCTION  RW  finally  T+{counts[1]}:02  {at}", " v41 → v42  r-0001  step 3/4 shift  weight 1 of 3",
            *map("".join, zip(left, right)), *box("6 Log", f"follow, {counts[1]} lines", [f"{at} {text}"], 108, 4),
            " P promote to 50 %  h hold  Esc back                 ! ROLLBACK", f" a message of {at}"]
    if asks:
        shown = box("shift asks", "", ["  PRODUCTION", *wrapped(text, 60, " "), f" Production serves v41 90 %, as read back {counts[0]} s ago",
                                       " ▸Esc back, nothing is sent"], 64)
        top = (len(body) - len(shown)) // 2
        for y, line in enumerate(shown, top):
            body[y] = body[y][:20].ljust(20) + line + body[y][84:]
    return "\n".join(body)


def is_the_same_to_a_reader():
    """However long the numbers are, and however much room is for them."""
    for one, other, asks, scrolls in itertools.product(COUNTS, COUNTS, (False, True), (False, True)):
        for rows in range(4, 10):
            was, now = screen(one, "10:48Z", asks, rows, scrolls), screen(other, "9:07Z", asks, rows, scrolls)
            found = differences(was, now)
            check(not found, f"{found}\n{was}\n{now}")


# What is changed on a screen, into what (of the same width), and where it is reported.
CHANGES = [
    ("a missing word", "api      v41 90 %", "         v41 90 %", '1 Status'),
    ("a word more", "[ ] smoke    1 smoke", "[ ] smoke not 1 smoke", "*3 Plan"),
    ("another mark", "[x] deploy", "[ ] deploy", "*3 Plan"),
    ("another mark", "[.] shift", "[x] shift", "*3 Plan"),
    ("the cursor elsewhere", "▸ [.] shift", "  [.] shift", "*3 Plan"),
    ("another order", "[x] deploy   publish a new versio…", "publish a new versio… [x] deploy  ", "*3 Plan"),
    ("another weight that is asked for", "from 10 % to 50 %", "from 10 % to 90 %", "1 Status"),
    ("another weight", "v42 10 %", "v42 20 %", "1 Status"),
    ("another version", "moves v41 to v42", "moves v41 to v43", "1 Status"),
    ("another step", "step 3/4", "step 2/4", "line 2"),
    ("another place on the ladder", "weight 1 of 3", "weight 2 of 3", "line 2"),
    ("other items that are done", "2 of 4 done", "3 of 4 done", "*3 Plan"),
    ("another verdict", ": good.", ": bad. ", "1 Status"),
    ("another environment", "PRODUCTION  RW", "STAGING     RW", "line 1"),
    ("another key", "h hold", "h wait", "line 16"),
    ("a key more", "Esc back    ", "Esc back  x ", "line 16"),
    ("another title", "─ *3 Plan", "─ *3 Plot", "*3 Plan: is missing"),
    ("a title more", "─ *3 Plan", "─ *3 Plot", "*3 Plot: was not there"),
    ("another focus", "─ *3 Plan ", "─ 3 Plan ─", "3 Plan: was not there"),
    ("another state in an edge", "production moving", "production healthy"[:17], "1 Status"),
]
IN_DIALOG = [
    ("another title", "┌─ shift asks", "┌─ smoke asks"[:13], "shift asks: is missing"),
    ("another weight", "v41 90 %, as", "v41 50 %, as", "shift asks"),
    ("a missing word", "nothing is sent", "nothing    sent", "shift asks"),
]


def another_is_reported():
    for asks, changes in ((False, CHANGES), (True, IN_DIALOG)):
        was = screen(asks=asks)
        for what, old, new, where in changes:
            check(old in was, f"{what}: \"{old}\" is not on\n{was}")
            now = screen(ON_CI, asks=asks).replace(old, new) if old in screen(ON_CI, asks=asks) else was.replace(old, new)
            found = differences(was, now)
            check(any(each.startswith(where) for each in found), f"{what} is not reported: {found}\n{now}")


def another_frame_is_reported():
    was, rows = screen(), screen().split("\n")
    for what, now in (
            ("a missing pane", "\n".join(row[:58] if 2 <= y < 11 else row for y, row in enumerate(rows))),
            ("a higher pane", screen(rows=10)),
            ("a narrower pane", "\n".join(row[:57] + row[58:] if 2 <= y < 11 else row for y, row in enumerate(rows))),
            ("a dialog", screen(asks=True)),
            ("a log that is gone", was.replace("6 Log", "5 Log"))):
        check(differences(was, now), f"{what} is not reported:\n{now}")
        check(differences(now, was), f"{what} is not reported the other way round:\n{now}")


def main():
    is_the_same_to_a_reader()
    another_is_reported()
    another_frame_is_reported()


run_script(main)
