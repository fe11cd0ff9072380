"""What the end-to-end scripts share: the program, a sandbox, a project to release, and an eye of our own on AWS.

Nothing here knows the program's code: it starts it, reads its JSON, its journal (SQLite), and asks the sandbox with a
SigV4 of its own. Only python3's standard library.
"""
import concurrent.futures
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import pty
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("FLIGHTDECK", str(ROOT / "build" / "flightdeck"))
IS_SANITIZED = bool(os.environ.get("APP_SANITIZE"))
FUNCTION, ALIAS, DATABASE = "finally-prod-api", "production", "finally-prod-postgres"
REGION = "eu-central-1"
# Exit codes, as docs/cli.md has them.
DONE, FAILED, USAGE, GATE_CLOSED, ROLLED_BACK, LOCKED, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


class Failure(Exception):
    """What a script did not find as it should be."""


def check(holds, text):
    if not holds:
        raise Failure(text)


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def run_script(main):
    """Calls main; a failure is one line and exit 1."""
    if not os.access(PROGRAM, os.X_OK):
        print(f"there is no {PROGRAM}")
        sys.exit(1)
    try:
        main()
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
    print("ok")


def clean_environment(**more):
    """The caller's environment without his accounts and settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FLIGHTDECK_"))}
    return {**kept, **more}


def lines_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextlib.contextmanager
def work_folder(within=None):
    path = pathlib.Path(tempfile.mkdtemp(prefix="flightdeck-test-", dir=within))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def fill(disk):
    """Not a byte is left on it."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 4096)
        except OSError:
            pass


def wait_for(what, seconds, look, every=0.02):
    """Until look() gives something true, which is returned."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        check(time.monotonic() < until, f"{what}: not within {seconds} s")
        time.sleep(every)


def in_parallel(jobs, at_once=12):
    """Calls each of the functions; most of their time is waiting. Their results, in order."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def complaints(jobs, at_once=12):
    """Jobs that give a complaint or None; all are run before anything is said."""
    found = [text for text in in_parallel(jobs, at_once) if text]
    check(not found, f"{len(found)} of {len(jobs)}:\n  " + "\n  ".join(found[:20]))


# ---- the program ----


