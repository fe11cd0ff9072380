#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""engine.py - an engine of its own: consoles attach, die, stand still and come back, and the release goes on."""
import fcntl
import json
import os
import pwd
import signal
import socket
import struct
import subprocess
import threading
import time

from lib import DONE, FAILED, IS_SANITIZED, LOCKED, PROGRAM, UNKNOWN, check, check_effects, run_script, wait_for, work_folder
from lib_journey import Journey
from lib_screen import hang_up
from libdesk import WIRE, Engine, Peer

LADDER = "25% 5m, 50% 5m, 100%"


def journey_in(folder, *words, traffic=LADDER, more=""):
    return Journey(folder, "--speed", 120, "--seed", 7, *words, traffic=traffic, more=more)


def begins(journey, **how):
    journey.tick_all()
    console = journey.console(**how)
    console.begin().unlock().start()
    journey.wait_for("noted", "shift", key="weight", value=0.25)
    return console.wait("42 25 %", 60)


def ends_released(journey):
    check(journey.ended(120) == "succeeded", "it did not succeed")
    journey.serves("42")


def starts_and_stops(folder):
    """Started once, named by its lock, ended by a word; a stale socket is in nobody's way."""
    with journey_in(folder) as journey:
        status = journey.call("engine", "status", "--json").expect(FAILED).json
        check(status == {"running": False, "at_risk": [], "runs": []}, f"before: {status}")
        check("nothing is under way" in journey.call("engine", "status").expect(FAILED).out, "before: in words")
        with Engine(journey) as engine:
            status = engine.status()
            check(status["running"] and os.path.exists(status["socket"]), f"while it runs: {status}")
            check((status["consoles"], status["runs"], status["answers"]) == ([], [], True), f"while it runs: {status}")
            idle = journey.call("engine", "status").expect(DONE).out
            check("no console is attached" in idle and "nothing is under way" in idle, idle)
            check(os.stat(status["socket"]).st_mode & 0o777 == 0o600, "others can reach the socket")
            again = journey.call("engine").expect(LOCKED)
            check(str(status["pid"]) in again.err, again.tail())
            os.kill(status["pid"], signal.SIGKILL)
            wait_for("it to be gone", 10, lambda: not engine.status()["running"])
            check(os.path.exists(status["socket"]), "the socket of the dead one is gone: nothing is stale")
            journey.call("engine").expect(DONE)
            check(engine.pid() != status["pid"], "it is the same")
        check(not engine.status()["running"] and not os.path.exists(status["socket"]), "it left something behind")
        check("no engine runs" in journey.call("engine", "stop").expect(DONE).out, "stopped twice")


def console_dies(folder, end):
    """In the middle of a shift: the release goes on, and the next console opens on it."""
    with journey_in(folder) as journey, Engine(journey) as engine:
        with begins(journey) as ana:
            end(ana)
            ana.leave()
        journey.wait_for("noted", "shift", key="weight", value=0.5)
        with journey.console() as again:
            again.begin().wait("r-0001").wait("run: going on", 30)
            ends_released(journey)
            again.wait("released", 30).keys("q")
            check(again.leave() == DONE, "after a release the console left with another code")
        check(engine.status()["running"], "the engine is gone")


def console_stands_still(folder):
    """SIGSTOP: nobody waits for it, and it catches up."""
    with journey_in(folder) as journey, Engine(journey):
        with begins(journey) as ana:
            ana.signal(signal.SIGSTOP)
            ends_released(journey)
            ana.signal(signal.SIGCONT)
            ana.wait("released", 30)


def back_to_the_shell(folder):
    """Ctrl-Z, and fg when the release is over."""
    shell = ["bash", "-mc", '"$@"; echo BACK IN THE SHELL; read -r _; fg', "bash"]
    with journey_in(folder) as journey, Engine(journey):
        with begins(journey, shell=shell) as ana:
            ana.keys("CtrlZ").wait("BACK IN THE SHELL")
            ends_released(journey)
            ana.keys("Enter").wait("released", 30).keys("q")
            ana.leave()


