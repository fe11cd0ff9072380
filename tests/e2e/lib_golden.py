"""Whether two screens say the same: what a reader takes from them is compared, not where their lines are broken.

A golden is a screen as it was once. A world with traffic is never twice the same, so both screens are read first: the
frames, and for each the words in it, joined over its lines, without times, counts and drawings. What has no room (behind
"…", above or below in a pane, behind a dialog) may be more on one screen than on the other.
"""
import getpass
import re

EDGE = re.compile("┌─+ (?P<title>[^─┌┐│]+?) ─+ ?(?P<about>[^┌│]*?) ?─?┐")
PANE = re.compile(r"\*?[1-6] [A-Z]")
DRAWN = ("5 Metrics", "6 Log")  # panes of which only the frame is compared
CUT, EDGE_CUT, ROOM = "…", "⋮", 40  # at the end of a line; above or below what a pane shows, where so many words may be

# Lines of a pane that are measured or drawn: what is so many, what happened when, gauges, bars, axes and plots.
MEASURED = re.compile(r"\s*(failed|over \d+ s|seen|requests|p99|• .* rate|\d\d:\d\d[:\dZ]*) |.*\[[█─?]+\]|.*req/s$|.*[⠀-⣿▁-▇]"
                      r"|\s*[\d.]*\w?│|[\s\d:^>%.█▒░]*$")

# The kinds of words, the first that fits; a cut in the middle of one must leave nothing that is not there without the cut.
TOKEN = re.compile(r"""
    (?P<fact> (v\d+|at|from|to|has|set)[ ]\d+[ ]% | \d+[ ]%(?=[ ](by|read|back|NOT|again)) | \d{12}\b | ladder([ ][▸✓]?\d+)+
        | (weight|release)[ ]\d[ ]of[ ]\d | \d+[ ]of[ ]\d+[ ](healthy|done|held) | \d{1,2}/\d{1,2}\b(?![ ](min|requests))
        | \d[ ](items?|later|smoke|stops?|does|do|for|Status|Checklist|Plan|Traffic|Metrics|Log)\b )
  | (?P<cut> \S*… | \d+[ ]more[ ](above|below)(:[ ]\w+)? )
  | (?P<drawn> [#─═█▒░.^>o\[\]-]{4,} )
  | (?P<age> as[ ]read[ ]back([ ]just[ ]now)?(?=[ ;]|$) | (newest|data)(?=[ ]\d) )
  | (?P<count> ((of|failed|slower|than)[,;:]?[ ])* [(+-]*(T\+)?\d[\d.:,/-]*(Z|/s)?(?=[\s;:,)?]|$)[;:,)]*
        ([ ](of|failed|slower|than|%|ms|s|min|m|h|days?|ago|old)(?!\w)[;:,)]*)* )
  | (?P<name> (RevisionId=)?[0-9a-f]{8,}(-[0-9a-f]{4,})*\b | http://127\S* | \w+@[\w-]+(?![\w.-]) )
  | (?P<loose> (%|s[;:,])[;:,.()]*(?=\s|$) )
  | (?P<word> \[.\] | \S+ )""", re.VERBOSE)


WHO = re.compile(rf"(?<= ){re.escape(getpass.getuser())}(?= )")  # as whom the tests run; the goldens were made as root


def words(text):
    """Its words, marks and facts."""
    text = WHO.sub("root", " ".join(text.split())).replace("taken back: the run goes back", "taken back")  # who was first
    kept = [match.group() for match in TOKEN.finditer(text) if match.lastgroup in ("fact", "cut", "word")]
    found = [CUT if CUT in word else word.rstrip(",;:.()") for said in kept for word in said.split()]
    return [word for word in found if word]


class Frame:
    """A pane or a dialog, of which the upper edge is seen."""

    def __init__(self, rows, y, edge):
        self.title, self.about = edge["title"], edge["about"]
        self.top, self.left, self.right = y, edge.start(), edge.end() - 1
        self.bottom = y + 1
        while self.bottom < len(rows) - 1 and rows[self.bottom][self.left] not in "└┌":
            self.bottom += 1
        self.is_pane = bool(PANE.match(self.title))

    def hides(self, y, other):
        return self.top <= y <= self.bottom and self.left <= other.right and other.left <= self.right