class Answer:
    """How a run of the program ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return lines_of(self.out)

    def of_type(self, *types):
        return [line for line in self.lines if line.get("type") in types]

    def status(self):
        ended = self.of_type("run_ended")
        return ended[-1]["status"] if ended else None

    def tail(self):
        return (self.out[-600:] + self.err[-600:]).strip().replace("\n", " | ")

    def expect(self, *codes):
        check(self.code in codes, f"exit {self.code}, not {' or '.join(map(str, codes))}: {self.tail()}")
        return self


def flightdeck(*words, env=None, timeout=120, cwd=None):
    done = subprocess.run([PROGRAM, *map(str, words)], env=env if env is not None else clean_environment(), cwd=cwd,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def demo(*words, timeout=300, env=None):
    return flightdeck("demo", "--headless", "--json", *words, timeout=timeout, env=env)


class HeldDemo:
    """A demo that is over but whose sandbox still answers, as long as the with block lasts."""

    def __init__(self, *words, timeout=300):
        self.words, self.timeout = words, timeout

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "demo", "--headless", "--json", "--hold", *map(str, self.words)],
                                        env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        out, held = [], None
        until = time.monotonic() + self.timeout
        for line in self.process.stdout:
            out.append(line)
            if line.startswith('{"type":"held"'):
                held = json.loads(line)
                break
            check(time.monotonic() < until, "the demo takes too long")
        self.answer = Answer(None, "".join(out), "")
        if held is None:
            self.answer.err = self.process.stderr.read()
            raise Failure(f"the demo ended with {self.process.wait()} before it was held: {self.answer.tail()}")
        self.env = clean_environment(**held["exports"])
        self.aws = Eye(held["exports"])
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.answer.code = self.process.wait(timeout=60)
        self.answer.err = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()


class Sandbox:
    """flightdeck sandbox as a process of its own; it ends with the with block."""

    def __init__(self, *words):
        self.words = words

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "sandbox", "--until-eof", "--listen", "127.0.0.1:0",
                                         *map(str, self.words)], env=clean_environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        exports, self.second = {}, {}
        for line in self.process.stdout:
            if line.startswith("#   export "):
                name, _, value = line[len("#   export "):].strip().partition("=")
                self.second[name] = value.strip("'\"")  # the keys of Li
            if line.startswith("export ") and "=" in line:
                name, _, value = line[len("export "):].strip().partition("=")
                exports[name] = value.strip("'\"")
            if line.strip() == "# ready":
                break
        check("FLIGHTDECK_SANDBOX_URL" in exports, "the sandbox did not start")
        self.exports = exports
        self.env = clean_environment(**exports)
        self.aws = Eye(exports)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


# ---- an eye of our own on AWS ----


class Eye:
    """Reads what AWS (the sandbox) says, signed by this file and not by the program."""

    def __init__(self, exports):
        self.url = exports["FLIGHTDECK_SANDBOX_URL"].rstrip("/")
        self.key, self.secret = exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"]
        self.token = exports.get("AWS_SESSION_TOKEN", "")
        self.secrets = [self.secret]

    def signed(self, service, method, target, body=b"", headers=()):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        parts = urllib.parse.urlsplit(self.url + target)
        signed = {"host": parts.netloc, "x-amz-date": stamp, **{k.lower(): v for k, v in headers}}
        if self.token:
            signed["x-amz-security-token"] = self.token
        names = ";".join(sorted(signed))
        # The path is encoded once more, as every service but S3 wants it.
        canonical = "\n".join([method, urllib.parse.quote(parts.path), parts.query,
                               "".join(f"{name}:{signed[name]}\n" for name in sorted(signed)), names,
                               hashlib.sha256(body).hexdigest()])
        scope = f"{day}/{REGION}/{service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in (day, REGION, service, "aws4_request", text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, "
                                   f"Signature={key.hex()}")
        del signed["host"]
        request = urllib.request.Request(self.url + target, data=body or None, headers=signed, method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def read(self, *request):
        """Again when it was throttled, or the answer got lost: it only reads."""
        for _ in range(20):
            try:
                return self.signed(*request)
            except (OSError, http.client.HTTPException) as failure:
                last = failure
                time.sleep(0.05)
        raise Failure(f"the sandbox does not answer {request[:3]}: {last}")

    def alias(self, function=FUNCTION, alias=ALIAS):
        found = json.loads(self.read("lambda", "GET", f"/2015-03-31/functions/{function}/aliases/{alias}"))
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return {"version": found["FunctionVersion"], "weights": weights, "description": found.get("Description", "")}

    def put_alias(self, description, weights=None, version=None):
        """By somebody else, with AWS alone; what is None stays as it is."""
        change = {"Description": description}
        if weights is not None:
            change["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        if version is not None:
            change["FunctionVersion"] = version
        self.signed("lambda", "PUT", f"/2015-03-31/functions/{FUNCTION}/aliases/{ALIAS}", json.dumps(change).encode(),
                    [("Content-Type", "application/json")])

    def versions(self, function=FUNCTION):
        versions, marker = [], ""
        while True:
            query = f"?Marker={urllib.parse.quote(marker, safe='')}" if marker else ""
            found = json.loads(self.read("lambda", "GET", f"/2015-03-31/functions/{function}/versions{query}"))
            versions += [(v["Version"], v.get("CodeSha256")) for v in found["Versions"]]
            marker = found.get("NextMarker")
            if not marker:
                return versions

    def snapshots(self):
        count, marker = 0, ""
        while True:
            body = urllib.parse.urlencode({"Action": "DescribeDBSnapshots", "Version": "2014-10-31",
                                           **({"Marker": marker} if marker else {})}).encode()
            xml = self.read("rds", "POST", "/", body, [("Content-Type", "application/x-www-form-urlencoded")]).decode()
            count += xml.count("<DBSnapshotIdentifier>")
            marker = xml.partition("<Marker>")[2].partition("</Marker>")[0]
            if not marker:
                return count

    def control(self, path):
        """The sandbox's own pages, which nobody signs."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}", timeout=30) as reply:
            return json.loads(reply.read())

    def tell(self, path, **wishes):
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=json.dumps(wishes).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def sign_in(self, user="ana@finally.com", account=None):
        """New keys, as variables; those that the person had until now have ended."""
        keys = json.loads(self.tell("keys", user=user, **({"account": account} if account else {})))
        self.secrets.append(keys["secret_key"])
        if user.startswith("ana@"):
            self.key, self.secret = keys["key_id"], keys["secret_key"]
        return {"AWS_ACCESS_KEY_ID": keys["key_id"], "AWS_SECRET_ACCESS_KEY": keys["secret_key"]}

    def order(self, fault):
        """A fault from now on: "GetAlias=reset-before:40"."""
        request = urllib.request.Request(f"{self.url}/_sandbox/faults", data=fault.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def forget_faults(self):
        """Nothing that was ordered waits any more."""
        request = urllib.request.Request(f"{self.url}/_sandbox/faults", method="DELETE")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def effects(self):
        return self.control("effects")

    def everything(self):
        """What a release leaves in the world."""
        return {"alias": self.alias(), "versions": self.versions(), "snapshots": self.snapshots(),
                "effects": self.effects()}


# ---- the journal ----


def journal_rows(state, query, *values):
    """Rows of the journal that somebody may be writing right now."""
    try:
        return _journal_rows(state, "ro", query, values)
    except sqlite3.OperationalError as failure:  # whoever wrote it was killed in the middle of it
        if "readonly" not in str(failure):
            raise
        return _journal_rows(state, "rw", query, values)


def _journal_rows(state, mode, query, values):
    database = sqlite3.connect(f"file:{urllib.parse.quote(str(state))}/journal.sqlite?mode={mode}", uri=True, timeout=10)
    try:
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'run_index'").fetchall():
            return []  # it is only just being made
        return database.execute(query, values).fetchall()
    finally:
        database.close()


def newest_run(state, environment="production"):
    rows = journal_rows(state, "SELECT id FROM run_index WHERE environment = ? ORDER BY opened_ms DESC, id DESC LIMIT 1",
                        environment)
    return rows[0][0] if rows else None


def events_of(state, run):
    return [{"seq": seq, "at_ms": at, "type": kind, "step": step, "by": by, **json.loads(body)} for
            seq, at, kind, step, by, body in
            journal_rows(state, "SELECT seq, at_ms, type, step, actor, body FROM event WHERE stream = ? ORDER BY seq", run)]


def check_effects(events):
    """Every intent has its outcome, and no outcome is without an intent before it."""
    open_intents = {}
    for event in events:
        key = (event["step"], event.get("key"))
        if event["type"] == "effect_intent":
            check(key not in open_intents, f"effect {key} was intended again before its outcome")
            open_intents[key] = event
        elif event["type"] == "effect_outcome":
            check(open_intents.pop(key, None) is not None or event.get("state") != "done",
                  f"effect {key} has an outcome without an intent")
    check(not open_intents, f"no outcome of {sorted(open_intents)}")
    check(any(event["type"] == "effect_intent" for event in events), "the run wrote nothing")


def step_states(events):
    """The state that each step ended in, by id."""
    states = {}
    for event in events:
        if event["type"] == "step_ended":
            states[event["step"]] = event["state"]
        elif event["type"] == "step_undone":
            states[event["step"]] = "undone"
    return states


# ---- a project to release ----


GUIDE = """# How we release

## Before

- [ ] The change is announced
- [ ] CHANGELOG is updated
"""


def write_configuration(project, sandbox_url, *, plan, traffic, more=""):
    """A small team's configuration of the sandbox's production, with staging left out."""
    (project / "DEPLOYMENT.md").write_text(GUIDE, encoding="utf-8")
    (project / "CHANGELOG.md").write_text("# Changes\n\n- this one\n", encoding="utf-8")
    (project / "flightdeck.yaml").write_text(f"""version: 1
project: finally
guide: DEPLOYMENT.md
people:
  release-managers: [ana@finally.com, li@finally.com]
environments:
  staging:
    account: "123456789012"
    region: {REGION}
    url: {sandbox_url}/app/staging
    resources:
      api: {{lambda: finally-staging-api, alias: production}}
  production:
    account: "123456789012"
    region: {REGION}
    from: staging
    url: {sandbox_url}/app/production
    resources:
      api: {{lambda: {FUNCTION}, alias: {ALIAS}}}
      gateway: {{http-api: finally-prod-gateway}}
      database: {{rds: {DATABASE}}}
    traffic: [{traffic}]
checklists:
  Before:
    CHANGELOG: {{run: grep -q this CHANGELOG.md}}
plan: [{plan}]
smoke:
  checks:
    - {{get: /health, json: {{success: true}}}}
{more}
""", encoding="utf-8")


SNAPSHOT = "{snapshot: database, begin: with-the-run, only: production}"
WHOLE_PLAN = (f"checklist: [Before], {SNAPSHOT}, deploy: api, smoke: new-version, shift: api, smoke: everyone, "
              "watch: 30m, all-clear")
LADDER = "1% 5m, 5% 5m, 10% 10m, 25% 10m, 50% 10m, 100%"


class Release:
    """A sandbox, a project beside it, and the way to run the program on both."""

    def __init__(self, folder, *sandbox_words, plan=WHOLE_PLAN, traffic=LADDER, more=""):
        self.folder, self.state = folder, folder / "state"
        self.sandbox = Sandbox(*sandbox_words)
        self.wishes = {"plan": plan, "traffic": traffic, "more": more}

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        self.sandbox.__enter__()
        write_configuration(self.folder, self.sandbox.exports["FLIGHTDECK_SANDBOX_URL"], **self.wishes)
        self.aws = self.sandbox.aws
        self.env = {**self.sandbox.env, "FLIGHTDECK_STATE_DIR": str(self.state), "CI": "true", "HOME": str(self.folder),
                    "FLIGHTDECK_CONFIG": str(self.folder / "flightdeck.yaml")}
        return self

    def __exit__(self, *_):
        self.sandbox.__exit__()

    def words(self, *words):
        return ["--config", str(self.folder / "flightdeck.yaml"), *words]

    def call(self, *words, timeout=120, **variables):
        return flightdeck(*words, "--config", self.folder / "flightdeck.yaml", env={**self.env, **variables},
                          cwd=self.folder, timeout=timeout)

    def tick(self):
        self.call("check", "tick", "announced", "--env", "production").expect(DONE)

    def approve(self):
        """By Li, before the run is started."""
        plan = self.call("prepare", "production", "--json").expect(DONE).json
        self.call("run", "approve", "--expect", plan["hash"], **self.sandbox.second).expect(DONE)

    def fly(self, *words, timeout=300, **variables):
        return self.call("run", "production", "--yes", "--json", *words, timeout=timeout, **variables)

    def start(self, *words, stdin=subprocess.DEVNULL, **variables):
        """`run production` in the background; its output goes to run.out and run.err."""
        with open(self.folder / "run.out", "ab") as out, open(self.folder / "run.err", "ab") as err:
            return subprocess.Popen([PROGRAM, "run", "production", "--yes", "--json", *words,
                                     "--config", str(self.folder / "flightdeck.yaml")],
                                    env={**self.env, **variables}, cwd=self.folder, stdin=stdin, stdout=out,
                                    stderr=err)

    def events(self):
        if not (self.state / "journal.sqlite").exists():
            return []
        run = newest_run(self.state)
        return events_of(self.state, run) if run else []

    def wait_for_event(self, what, test, seconds=60):
        return wait_for(what, seconds, lambda: next((e for e in self.events() if test(e)), None))


class Terminal:
    """The program at a terminal of its own."""

    def __init__(self, release, *words, **variables):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([PROGRAM, *release.words(*words)], env={**release.env, **variables},
                                        cwd=release.folder, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)
        self.seen = ""

    def wait_for(self, text, seconds=60):
        until = time.monotonic() + seconds
        while text not in " ".join(self.seen.split()):
            check(time.monotonic() < until and self.read(), f"\"{text}\" was not said: {self.seen[-900:]}")

    def read(self):
        """False at the end of what it says."""
        if not select.select([self.master], [], [], 1)[0]:
            return True
        try:
            said = os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            return False
        self.seen += said
        return bool(said)

    def say(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds=5):
        """How it ends, and how long that took."""
        began = time.monotonic()
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        took = time.monotonic() - began
        while self.process.returncode is not None and self.read():
            pass
        os.close(self.master)
        return code, took