def leaving_detaches(folder):
    """q leaves a release that is under way, without a question, and says how to find it again."""
    with journey_in(folder) as journey, Engine(journey):
        refused = journey.call("engine", "stop")
        check(refused.code == DONE, refused.tail())
        journey.call("engine").expect(DONE)
        with begins(journey) as ana:
            ana.keys("q")
            code = ana.leave()
            check(code == 130 and "goes on in the engine" in ana.raw.decode(errors="replace"), f"exit {code}")
        refused = journey.call("engine", "stop")
        check(refused.code not in (DONE, None) and "under way" in refused.err, refused.tail())
        ends_released(journey)


def two_consoles(folder):
    """Both see the same run; what one does the other sees; a read-only one goes back all the same."""
    with journey_in(folder, traffic="25% 30m, 100%") as journey, Engine(journey) as engine:
        with begins(journey) as ana, journey.console("--read-only", size=(80, 24)) as li:
            li.wait("r-0001", 30).wait("25 %", 30)
            told = journey.call("engine", "status").expect(DONE).out
            for text in ("2 consoles are attached: ", "(read-only)", "production: run r-0001 (", " is progressing at shift, 25 % of v42, started by ana@finally.com\n"):
                check(text in told, told)
            found = engine.status()
            run = found["runs"][0]
            check((run["id"], run["env"], run["step"], run["weight"], run["driver"]) == ("r-0001", "production", "shift", 0.25, "engine"), f"{run}")
            check([console["read_only"] for console in found["consoles"]] == [False, True], f"{found['consoles']}")
            li.keys("!").yes("roll back NOW")
            ana.wait("rolled back", 60)
            li.wait("rolled back", 60)
            check(journey.ended() == "rolled_back", "not rolled back")
            journey.serves("41")


def engine_dies(folder):
    """kill -9 of the engine at 25 % of a bad version: it is started again, and the version is taken back by nobody's hand."""
    with journey_in(folder, "--scenario", "bad-canary", traffic="25% 30m, 100%") as journey, Engine(journey) as engine:
        with begins(journey) as ana:
            first = engine.pid()
            os.kill(first, signal.SIGKILL)
            ana.wait("engine is gone", 30)
            wait_for("another engine", 30, lambda: engine.status().get("pid", first) != first)
            ana.wait("rolled back", 90)
            check(journey.ended() == "rolled_back", "not rolled back")
            journey.serves("41")


def engine_dies_healthy(folder):
    """Of a good one: judged on, and forward only after somebody says so."""
    with journey_in(folder) as journey, Engine(journey) as engine:
        with begins(journey) as ana:
            first = engine.pid()
            os.kill(first, signal.SIGKILL)
            ana.wait("engine is gone", 30).wait("attached to the engine again", 60)
            journey.wait_for("interrupted")
            interrupted = journey.wait_for("interrupted")["seq"]
            journey.wait_for_event("it judges on", lambda e: e["type"] == "measured" and e["seq"] > interrupted, 60)
            journey.serves(weights={"42": 0.25})
            ana.wait("C lets it go forward", 30).keys("C").yes("Take up a run that nobody drives")
            ends_released(journey)


def us():
    return f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"


def stopped_on_purpose(folder):
    """A console that looks on says so, starts no other one, and finds the next."""
    with journey_in(folder) as journey, Engine(journey) as engine, journey.console() as ana:
        ana.begin()
        for end, who in ((lambda: journey.call("engine", "stop").expect(DONE), us()), (lambda: os.kill(engine.pid(), signal.SIGTERM), "SIGTERM")):
            end()
            ana.wait(f"the engine was stopped by {who}", 30).wait("`flightdeck engine` starts one", 30)
            check("GONE" not in ana.text(), ana.text())
            ana.keys("!").wait("y reaches nobody before one is started", 30).expect("flightdeck rollback").keys("Escape")
            check(not engine.status()["running"], "the console started it again")
            journey.call("engine").expect(DONE)
            ana.wait("attached to the engine again", 30).wait_gone("starts one, and")