class Reading:
    """What a screen says: frames by title, and of each, and of the lines around them, the words."""

    def __init__(self, text, height):
        rows = (text.rstrip("\n").split("\n") + [""] * height)[:height]
        rows = [row.ljust(max(map(len, rows))) for row in rows]
        frames = [Frame(rows, y, edge) for y, row in enumerate(rows) for edge in EDGE.finditer(row)]
        self.frames = {frame.title: frame for frame in frames}
        self.dialogs = [frame for frame in frames if not frame.is_pane]
        self.words = {frame.title: self._inside(rows, frame) for frame in frames}
        self.behind = {f"line {y + 1}" for dialog in self.dialogs for y in range(dialog.top, dialog.bottom + 1)}
        # Not the last one: messages come and go.
        self.words |= {f"line {y + 1}": words(row) for y, row in enumerate(rows[:-1]) if not set(row) & set("│┌└")}

    def is_behind(self, frame, y):
        return frame.is_pane and any(dialog.hides(y, frame) for dialog in self.dialogs)

    def _inside(self, rows, frame):
        """Down to where a dialog begins."""
        if frame.title.lstrip("*") in DRAWN:
            return []
        last = next((y for y in range(frame.top + 1, frame.bottom) if self.is_behind(frame, y)), frame.bottom)
        lines = [row[frame.left + 1:frame.right] for row in rows[frame.top + 1:last]]
        if not frame.is_pane:
            return words(" ".join([frame.about, *lines]))
        bar = "".join(line[-1] for line in lines)
        is_cut = self.is_behind(frame, last) or "".join(lines[-1:]).strip() != ""
        if bar.strip() and set(bar) <= set("█│ "):  # it says where in its lines a pane is; a head stays where it is
            lines = [line[:-1] for line in lines]
            if bar.lstrip()[0] == "│":
                lines.insert(len(bar) - len(bar.lstrip()), EDGE_CUT)
        read = " ".join(line for line in lines if not MEASURED.match(line.rstrip()))
        return words(f"{frame.about} {read} {EDGE_CUT * is_cut}")


def _steps(was, now, i, j):
    """How far one may read on from there; the likeliest last."""
    one, other = was[i:i + 1], now[j:j + 1]
    if one == other != [EDGE_CUT]:
        return [(i + 1, j + 1)]
    steps = []
    if one == [EDGE_CUT]:
        steps += [(i + 1, k) for k in range(min(j + ROOM, len(now)), j - 1, -1)]
    if other == [EDGE_CUT]:
        steps += [(k, j + 1) for k in range(min(i + ROOM, len(was)), i - 1, -1)]
    if one == [CUT]:  # up to where the other one is cut off, too
        steps += [(i, j + 1)] * (j < len(now) and other != [EDGE_CUT]) + [(i + 1, j)]
    if other == [CUT]:
        steps += [(i + 1, j)] * (i < len(was) and one != [EDGE_CUT]) + [(i, j + 1)]
    return steps


def parting(was, now):
    """How many words of each were read where they part; None where they say the same."""
    furthest, seen, todo = (0, 0), set(), [(0, 0)]
    while todo:
        at = todo.pop()
        if at == (len(was), len(now)):
            return None
        if at not in seen:
            seen.add(at)
            furthest = max(furthest, at, key=sum)
            todo += _steps(was, now, *at)
    return furthest


def _frames_differ(title, was, now):
    one, other = was.frames.get(title), now.frames.get(title)
    if not one or not other:
        there, elsewhere = (one, now) if one else (other, was)
        if elsewhere.is_behind(there, there.top):
            return None
        return f"{title}: is missing" if one else f"{title}: was not there"
    is_whole = one.is_pane and not any(reading.is_behind(frame, y) for reading, frame in ((was, one), (now, other))
                                       for y in range(frame.top, frame.bottom + 1))
    names = ["left", "right"] + ["top"] * one.is_pane + ["bottom"] * is_whole
    moved = [f"{name} {getattr(one, name)}, now {getattr(other, name)}" for name in names
             if getattr(one, name) != getattr(other, name)]
    return f"{title}: {'; '.join(moved)}" if moved else None


def differences(was, now):
    """What another screen says that these two texts are not the same; empty where they are."""
    height = now.count("\n") + 1
    was, now = Reading(was, height), Reading(now, height)
    found = [_frames_differ(title, was, now) for title in {**was.frames, **now.frames}]
    for place in {**was.words, **now.words}:
        if (place in was.frames) != (place in now.frames) or place in was.behind | now.behind:
            continue
        one, other = was.words.get(place, []), now.words.get(place, [])
        if at := parting(one, other):
            i, j = at
            found.append(f"{place}: after \"{' '.join(one[max(i - 4, 0):i])}\"\n    expected \"{' '.join(one[i:i + 8])}\""
                         f"\n    seen     \"{' '.join(other[j:j + 8])}\"")
    return [each for each in found if each]
