#!/usr/bin/env python3
"""escapes.py - nothing from outside acts on a terminal: not an alias's description, a command's output, a commit, a
file's name, an error of AWS, nor the guide.

Each of them holds escape codes here; the verbs run at a terminal of their own, without --json.
"""
import http.server
import json
import pathlib
import subprocess
import threading

from lib import DONE, Release, Terminal, check, newest_run, run_script, work_folder

# Clears the screen, names the window, colours; then the same as one byte of C1, a bell, a backspace, a delete.
EVIL = "\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b2J\x07\x08\x7f"
PLAN = "checklist: [Before], {run: sh evil.sh 0, idempotent: true}, deploy: api, shift: api, all-clear"
GIT = ["git", "-c", "user.name=Ana", "-c", "user.email=ana@finally.com"]


class Refuses(http.server.BaseHTTPRequestHandler):
    """An AWS whose every answer is an error with escape codes."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"__type": f"AccessDenied{EVIL}", "message": f"no {EVIL} here"}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_):
        pass


def is_harmful(character):
    return character < " " and character not in "\r\n" or "\x7f" <= character <= "\x9f"


def say(release, *words, marks=(), seconds=60, **variables):
    """Runs a verb at a terminal: it says the marks, which stand beside the codes, and none of the codes."""
    terminal = Terminal(release, *words, NO_COLOR="1", **variables)
    code, _ = terminal.end(seconds)
    harmful = sorted({character for character in terminal.seen if is_harmful(character)})
    check(not harmful, f"{' '.join(words)}: {harmful} came through: {terminal.seen!r:.600}")
    check(code is not None, f"{' '.join(words)}: no end: {terminal.seen!r:.600}")
    for mark in marks:
        check(mark in terminal.seen, f"{' '.join(words)} (exit {code}) does not say \"{mark}\": {terminal.seen!r:.900}")
    return code


def make_project(release):
    folder = release.folder
    (folder / "evil.sh").write_text("printf 'of-command%b\\n' '" + EVIL.replace("\x1b", "\\033") + "'; exit \"$1\"\n",
                                    encoding="utf-8")
    (folder / "DEPLOYMENT.md").write_text(f"# How\n\n## Before\n\n- [ ] The change is of-guide{EVIL} announced\n"
                                          "- [ ] CHANGELOG is updated\n- [ ] Documents are written\n", encoding="utf-8")
    path = folder / "flightdeck.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    CHANGELOG: {run: grep -q this CHANGELOG.md}\n",
                    "    CHANGELOG: {run: sh evil.sh 0}\n    Documents: {run: sh evil.sh 1}\n"), encoding="utf-8")
    (folder / f"of-file{EVIL}.md").write_text("x", encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", f"of-commit{EVIL}"]):
        subprocess.run([*GIT, *words], cwd=folder, env=release.env, check=True, capture_output=True)
    release.aws.put_alias(f"of-alias{EVIL}")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 1200, plan=PLAN, traffic="100%") as release:
        make_project(release)
        check(EVIL in release.aws.alias()["description"], "the description holds no escape codes")
        say(release, "check", "production", marks=["of-guide", "of-command"])
        say(release, "status", "production")
        refused = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_MAX_ATTEMPTS": "1"}
        for verb in (["status", "production"], ["doctor", "production"], ["metrics", "production"]):
            say(release, *verb, marks=["no \\x1b[2J"], **refused)
        for item in ("announced", "Documents"):
            say(release, "check", "tick", item, "--env", "production", "--reason", f"of-reason{EVIL}")
        say(release, "plan", "production")
        check(say(release, "run", "production", "--yes") == DONE, "it was not released")
        run = newest_run(release.state)
        for verb in (["report", run], ["log", run]):
            say(release, *verb, marks=["of-guide", "of-alias", "of-reason"])
        for verb in ("status", "check", "plan"):
            say(release, verb, "production")
    server.shutdown()


run_script(main)