def stopped_under_way(folder):
    """With --abort: the run says who stopped it, and the console what became of both."""
    with journey_in(folder) as journey, Engine(journey), begins(journey) as ana:
        journey.call("engine", "stop", "--abort").expect(DONE)
        check(journey.ended() == "aborted", "it was not stopped")
        journey.serves("41")
        ana.wait(f"the engine was stopped by {us()}", 30).wait("run: stopped", 30)
        check("GONE" not in ana.text(), ana.text())
        lock = journey.call("status", "production", "--json").json["environments"][0]["lock"]
        check(lock is None, f"a stop locked it: {lock}")
        check(f"the engine was stopped by {us()}" in journey.call("report").expect(DONE).out, "the report does not say who")


def restarted(folder):
    """After an update, in the middle of a release: the next engine judges on, and goes forward when somebody says so."""
    with journey_in(folder) as journey, Engine(journey) as engine, begins(journey) as ana:
        first = engine.pid()
        journey.call("engine", "restart").expect(DONE)
        check(engine.pid() != first, "it is the same")
        journey.serves("41", {"42": 0.25})
        ana.wait(f"the engine is being restarted by {us()}", 30)
        ana.wait("attached to the engine again", 30).wait(f"r-0001 was handed over by {us()}", 30)
        before = [e["seq"] for e in journey.events() if e["type"] == "interrupted"]
        check(before, "it was not left between two effects")
        ana.expect(f"handed over by {us()}: waits until").expect("handed over to another engine, by")
        report = journey.call("report").expect(DONE).out
        check(f"this run was handed over to another engine by {us()}" in report and "went away" not in report, report[:600])
        check(f"handed over to another engine, by {us()}" in journey.call("log").expect(DONE).out, "the log does not say who")
        check(b"ENGINE IS GONE" not in ana.raw and b"NOBODY DRIVES" not in ana.raw, "it was shown as gone meanwhile")
        ana.keys("C").yes("go on")
        ends_released(journey)
        check_effects(journey.events())
        ana.wait("released", 30)


def restarted_in_a_command(folder):
    """`engine restart` waits for a program of the plan: it is not cut off in the middle."""
    with Journey(folder, "--speed", 120, "--seed", 7, plan="deploy: api, {run: 'until test -e enough; do sleep 0.1; done; echo x >>done'}, shift: api, all-clear",
                 traffic="100%") as journey, Engine(journey) as engine:
        first = engine.pid()
        journey.tick_all()
        with journey.console() as ana:
            ana.begin().unlock().start()
            journey.wait_for("effect_intent", "run")
            restart = subprocess.Popen([PROGRAM, "engine", "restart", *journey.words()], env=journey.env, cwd=journey.folder)
            with Peer(journey, engine.status()["socket"], {k: journey.sandbox.exports[k] for k in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}) as li:
                wait_for("nothing new to be begun", 20, lambda: "being stopped" in li.refusal("prepare")["message"])
            check(restart.poll() is None and engine.pid() == first, "it did not wait")
            (folder / "enough").touch()
            check(restart.wait(60) == DONE, "it was not restarted")
            check(engine.pid() != first, "it is the same")
            outcome = [e for e in journey.events() if e["type"] == "effect_outcome" and e["step"] == "run"]
            check([e["state"] for e in outcome] == ["done"], f"{outcome}")
            check((folder / "done").read_text(encoding="utf-8") == "x\n", "it ran twice, or not to its end")


def supervised(folder):
    """As systemd does: an engine that ends with 75 is started again, and `engine restart` leaves that to it."""
    script = ('while :; do sh -c \'SYSTEMD_EXEC_PID=$$ exec "$@"\' sh "$@"; code=$?; echo "$code" >>codes; '
              'test "$code" = 75 || exit; done')
    with journey_in(folder, traffic="25% 10m, 100%") as journey:
        journey.attaches = True
        systemd = subprocess.Popen(["sh", "-c", script, "sh", PROGRAM, "engine", "--foreground", *journey.words()],
                                   env=journey.env, cwd=journey.folder)
        try:
            first = wait_for("the engine", 20, lambda: journey.call("engine", "status", "--json").json.get("pid"))
            with begins(journey) as ana:
                told = journey.call("engine", "restart").expect(DONE)
                check("systemd has started the engine again" in told.out and "is judged on" in told.out, told.out)
                check(journey.call("engine", "status", "--json").json["pid"] != first, "it is the same")
                ana.wait("attached to the engine again", 30).keys("C").yes("take it up")
                ends_released(journey)
                ana.wait("released", 30).keys("q").leave()
            journey.call("engine", "stop").expect(DONE)
            systemd.wait(20)
            check((folder / "codes").read_text(encoding="utf-8").split() == ["75", "0"], "other codes")
        finally:
            if systemd.poll() is None:
                journey.call("engine", "stop", "--abort")
            systemd.kill()
            systemd.wait()


def minutes(journey):
    """Of the world, from the start of the run to its end."""
    at = {e["type"]: e["at_ms"] for e in journey.events()}
    return (at["run_ended"] - at["run_started"]) / 60_000


def undisturbed(folder):
    with journey_in(folder) as journey, Engine(journey), begins(journey):
        ends_released(journey)
        return minutes(journey)


def firehose(folder):
    """Ten that never read: the release takes no notice, and who comes late knows every event."""
    (folder / "quiet").mkdir()
    alone = undisturbed(folder / "quiet")
    with journey_in(folder) as journey, Engine(journey) as engine:
        deaf = []
        for _ in range(10):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(engine.status()["socket"])
            peer.sendall(json.dumps({"verb": "attach", "id": 1, "wire": WIRE, "project": "finally"}).encode() + b"\n")
            deaf.append(peer)
        with begins(journey) as ana:
            ends_released(journey)
            ana.wait("released", 30)
        check(minutes(journey) < alone * 1.25, f"it took {minutes(journey):.1f} minutes of the world, {alone:.1f} with nobody")
        status = open(f"/proc/{engine.pid()}/status", encoding="ascii").read()
        resident = int(status.split("VmRSS:")[1].split()[0])
        check(resident < (400_000 if IS_SANITIZED else 48_000), f"the engine holds {resident} kB")
        with socket.socket(socket.AF_UNIX) as late:
            late.settimeout(30)
            late.connect(engine.status()["socket"])
            late.sendall(json.dumps({"verb": "attach", "id": 1, "wire": WIRE, "project": "finally"}).encode() + b"\n")
            got = b""
            while b'"news":"check"' not in got:
                got += late.recv(1 << 20)
        runs = [json.loads(line) for line in got.split(b"\n")[:-1] if b'"news":"run"' in line]
        told = [event["seq"] for run in runs if run["env"] == "production" for event in run["events"]]
        check(told == [event["seq"] for event in journey.events()], f"told {len(told)} of {len(journey.events())} events")
        for peer in deaf:
            peer.close()


def engine_sleeps(folder):
    """SIGSTOP for ten minutes of the world: the gap is seen, and what nobody saw is judged before anything goes on."""
    with journey_in(folder) as journey, Engine(journey) as engine, begins(journey) as ana:
        pid, began = engine.pid(), time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        before_ms = journey.events()[-1]["at_ms"]
        ana.wait("THE ENGINE IS GONE", 30).keys("!").wait("y reaches nobody", 2).expect("flightdeck rollback --lambda")
        ana.keys("Escape")
        silent = journey.call("engine", "status", timeout=20)
        check(silent.code == UNKNOWN and "DOES NOT ANSWER" in silent.out and "r-0001" in silent.out, silent.tail())
        wait_for("ten minutes", 30, lambda: (time.monotonic() - began) * 120 > 11 * 60, every=0.1)
        os.kill(pid, signal.SIGCONT)
        gap = journey.wait_for("gap_seen")
        check(gap["at_ms"] - before_ms > 600_000, f"the gap is {gap}")
        ends_released(journey)
        later = [e for e in journey.events() if e["seq"] > gap["seq"] and e["type"] in ("measured", "effect_intent")]
        check(later[0]["type"] == "measured", f"it went on before it looked: {later[0]}")
        ana.wait("released", 30)


def started_by_a_console(folder):
    """Nobody started one: the console does, leaves it behind with its release, and the next one finds it."""
    with journey_in(folder) as journey:
        journey.attaches = True
        try:
            with journey.console("--read-only") as li:  # who only looks on starts nothing
                li.begin()
                check(not journey.call("engine", "status", "--json").json["running"], "a look started an engine")
                li.keys("q").leave()
            with begins(journey) as ana:
                pid = journey.call("engine", "status", "--json").expect(DONE).json["pid"]
                check(pid != ana.process.pid, "it is the console")
                ana.signal(signal.SIGKILL)
                ana.leave()
            with journey.console() as again:
                again.begin().wait("r-0001").wait("run: going on", 30)
                ends_released(journey)
                check(journey.call("engine", "status", "--json").json["pid"] == pid, "another engine")
                again.wait("released", 30).keys("q").leave()
        finally:
            journey.call("engine", "stop", "--abort", timeout=60)


def started_by_two_at_once(folder):
    """One engine, and both at it."""
    with journey_in(folder) as journey:
        journey.attaches = True
        try:
            with journey.console() as ana, journey.console() as li:
                for console in (ana, li):
                    console.begin()
                    check("engine of its own" not in console.text(), console.text())
                journey.call("engine", "status", "--json").expect(DONE)
                journey.call("engine", "stop").expect(DONE)
                for console in (ana, li):
                    console.wait("the engine was stopped by", 30)
        finally:
            journey.call("engine", "stop", "--abort", timeout=60)


def acts_for_each(folder):
    """Li brings her own keys. Another way to AWS, or a configuration that was changed: an engine that nobody needs is replaced, else the console has its own."""
    with journey_in(folder) as journey, Engine(journey) as engine:
        first = engine.pid()
        li = dict(journey.sandbox.second)
        another = {"NO_PROXY": "example.com"}
        with journey.console() as ana:
            ana.begin().wait("ana@finally.com")
            with journey.console(**li) as other:
                other.begin().wait("li@finally.com")
                check("engine of its own" not in other.text(), other.text())
                other.keys("q").leave()
            with journey.console(**another) as other:
                other.begin().wait("engine of its own: the engine reaches AWS another way", 30)
                check(engine.pid() == first, "it was replaced under somebody's feet")
                other.keys("q").leave()
            ana.expect("ana@finally.com").keys("q").leave()
        with journey.console(**another) as other:
            other.begin()
            second = engine.pid()
            check(second != first, "it asks another AWS")
            other.keys("q").leave()
        path = journey.folder / "flightdeck.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("25% 5m", "30% 5m"), encoding="utf-8")
        with journey.console(**another) as other:
            other.begin()
            check(engine.pid() != second, "it goes on with the configuration as it was")
            other.keys("q").leave()


def where_none_can_be_started(folder):
    """A state folder that cannot be written: it is said, and everything that needs none works."""
    with journey_in(folder) as journey:
        journey.attaches = True
        (journey.folder / "file").write_text("x", encoding="utf-8")
        with journey.console(size=(200, 60), FLIGHTDECK_STATE_DIR=str(journey.folder / "file" / "state")) as ana:
            ana.wait("engine of its own: no engine could be started", 30).keys("q")
            code = ana.leave()
            check(ana.is_restored(), f"exit {code}: the terminal is not given back")


class OldEngine(threading.Thread):
    """One of another version of the wire, which ends where nothing is under way there."""

    def __init__(self, state, is_busy):
        super().__init__(daemon=True)
        self.state, self.is_busy, self.ended = state, is_busy, threading.Event()
        state.mkdir(mode=0o700, exist_ok=True)
        self.lock = os.open(state / "engine.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.fcntl(self.lock, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        path = str(state / "engine.sock")
        os.write(self.lock, json.dumps({"pid": os.getpid(), "version": "0.0.9", "since": "", "socket": path}).encode())
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.start()

    def answer(self, request):
        if request["verb"] == "stop" and not self.is_busy:
            return {"news": "reply", "id": request["id"], "ok": True, "result": None}
        code, text = ("under-way", "a run is under way") if request["verb"] == "stop" else ("wire", "the engine is flightdeck 0.0.9 (wire 0)")
        return {"news": "reply", "id": request["id"], "ok": False, "error": {"code": code, "message": text, "hint": "", "kind": "usage"}}

    def run(self):
        while not self.ended.is_set():
            peer, _ = self.server.accept()
            with peer:
                request = json.loads(peer.makefile().readline() or '{"verb": "none", "id": 0}')
                answer = self.answer(request)
                peer.sendall(json.dumps(answer).encode() + b"\n")
            if answer["ok"]:
                self.end()

    def end(self):
        self.ended.set()
        self.server.close()
        (self.state / "engine.sock").unlink(missing_ok=True)
        os.close(self.lock)


def after_an_update(folder):
    """An engine of the former version: replaced where it is idle; where it drives, the console has its own and says so."""
    for is_busy in (False, True):
        with journey_in(folder / f"busy-{is_busy}") as journey:
            journey.attaches = True
            old = OldEngine(journey.state, is_busy)
            try:
                with journey.console(size=(200, 60)) as ana:
                    if is_busy:
                        ana.begin().wait("engine of its own: the engine is flightdeck 0.0.9", 30).wait("flightdeck engine restart")
                        check(not old.ended.is_set(), "it was ended while a run was under way")
                    else:
                        ana.begin()
                        check(old.ended.is_set(), "an idle old one is still there")
                        check(journey.call("engine", "status", "--json").json["pid"] != os.getpid(), "no new one")
                    ana.keys("q").leave()
            finally:
                if is_busy:
                    old.is_busy = False
                    journey.call("engine", "stop").expect(DONE)
                else:
                    journey.call("engine", "stop", "--abort")


def strangers(folder):
    """Other versions, other languages, nonsense: each gets a sentence, and disturbs nobody."""
    with journey_in(folder) as journey, Engine(journey) as engine:
        path = engine.status()["socket"]

        def talk(*lines):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(10)
                peer.connect(path)
                peer.sendall(b"".join(line + b"\n" for line in lines))
                got = b""
                while b"\n" not in got:
                    more = peer.recv(65536)
                    if not more:
                        break
                    got += more
                return json.loads(got.split(b"\n")[0]) if got else None

        old = talk(json.dumps({"verb": "attach", "id": 1, "wire": 0, "program": "0.0.9", "project": "finally"}).encode())
        check(not old["ok"] and old["error"]["code"] == "wire" and "0.0.9" in old["error"]["message"], f"an old one: {old}")
        other = talk(json.dumps({"verb": "attach", "id": 1, "wire": WIRE, "project": "another"}).encode())
        check("finally" in other["error"]["message"], f"of another project: {other}")
        for nonsense in (b"GET / HTTP/1.1", b"[1]", b"\x00\xff", b"{" * 70000, b'{"verb":"start"}'):
            answer = talk(nonsense)
            check(answer is None or not answer["ok"], f"{nonsense[:20]}: {answer}")
        with journey.console() as ana:
            ana.begin()


def main():
    with work_folder() as folder:
        def go(journey, name, *more):
            (folder / name).mkdir()
            journey(folder / name, *more)

        go(starts_and_stops, "start")
        go(strangers, "strangers")
        go(after_an_update, "update")
        go(started_by_a_console, "by-console")
        go(started_by_two_at_once, "two-at-once")
        go(acts_for_each, "others")
        go(where_none_can_be_started, "nowhere")
        go(console_dies, "killed", lambda ana: ana.signal(signal.SIGKILL))
        go(console_dies, "hung-up", hang_up)
        go(console_stands_still, "still")
        go(back_to_the_shell, "shell")
        go(leaving_detaches, "leaving")
        go(two_consoles, "two")
        go(stopped_on_purpose, "stopped")
        go(stopped_under_way, "stopped-under-way")
        go(restarted, "restarted")
        go(supervised, "supervised")
        go(restarted_in_a_command, "restarted-in-a-command")
        go(firehose, "firehose")
        go(engine_sleeps, "asleep")
        go(engine_dies, "engine-bad")
        go(engine_dies_healthy, "engine-good")


run_script(main)
