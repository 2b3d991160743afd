#!/usr/bin/env python3
"""Runs the jobs of one sandbox: main process of a container or of a local sandbox.

    bridge.py serve --work DIR --spool DIR (--socket PATH | --socket-fd N) --grace SECONDS [--disk-mb N] [--pids N]
    bridge.py connect --socket PATH              stdin/stdout to and from a serving bridge
    bridge.py bind --socket PATH --fd N COMMAND  a command that inherits a listening socket

The protocol (JSON lines) is described in src/protocol/bridge.ts, the limits and guarantees in
README.md beside this file. Standard library only, Python 3.8 or newer. The other sub-commands
(script, repl, kernel-host, kernel) are the children that `serve` starts for its jobs.
"""

import json
import os
import stat
import sys
import threading
import time

VERSION = 3
MB = 1024 * 1024

# A job's spool; beyond it output is dropped with one notice, other events are still kept.
SPOOL_BYTES = int(os.environ.get("PODIUM_SPOOL_MB", "64")) * MB
# All spools together: a job that begins when little is left keeps less of its output.
SPOOLS_BYTES = 8 * SPOOL_BYTES
# Room that is given up when the disk is full, so that ends of jobs can still be written.
RESERVE_BYTES = 1 * MB
# Live kernels that are kept: the one longest out of use makes room for a new one.
LIVE_KERNELS = 3
# One line from a connection, and one line from a child.
REQUEST_BYTES = 64 * MB
CHILD_LINE_BYTES = 32 * MB
# One rich output, and what is queued for a connection before its events wait in the spool.
RICH_BYTES = 8 * MB
QUEUE_BYTES = 256 * 1024
# Output is collected for this long, or up to this size, into one event.
GATHER_SECONDS = 0.05
GATHER_CHARS = 32 * 1024
# A stop is asked for three times: Ctrl-C, SIGTERM, SIGKILL; the last within five seconds.
TERM_AFTER = 1.5
KILL_AFTER = 4.0
# A connection that stays silent this long is taken for dead; the client says hello every 30 s.
SILENT_SECONDS = float(os.environ.get("PODIUM_SILENT_SECONDS", "150"))
KERNEL_START_SECONDS = 90.0
CODE_ENDINGS = (".pyc", ".py", ".so", ".pyd")
TREE_VARIABLE = "PODIUM_TREE"
CHILD_VARIABLE = "PODIUM_CHILD"

LIBRARIES = {
    "numpy": "numpy", "scipy": "scipy", "pandas": "pandas", "polars": "polars", "pyarrow": "pyarrow",
    "sklearn": "scikit-learn", "lightgbm": "lightgbm", "xgboost": "xgboost", "catboost": "catboost",
    "statsmodels": "statsmodels", "torch": "torch", "torchvision": "torchvision", "timm": "timm",
    "transformers": "transformers", "sentence_transformers": "sentence-transformers",
    "tensorflow": "tensorflow", "keras": "keras", "jax": "jax", "optuna": "optuna", "joblib": "joblib",
    "matplotlib": "matplotlib", "seaborn": "seaborn", "plotly": "plotly", "PIL": "Pillow",
    "cv2": "opencv-python", "skimage": "scikit-image", "nltk": "nltk", "spacy": "spacy", "gensim": "gensim",
    "imblearn": "imbalanced-learn", "category_encoders": "category-encoders", "networkx": "networkx",
    "IPython": "ipython", "ipykernel": "ipykernel", "jupyter_client": "jupyter-client",
    "nbformat": "nbformat", "gymnasium": "gymnasium", "openpyxl": "openpyxl", "tqdm": "tqdm",
}


def log(text):
    """One line on the bridge's own stderr, which the engine keeps as the container's log."""
    try:
        sys.stderr.write("bridge: %s\n" % text)
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # whoever read the log is gone; there is nowhere left to say so


def installed_libraries():
    """Importable libraries of interest with their versions."""
    import importlib.util
    from importlib import metadata

    found = {}
    for module, distribution in LIBRARIES.items():
        try:
            if importlib.util.find_spec(module) is None:
                continue
        except (ImportError, ValueError):
            continue
        version = ""
        for name in (distribution, distribution + "-headless", distribution.lower(), module):
            try:
                version = metadata.version(name)
                break
            except metadata.PackageNotFoundError:
                continue
        found[module] = version
    return found


# --------------------------------------------------------------------------- processes


class Process:
    """What the system says about one process at one moment."""

    __slots__ = ("pid", "ppid", "pgid", "sid", "start", "zombie", "rss", "cpu", "threads")

    def __init__(self, pid, ppid, pgid, sid, start, zombie, rss, cpu, threads):
        self.pid, self.ppid, self.pgid, self.sid = pid, ppid, pgid, sid
        self.start, self.zombie, self.rss, self.cpu, self.threads = start, zombie, rss, cpu, threads


class Scan:
    """All processes that are visible, with an index by parent."""

    def __init__(self):
        self.processes = _scan_proc() if os.path.isdir("/proc/self") else _scan_ps()
        self.children = {}
        for process in self.processes.values():
            self.children.setdefault(process.ppid, []).append(process.pid)

    def descendants(self, pid):
        found, stack = set(), [pid]
        while stack:
            for child in self.children.get(stack.pop(), ()):
                if child not in found:
                    found.add(child)
                    stack.append(child)
        return found


def _scan_proc():
    page, tick = os.sysconf("SC_PAGE_SIZE"), float(os.sysconf("SC_CLK_TCK"))
    processes = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as file:
                raw = file.read()
        except OSError:
            continue  # it ended meanwhile
        f = raw[raw.rindex(b")") + 2:].split()
        processes[int(name)] = Process(
            # Its first thread may have ended while others go on: then it is no zombie.
            int(name), int(f[1]), int(f[2]), int(f[3]), int(f[19]), f[0] in (b"Z", b"X") and int(f[17]) < 2, int(f[21]) * page,
            (int(f[11]) + int(f[12]) + int(f[13]) + int(f[14])) / tick, int(f[17]))
    return processes


def _scan_ps():
    """For systems without /proc (macOS): no session, start time or thread count."""
    import subprocess

    processes = {}
    ps = subprocess.Popen(["ps", "-A", "-o", "pid=,ppid=,pgid=,rss=,stat=,time="], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    for line in ps.communicate()[0].decode("utf-8", "replace").splitlines():
        fields = line.split()
        if len(fields) < 6:
            continue
        pid, ppid, pgid, rss = (int(field) for field in fields[:4])
        if pid == ps.pid:
            continue  # it lists itself, a child of ours that no job has begun
        seconds = 0.0
        for part in fields[5].replace("-", ":").split(":"):
            seconds = seconds * 60 + float(part)
        processes[pid] = Process(pid, ppid, pgid, pgid, 0, fields[4].startswith("Z"), rss * 1024, seconds, 1)
    return processes


def stands_still(pid, waiting_counts=False):
    """Whether every thread of a process is stopped or has ended; a write that was under way has ended then, too.

    One that has started a program with vfork waits, unstoppable, for that program's stopped beginning:
    with `waiting_counts` such a wait counts.
    """
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return True  # it has ended, or the system has no such folder
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/stat" % (pid, thread), "rb") as file:
                raw = file.read()
        except OSError:
            continue  # ended meanwhile
        if raw[raw.rindex(b")") + 2:raw.rindex(b")") + 3] not in (b"TtZXD" if waiting_counts else b"TtZX"):
            return False
    return True


def _proportional_memory(pid):
    """Bytes with shared pages counted once among their users; None when not told."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass  # ended, or the system has no such file
    return None


def _tree_of(pid):
    """The tree mark in a process's environment, or None."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            for entry in file.read(1 * MB).split(b"\0"):
                if entry.startswith(TREE_VARIABLE.encode() + b"="):
                    return entry.split(b"=", 1)[1].decode("ascii", "replace")
    except OSError:
        pass  # ended, or not ours to read
    return None


def _libc():
    import ctypes

    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


def keep_to_oneself(libc):
    """No process of the same user may trace us, read our memory or use our files (Linux; elsewhere nothing).

    Copies of us are kept as well until they become another program.
    """
    if sys.platform.startswith("linux") and libc is not None:
        libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


# Numbers of system calls: machine → (architecture, forbidden, clone, clone3, socket, socketpair). Forbidden are
# keyrings and asynchronous input and output, both of which no namespace divides, and making namespaces.
SYSTEM_CALLS = {
    "x86_64": (0xC000003E, (248, 249, 250, 425, 426, 427, 272, 308, 165, 166, 155, 298, 321, 323), 56, 435, 41, 53),
    "aarch64": (0xC00000B7, (217, 218, 219, 425, 426, 427, 97, 268, 40, 39, 41, 241, 280, 282), 220, 435, 198, 199),
}
# Unix, IPv4, IPv6 and netlink: the others (sockets between virtual machines) go past the network namespace.
FAMILIES = (1, 2, 10, 16)


def system_call_filter():
    """A filter for jobs (Linux's seccomp), ready for prctl; None for a machine whose numbers we do not know."""
    import ctypes
    import errno
    import struct

    known = SYSTEM_CALLS.get(os.uname().machine) if hasattr(os, "uname") else None
    if known is None or not sys.platform.startswith("linux") or sys.maxsize < 2 ** 32:
        return None
    architecture, forbidden, clone, clone3, socket, socketpair = known
    code = []

    def add(operation, value, yes=0, no=0):
        code.append(struct.pack("HBBI", operation, yes, no, value))

    def load(offset):
        add(0x20, offset)

    def give(number):
        add(0x06, 0x00050000 | number if number else 0x7FFF0000)

    load(4)
    add(0x15, architecture, 1, 0)
    give(errno.ENOSYS)
    load(0)
    add(0x35, 0x40000000, 0, 1)  # the x32 numbers of the same calls
    give(errno.ENOSYS)
    for number in forbidden:
        add(0x15, number, 0, 1)
        give(errno.EPERM)
    add(0x15, clone3, 0, 1)
    give(errno.ENOSYS)  # its flags cannot be looked at; libraries then use clone
    add(0x15, clone, 0, 4)
    load(16)
    add(0x45, 0x10000000, 0, 1)  # CLONE_NEWUSER
    give(errno.EPERM)
    give(0)
    add(0x15, socket, 1, 0)
    add(0x15, socketpair, 0, len(FAMILIES) + 2)
    load(16)
    for at, family in enumerate(FAMILIES):
        add(0x15, family, len(FAMILIES) - at, 0)
    give(errno.EAFNOSUPPORT)
    give(0)

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]

    return Program(len(code), b"".join(code))


def peer_of(sock):
    """Process and user at the other end of a Unix socket: process 0 = of another namespace, None = not told."""
    import socket
    import struct

    if not hasattr(socket, "SO_PEERCRED"):
        return None, None
    return struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[:2]


def become_subreaper(libc):
    """Orphans of jobs come to us instead of to the system's init (Linux; elsewhere nothing)."""
    if sys.platform.startswith("linux") and libc is not None:
        libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


class Tree:
    """A process that we started and everything that came from it, wherever it went.

    Members are found by session, by group, by descent, by having been seen as a descendant before,
    and by a mark in the environment: so a daemon that left with setsid is still found.
    """

    def __init__(self, bridge, argv, env, cwd, pass_fds, limits):
        import ctypes
        import secrets
        import subprocess

        self.bridge = bridge
        self.mark = secrets.token_hex(8)
        self.known = set()
        self.marks = {}
        env = dict(env)
        env[TREE_VARIABLE] = self.mark
        libc, file_bytes, processes, calls = bridge.libc, limits.get("file"), limits.get("processes"), bridge.calls

        def prepare():
            if libc is not None and sys.platform.startswith("linux"):
                libc.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: never outlive a killed bridge
            import resource

            if file_bytes:
                _lower_limit(resource, resource.RLIMIT_FSIZE, file_bytes)
            if processes:
                _lower_limit(resource, resource.RLIMIT_NPROC, processes)
            _lower_limit(resource, resource.RLIMIT_CORE, 0)
            if calls is not None:
                # A system without filters still has the namespaces.
                libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
                libc.prctl(22, 2, ctypes.byref(calls), 0, 0)  # PR_SET_SECCOMP

        # close_fds and pass_fds are Popen's way to hand down exactly these pipes.
        self.popen = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, pass_fds=pass_fds, start_new_session=True,
                                      preexec_fn=prepare)
        self.pid = self.popen.pid
        try:
            # From here, since the copy of us that became this program could not write it.
            with open("/proc/%d/oom_score_adj" % self.pid, "w") as file:
                file.write("800")  # when memory runs out the job goes, not the bridge
        except OSError:
            pass
        self.status = None  # exit status as waitpid gives it, once reaped
        self.max_rss = 0
        bridge.trees[self.pid] = self

    def members(self, scan, certain=False):
        """Live processes of the tree. Zombies are gone already and do not count.

        One that has left and has taken its mark off could be of any tree: it counts for the only
        one that there is, unless `certain` is asked for.
        """
        found, perhaps = set(), set()
        own = os.getpid()
        for process in scan.processes.values():
            if process.sid == self.pid or process.pgid == self.pid:
                found.add(process.pid)
            elif (process.pid, process.start) in self.known:
                found.add(process.pid)
            elif process.ppid == own and process.pid not in self.bridge.trees:
                key = (process.pid, process.start)
                # None may be a program that is just beginning: looked at again.
                mark = self.marks[key] = self.marks.get(key) or _tree_of(process.pid)
                others = [t for t in self.bridge.trees.values() if t is not self]
                if mark == self.mark:
                    found.add(process.pid)
                elif not others and mark is None:
                    perhaps.add(process.pid)
        found, perhaps = self._alive(found, scan), self._alive(perhaps, scan)
        self.known |= {(pid, scan.processes[pid].start) for pid in found}
        return found if certain else found | perhaps

    @staticmethod
    def _alive(pids, scan):
        every = set(pids).union(*(scan.descendants(pid) for pid in pids)) - {os.getpid()}
        return {pid for pid in every if pid in scan.processes and not scan.processes[pid].zombie}

    def rss(self, scan, limit):
        """Bytes in memory. Forks share pages: near the limit the exact share is asked for."""
        pids = self.members(scan)
        total = sum(scan.processes[pid].rss for pid in pids)
        if limit is not None and total > limit and len(pids) > 1:
            exact = [_proportional_memory(pid) for pid in pids]
            if all(part is not None for part in exact):
                total = sum(exact)
        return total

    def signal(self, number):
        """To the whole group at once."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # the group is gone

    def kill(self, scan):
        """SIGKILL to the group and to all that left it; True when nothing is left."""
        import signal

        self.signal(signal.SIGKILL)
        alive = self.members(scan)
        send_all(alive, signal.SIGKILL)
        return not alive

    def go_on(self, scan):
        """Ends the standstill of an idle kernel."""
        import signal

        send_all(self.members(scan), signal.SIGCONT)


def _lower_limit(resource, which, value):
    try:
        soft, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        pass  # the system has a lower limit of its own


def send_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # ended meanwhile


def oom_kills():
    """How often the kernel has killed in our control group for want of memory; None when not told."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as file:
                for line in file:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        except (OSError, ValueError):
            continue
    return None


# --------------------------------------------------------------------------- spool


class Spool:
    """The events of one job: a file of JSON lines, exactly as they go over the wire.

    Jobs run as our own user and can write to the file. What they change in it is found: events lie
    where they were put, whatever the file's end is, and a hash of each that nobody else can make
    (its key is in our memory) is compared before it is sent.
    """

    def __init__(self, path, job, make_room, fresh):
        from array import array
        import secrets

        self.path, self.job, self.make_room = path, job, make_room
        self.offsets, self.hashes = array("Q"), []
        self.key = secrets.token_bytes(16)
        self.size = 0
        self.ended = False
        self.changed = False
        if fresh:
            # A file of this name is none of ours: those were found when the bridge started.
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | (os.O_EXCL if fresh else 0), 0o600)
        if not fresh:
            self._load()

    def _load(self):
        with open(self.fd, "rb", closefd=False) as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break  # torn by a crash
                try:
                    event = json.loads(line.decode("utf-8"))
                except ValueError:
                    break
                self._note(line, event.get("event"))
        os.ftruncate(self.fd, self.size)

    @property
    def count(self):
        return len(self.offsets)

    def append(self, at, event):
        record = {"job": self.job, "seq": len(self.offsets), "at": round(at, 3)}
        record.update(event)
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        if not self._write(line):
            # A full disk must not end the bridge. Output is dropped; what decides gets the reserve.
            if event["event"] in ("output", "cell_output"):
                return False
            self.make_room()
            if not self._write(line):
                return False
        self._note(line, event["event"])
        return True

    def _note(self, line, event):
        self.offsets.append(self.size)
        self.hashes.append(self._hash(line))
        self.size += len(line)
        if event == "end":
            self.ended = True

    def _hash(self, line):
        import hashlib

        return hashlib.blake2b(line, key=self.key, digest_size=8).digest()

    def _write(self, line):
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(self.fd, line[written:], self.size + written)
            return True
        except OSError as error:
            log("cannot write the spool of %s: %s" % (self.job, error))
        try:
            os.ftruncate(self.fd, self.size)
        except OSError as error:
            log("cannot repair the spool of %s: %s" % (self.job, error))
        return False

    def read(self, first, limit):
        """Whole events from number `first`, about `limit` bytes; returns (bytes, next number)."""
        if first >= len(self.offsets):
            return b"", first
        last = first + 1
        start = self.offsets[first]
        while last < len(self.offsets) and self.offsets[last] - start < limit:
            last += 1
        end = self.offsets[last] if last < len(self.offsets) else self.size
        data = os.pread(self.fd, end - start, start)
        bounds = [offset - start for offset in self.offsets[first:last]] + [end - start]
        for number in range(last - first):
            if self._hash(data[bounds[number]:bounds[number + 1]]) != self.hashes[first + number]:
                self.changed = True
                return b"", first
        return data, last

    def last_word(self, first):
        """What is told of a job that has changed the record of itself, in place of all that it has not told yet."""
        event = {
            "job": self.job, "seq": first, "at": 0.0, "event": "end", "status": "failed", "exitCode": None, "seconds": 0.0,
            "peakMemoryMb": None, "exception": {"type": "RecordChanged", "message": "the job wrote to the record of its own output", "frames": []},
        }
        return (json.dumps(event) + "\n").encode("utf-8")


# --------------------------------------------------------------------------- jobs


class LineReader:
    """Whole lines from a pipe, bounded: an over-long line is skipped."""

    def __init__(self, limit):
        self.limit, self.parts, self.length, self.skipping = limit, [], 0, False

    def feed(self, data):
        lines = []
        while True:
            end = data.find(b"\n")
            piece = data if end < 0 else data[:end]
            if not self.skipping:
                self.parts.append(piece)
                self.length += len(piece)
                if self.length > self.limit:
                    self.parts, self.length, self.skipping = [], 0, True
            if end < 0:
                return lines
            if not self.skipping:
                lines.append(b"".join(self.parts))
            self.parts, self.length, self.skipping = [], 0, False
            data = data[end + 1:]


class Pipe:
    """The reading end of a child's pipe, in the bridge's loop."""

    def __init__(self, bridge, fd, take):
        import selectors

        os.set_blocking(fd, False)
        self.bridge, self.fd, self.take = bridge, fd, take
        bridge.selector.register(fd, selectors.EVENT_READ, self.ready)

    def ready(self, _events=0):
        """Reads what is there, bounded per turn; True when more may follow."""
        if self.fd is None:
            return False
        for _ in range(16):
            try:
                data = os.read(self.fd, 65536)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError:
                data = b""
            if not data:
                self.close()
                return False
            self.take(data)
            if self.fd is None:
                return False
        return True

    def drain(self, bound=64 * MB):
        """Everything that was written before now, for order: bounded against a flood."""
        for _ in range(bound // (16 * 65536)):
            if not self.ready():
                return

    def close(self):
        if self.fd is not None:
            self.bridge.selector.unregister(self.fd)
            os.close(self.fd)
            self.fd = None


class ScoreLines:
    """Finds `SCORE <metric> <value>` among printed lines: integers, exponents, signs; no NaN."""

    def __init__(self):
        import re

        number = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
        self.pattern = re.compile(r"^SCORE[ \t]+\S+[ \t]+" + number + r"[ \t]*$")
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        lines = text.split("\n")
        self.rest = lines.pop()[-512:]
        return any(self.pattern.match(line.rstrip("\r")) for line in lines)

    def end(self):
        return bool(self.pattern.match(self.rest.rstrip("\r")))


class Job:
    """One job: what it was asked, its events, its limits, and how it ends."""

    kind = "job"

    def __init__(self, bridge, spec, spool):
        import codecs

        self.bridge, self.spec, self.spool = bridge, spec, spool
        self.id = spec["job"]
        self.folder = os.path.join(bridge.work, spec["folder"])
        self.created = self.started = time.monotonic()
        self.running = False
        self.ended = False
        self.stop_reason = None
        self.stop_at = 0.0
        self.stop_step = 0
        self.final = None  # (status, exit code, exception) once only left-over processes remain
        self.peak = 0
        self.work_before = bridge.work_bytes
        self.oom_before = oom_kills()
        self.pending = []
        self.pending_chars = 0
        self.pending_since = 0.0
        self.over = False
        self.exception = None
        self.milestones = set()
        self.scores = ScoreLines()
        self.watched = {}
        self.waiters = []
        self.decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
        self.spool_limit = bridge.spool_allowance()
        limit = spec.get("memoryMb")
        self.memory_limit = int(limit * MB) if limit else None

    # -- events

    def at(self):
        return time.monotonic() - self.created

    def emit(self, event):
        self.flush()
        self.spool.append(self.at(), event)
        self.bridge.wake(self.id)

    def output(self, stream, text, cell=None):
        if not text or self.ended:
            return
        self.keep(stream, text, cell)
        if stream == "stdout" and self.kind in ("script", "notebook") and self.scores.feed(text):
            self.score_printed()

    def score_printed(self):
        if "validation_reported" not in self.milestones:
            self.take_hooks()  # what the hooks saw before the print counts
            self.milestone("validation_reported")

    def take_hooks(self):
        """Reads what the hooks have sent so far."""

    def keep(self, stream, text, cell):
        if self.over:
            return
        if self.spool.size + self.pending_chars > self.spool_limit:
            self.flush()
            self.over = True
            self.emit(_output("stderr", "\n[Output above %d MB is not kept. The job goes on.]\n" % (self.spool_limit // MB), cell))
            return
        if self.pending and self.pending[-1][0] == stream and self.pending[-1][1] == cell:
            self.pending[-1][2].append(text)
        else:
            if not self.pending:
                self.pending_since = time.monotonic()
            self.pending.append((stream, cell, [text]))
        self.pending_chars += len(text)
        if self.pending_chars >= GATHER_CHARS:
            self.flush()

    def flush(self):
        if not self.pending:
            return
        pending, self.pending, self.pending_chars = self.pending, [], 0
        for stream, cell, parts in pending:
            self.spool.append(self.at(), _output(stream, "".join(parts), cell))
        self.bridge.wake(self.id)

    def bytes_from(self, stream, data, cell=None):
        if self.over and b"SCORE" not in data:
            return  # a flood costs no more than its reading
        self.output(stream, self.decoders[stream].decode(data), cell)

    def milestone(self, name, done=None, of=None):
        if self.kind not in ("script", "notebook") or self.ended:
            return
        # A printed score counts only after the hooks have seen data: prints alone earn nothing.
        if name == "validation_reported" and "data_loaded" not in self.milestones:
            return
        key = (name, done) if done is not None else name
        if key in self.milestones:
            return
        self.milestones.add(key)
        event = {"event": "milestone", "name": name}
        if done is not None:
            event["done"] = done
        if of is not None:
            event["of"] = of
        self.emit(event)

    def hook(self, message):
        """A line that a hook in the job's process has sent, token already checked."""
        if message.get("t") == "milestone":
            name, done, of = message.get("name"), message.get("done"), message.get("of")
            if name in HOOK_MILESTONES:
                self.milestone(name, done if isinstance(done, int) else None, of if isinstance(of, int) else None)
        elif message.get("t") == "exception" and isinstance(message.get("exception"), dict):
            self.exception = message["exception"]

    # -- files that count as milestones

    def watch_begin(self):
        self.watched = {name: self._stamp(name) for name in ("submission.csv", "scores.csv")}

    def _stamp(self, name):
        try:
            info = os.lstat(os.path.join(self.folder, name))
        except OSError:
            return None
        return (info.st_mtime_ns, info.st_size, info.st_ino)

    def watch_files(self):
        if self.kind not in ("script", "notebook") or not self.running:
            return
        for name, milestone in (("submission.csv", "submission_written"), ("scores.csv", "validation_reported")):
            stamp = self._stamp(name)
            if stamp is not None and stamp != self.watched.get(name) and stamp[1] > 0:
                self.milestone(milestone)

    # -- life

    def begin(self):
        raise NotImplementedError

    def tree(self):
        raise NotImplementedError

    def left_over(self, scan):
        """Processes that must be gone before the job counts as ended."""
        raise NotImplementedError

    def ask_to_stop(self, step):
        """0 = Ctrl-C, 1 = SIGTERM, 2 = SIGKILL."""
        raise NotImplementedError

    def stop(self, reason):
        if self.ended or self.stop_reason is not None or self.final is not None:
            return
        self.stop_reason, self.stop_at = reason, time.monotonic()
        self.stop_step = 2 if reason in ("out_of_memory", "disk_full") else 0
        self.ask_to_stop(self.stop_step)
        self.stop_step += 1

    def tick(self, now):
        if self.pending and now - self.pending_since >= GATHER_SECONDS:
            self.flush()
        if self.final is not None:
            self.settle()
            return
        if self.running and self.stop_reason is None and now - self.started > self.spec["seconds"]:
            self.stop("timeout")
        if self.stop_reason is not None:
            waited = now - self.stop_at
            if self.stop_step == 1 and waited >= TERM_AFTER:
                self.stop_step = 2
                self.ask_to_stop(1)
            elif self.stop_step == 2 and waited >= KILL_AFTER:
                self.stop_step = 3
                self.ask_to_stop(2)

    def conclude(self, status, code, exception):
        """The job's own work is over; what it left behind goes before the end is told."""
        if self.final is None:
            self.final = (status, code, exception)
            self.settle()

    def settle(self):
        if self.ended:
            return
        import signal

        alive = self.left_over(Scan())
        if alive:
            send_all(alive, signal.SIGKILL)
            return
        if not self.bridge.quiet():
            return
        self.before_end()
        status, code, exception = self.final
        self.end(status, code, exception)

    def before_end(self):
        """A last look at pipes and files."""

    def end(self, status, code, exception):
        for name, decoder in self.decoders.items():
            self.output(name, decoder.decode(b"", final=True))
        if self.scores.end():
            self.score_printed()
        self.watch_files()
        event = {
            "event": "end", "status": status, "exitCode": code,
            "seconds": round(time.monotonic() - self.started, 3),
            "peakMemoryMb": round(self.peak / MB, 1) if self.peak else None,
        }
        if exception is not None:
            event["exception"] = exception
        self.flush()
        self.spool.append(self.at(), event)
        self.ended, self.running = True, False
        self.bridge.job_ended(self)

    def verdict(self, code, exception):
        """Status of a job that ended by itself or was stopped, from every trace there is."""
        if self.stop_reason is not None:
            return self.stop_reason
        if code == 0:
            return "done"
        kills = oom_kills()
        if kills is not None and self.oom_before is not None:
            if kills > self.oom_before:
                return "out_of_memory"
        elif code == 128 + 9:
            return "out_of_memory"
        if exception is not None:
            if exception["type"] in ("MemoryError", "numpy.core._exceptions._ArrayMemoryError"):
                return "out_of_memory"
            if exception["type"] == "OSError" and exception["message"].startswith(("[Errno 27]", "[Errno 28]", "[Errno 122]")):
                return "disk_full"
        return "disk_full" if code == 128 + 25 else "failed"


def _output(stream, text, cell=None):
    event = {"event": "output", "stream": stream, "text": text}
    if cell is not None:
        event["cell"] = cell
    return event


def exit_code(status):
    """As a shell says it: 128 + n for a process ended by signal n."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class ProcessJob(Job):
    """A script or a shell command: one process, its output, its end."""

    def __init__(self, bridge, spec, spool):
        Job.__init__(self, bridge, spec, spool)
        self.kind = spec["task"]["kind"]
        self.process = None
        self.pipes = []

    def begin(self):
        task, env = self.spec["task"], self.bridge.job_env(self.spec)
        pass_fds, hook_read = (), None
        if self.kind == "script":
            hook_read, hook_write = os.pipe()
            self.token, setting = child_setting(self.bridge, self.folder, hook_write, True)
            env[CHILD_VARIABLE] = setting
            env.setdefault("MPLBACKEND", "Agg")
            argv = [sys.executable, "-u", "-X", "faulthandler", self.bridge.program, "script", task["path"]] + list(task["args"])
            pass_fds = (hook_write,)
        else:
            argv = ["/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh", "-c", task["command"]]
        self.watch_begin()
        try:
            self.process = Tree(self.bridge, argv, env, self.folder, pass_fds, self.bridge.limits())
        finally:
            for fd in pass_fds:
                os.close(fd)
        out, err = self.process.popen.stdout, self.process.popen.stderr
        self.pipes = [
            Pipe(self.bridge, os.dup(out.fileno()), lambda data: self.bytes_from("stdout", data)),
            Pipe(self.bridge, os.dup(err.fileno()), lambda data: self.bytes_from("stderr", data)),
        ]
        out.close()
        err.close()
        if hook_read is not None:
            reader = LineReader(CHILD_LINE_BYTES)

            def take(data):
                # What was printed before the hook spoke comes first.
                for pipe in self.pipes[:2]:
                    pipe.drain(4 * MB)
                for line in reader.feed(data):
                    message = parse_child_line(line, self.token)
                    if message is not None:
                        self.hook(message)

            self.pipes.append(Pipe(self.bridge, hook_read, take))
        self.running, self.started = True, time.monotonic()
        self.process.on_exit = self.exited

    def tree(self):
        return self.process

    def take_hooks(self):
        for pipe in self.pipes[2:]:
            pipe.drain()

    def left_over(self, scan):
        return self.process.members(scan)

    def ask_to_stop(self, step):
        import signal

        if step < 2:
            self.process.signal(signal.SIGINT if step == 0 else signal.SIGTERM)
        else:
            self.process.kill(Scan())

    def interrupt(self):
        import signal

        self.process.signal(signal.SIGINT)

    def exited(self, status):
        for pipe in self.pipes:
            pipe.drain()
        self.peak = max(self.peak, self.process.max_rss)
        code = exit_code(status)
        self.conclude(self.verdict(code, self.exception), code, self.exception)

    def before_end(self):
        for pipe in self.pipes:
            pipe.drain()
            pipe.close()


class CellsJob(Job):
    """Cells in a kernel: one in the folder's live kernel, or a notebook's in a fresh one."""

    def __init__(self, bridge, spec, spool):
        Job.__init__(self, bridge, spec, spool)
        task = spec["task"]
        self.kind = task["kind"]
        self.fresh = self.kind == "notebook"
        self.cells = list(task["cells"]) if self.fresh else [{"id": task["cell"], "code": task["code"]}]
        self.index = -1
        self.kernel = None
        self.before = set()
        self.leaves_behind = False
        self.cell_started = 0.0

    def begin(self):
        self.watch_begin()
        self.kernel = self.bridge.kernel_for(self)
        self.kernel.submit(self)

    def tree(self):
        return self.kernel.process if self.kernel is not None else None

    def take_hooks(self):
        if self.kernel is not None and not self.kernel.dead:
            self.kernel.pipes[2].drain()

    def cell(self):
        return self.cells[self.index]["id"] if 0 <= self.index < len(self.cells) else None

    def turn(self):
        """The kernel is ready and free: the clock of the time limit starts here."""
        scan = Scan()
        self.kernel.process.go_on(scan)
        self.running, self.started = True, time.monotonic()
        self.before = {(pid, scan.processes[pid].start) for pid in self.kernel.process.members(scan)}
        if self.fresh:
            self.kernel.send({"op": "check", "cells": self.cells})
        self.next()

    def next(self):
        self.index += 1
        if self.index >= len(self.cells):
            self.over_with("done", 0, None)
            return
        self.cell_started = time.monotonic()
        cell = self.cells[self.index]
        self.kernel.send({"op": "execute", "cell": cell["id"], "code": cell["code"]})

    def cell_done(self, ok, count):
        self.emit({
            "event": "cell_done", "cell": self.cell(), "ok": ok, "executionCount": count,
            "seconds": round(time.monotonic() - self.cell_started, 3),
        })
        if ok and self.stop_reason is None:
            if self.fresh and self.index == self.first_import():
                self.milestone("imported")
            self.next()
        else:
            exception = None if ok else self.exception
            code = 0 if ok else 1
            self.over_with(self.verdict(code, exception), code, exception)

    def first_import(self):
        import re

        for index, cell in enumerate(self.cells):
            if re.search(r"^\s*(import|from)\s+\w", cell["code"], re.M):
                return index
        return 0

    def over_with(self, status, code, exception):
        self.conclude(status, code, exception)

    def left_over(self, scan):
        members = self.kernel.process.members(scan) if self.kernel is not None and self.kernel.process is not None else set()
        if self.fresh or self.kernel is None or self.kernel.dead:
            return members
        if not self.running:
            return set()
        keep = {self.kernel.process.pid, self.kernel.pid}
        begun = {pid for pid in members if (pid, scan.processes[pid].start) not in self.before} - keep
        if self.stop_reason is None:
            # What a cell starts in the background lives with the kernel, and stands still with it. What
            # earlier cells have left may have made more of its kind meanwhile: that is not this cell's.
            earlier = {pid for pid in members - keep if (pid, scan.processes[pid].start) in self.before}
            self.leaves_behind = bool(begun.difference(*(scan.descendants(pid) for pid in earlier)))
            return set()
        return begun

    def ask_to_stop(self, step):
        if not self.running:
            self.kernel.withdraw(self)
            self.conclude(self.stop_reason, None, None)
        elif step == 0:
            self.kernel.interrupt()
        elif step == 2:
            self.kernel.kill()

    def interrupt(self):
        if self.running:
            self.kernel.interrupt()

    def kernel_died(self, code):
        """The kernel's process is gone in the middle of the job."""
        if self.final is not None:
            return  # it was ended because the job is over
        self.peak = max(self.peak, self.kernel.process.max_rss)
        status = self.verdict(code if code != 0 else 1, self.exception)
        text = "The kernel's process ended (exit code %d)." % code
        if status in ("failed", "out_of_memory"):
            self.output("stderr", text + "\n", self.cell())
        exception = self.exception
        if exception is None and status == "failed":
            exception = {"type": "KernelDied", "message": text, "frames": []}
        self.conclude(status, code, exception)

    def before_end(self):
        if self.leaves_behind:
            self.output("stderr", "\n[What this cell has started in the background goes on while the next cell runs.]\n", self.cells[-1]["id"])
        if self.kernel is not None:
            if self.kernel.dead or self.fresh:
                self.kernel.drain()
                self.kernel.close()

    def end(self, status, code, exception):
        Job.end(self, status, code, exception)
        if self.kernel is not None:
            self.kernel.released(self)


class Kernel:
    """A Python process that keeps its variables, behind one small line protocol in both forms:
    a Jupyter kernel (through `kernel-host`) where ipykernel is there, `repl` where not."""

    def __init__(self, bridge, spec, folder, hooks):
        self.bridge, self.folder = bridge, folder
        self.queue, self.current = [], None
        self.ready = self.dead = False
        self.pid = 0
        self.error = ""
        self.deadline = time.monotonic() + KERNEL_START_SECONDS
        command_read, command_write = os.pipe()
        event_read, event_write = os.pipe()
        hook_read, hook_write = os.pipe()
        form = "kernel-host" if bridge.ipykernel else "repl"
        env = bridge.job_env(spec)
        self.token, env[CHILD_VARIABLE] = child_setting(
            bridge, folder, hook_write, hooks, {"commands": command_read, "events": event_write})
        pass_fds = (command_read, event_write, hook_write)
        try:
            self.process = Tree(bridge, [sys.executable, "-u", "-X", "faulthandler", bridge.program, form], env, folder,
                                pass_fds, bridge.limits())
        finally:
            for fd in pass_fds:
                os.close(fd)
        self.command_fd = command_write
        self.outgoing = b""
        os.set_blocking(command_write, False)
        out, err = self.process.popen.stdout, self.process.popen.stderr
        self.pipes = [
            Pipe(bridge, os.dup(out.fileno()), lambda data: self.raw("stdout", data)),
            Pipe(bridge, os.dup(err.fileno()), lambda data: self.raw("stderr", data)),
        ]
        out.close()
        err.close()
        self.pipes.append(self.line_pipe(hook_read, 2))
        self.pipes.append(self.line_pipe(event_read, 3))
        self.process.on_exit = self.exited

    def line_pipe(self, fd, earlier):
        """A pipe of messages; what came through the pipes before it is taken first."""
        reader = LineReader(CHILD_LINE_BYTES)

        def take(data):
            for pipe in self.pipes[:earlier]:
                pipe.drain(4 * MB)
            for line in reader.feed(data):
                message = parse_child_line(line, self.token)
                if message is not None:
                    self.message(message)

        return Pipe(self.bridge, fd, take)

    def raw(self, stream, data):
        """Bytes on the process's own stdout or stderr, past any redirection."""
        if self.current is not None:
            self.current.bytes_from(stream, data, self.current.cell())
        elif not self.ready:
            self.error = (self.error + data.decode("utf-8", "replace"))[-2000:]

    def message(self, message):
        kind, job = message.get("t"), self.current
        if kind == "ready":
            self.ready = True
            self.pid = message.get("pid", self.process.pid)
            self.advance()
            if self.current is None:
                self.bridge.quiet()  # whoever asked for it has been cancelled meanwhile
        elif kind == "died":
            self.died(int(message.get("code", 1)))
        elif job is None:
            return
        elif kind in ("milestone", "exception"):
            job.hook(message)
        elif kind == "checked":
            if message.get("ok"):
                job.milestone("parses")
        elif kind == "stream":
            job.output(message.get("name", "stdout"), message.get("text", ""), job.cell())
        elif kind == "output":
            output = bounded_output(message.get("output"))
            if output is not None and job.spool.size < job.spool_limit:
                job.emit({"event": "cell_output", "cell": job.cell(), "output": output})
        elif kind == "done":
            job.cell_done(bool(message.get("ok")), message.get("count"))

    def send(self, message):
        self.outgoing += (json.dumps(message) + "\n").encode("utf-8")
        self.write()

    def write(self):
        import selectors

        while self.outgoing and self.command_fd is not None:
            try:
                sent = os.write(self.command_fd, self.outgoing[:65536])
            except BlockingIOError:
                if self.command_fd not in self.bridge.selector.get_map():
                    self.bridge.selector.register(self.command_fd, selectors.EVENT_WRITE, lambda _events: self.write())
                return
            except OSError:
                self.outgoing = b""  # its end is reported through its exit
                break
            self.outgoing = self.outgoing[sent:]
        if self.command_fd is not None and self.command_fd in self.bridge.selector.get_map():
            self.bridge.selector.unregister(self.command_fd)

    def submit(self, job):
        self.queue.append(job)
        self.advance()

    def withdraw(self, job):
        if job in self.queue:
            self.queue.remove(job)

    def advance(self):
        if self.ready and not self.dead and self.current is None and self.queue:
            self.current = self.queue.pop(0)
            self.current.turn()

    def released(self, job):
        if self.current is job:
            self.current = None
            self.advance()

    def interrupt(self):
        import signal

        if self.pid and self.current is not None:
            try:
                os.killpg(self.pid, signal.SIGINT)
            except (ProcessLookupError, PermissionError):
                pass  # it has ended; its exit is on the way

    def kill(self):
        self.process.kill(Scan())

    def tick(self, now):
        if not self.ready and not self.dead and now > self.deadline:
            self.error += "\nThe kernel did not start within %d seconds." % KERNEL_START_SECONDS
            self.kill()

    def drain(self):
        for pipe in self.pipes:
            pipe.drain()

    def close(self):
        self.dead = True
        for pipe in self.pipes:
            pipe.close()
        if self.command_fd is not None:
            if self.command_fd in self.bridge.selector.get_map():
                self.bridge.selector.unregister(self.command_fd)
            os.close(self.command_fd)
            self.command_fd = None

    def exited(self, status):
        self.drain()
        self.died(exit_code(status))

    def died(self, code):
        if self.dead:
            return
        self.dead = True
        self.bridge.forget_kernel(self)
        current, waiting = self.current, self.queue
        self.queue = []
        if not self.ready:
            for job in waiting:
                job.output("stderr", "The kernel did not start (exit code %d).\n%s\n" % (code, self.error.strip()))
                message = "The kernel did not start (exit code %d): %s" % (code, self.error.strip()[-500:])
                job.conclude(job.stop_reason or "failed", code, {"type": "KernelDied", "message": message, "frames": []})
        else:
            for job in waiting:
                job.begin()  # a fresh kernel takes over
        if current is not None:
            current.kernel_died(code)
        elif not waiting:
            self.close()


def bounded_output(output):
    """A rich output of a child, in nbformat's shape and of bounded size; None when it has no known shape."""
    if not isinstance(output, dict):
        return None
    if output.get("output_type") == "error":
        output["evalue"] = str(output.get("evalue", ""))[:20000]
        lines = [str(line)[:20000] for line in output.get("traceback", [])]
        output["traceback"] = lines if len(lines) <= 200 else lines[:50] + ["…"] + lines[-149:]
        return output
    if sum(len(str(part)) for part in output.get("data", {}).values()) > RICH_BYTES:
        output["data"] = {"text/plain": "[An output above %d MB is not kept.]" % (RICH_BYTES // MB)}
    return output


def child_setting(bridge, folder, hook_fd, hooks, extra=None):
    """What a child needs to know, as one environment variable that it removes at once."""
    import secrets

    token = secrets.token_hex(16)
    setting = {
        "hook": hook_fd, "token": token, "root": folder, "hooks": hooks,
        "data": sorted({os.path.join(folder, "data"), os.path.realpath(os.path.join(folder, "data"))}),
        "temp": bridge.temp,
    }
    setting.update(extra or {})
    return token, json.dumps(setting)


def parse_child_line(line, token):
    """A message of a child: an object with the job's token, else None."""
    try:
        message = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("k") == token else None


# --------------------------------------------------------------------------- the bridge


class Connection:
    """One client. Events are read from the spool as the client takes them, so a slow one costs no memory."""

    def __init__(self, bridge, sock):
        self.bridge, self.sock = bridge, sock
        self.reader = LineReader(REQUEST_BYTES)
        self.out = b""
        self.subscriptions = {}
        self.heard = time.monotonic()
        self.closed = False

    def ready(self, events):
        import selectors

        if events & selectors.EVENT_READ:
            try:
                data = self.sock.recv(262144)
            except (BlockingIOError, InterruptedError):
                data = None
            except OSError:
                data = b""
            if data == b"":
                self.close()
                return
            if data:
                self.heard = time.monotonic()
                for line in self.reader.feed(data):
                    if line.strip() and not self.closed:
                        self.bridge.request(self, line)
        if not self.closed:
            self.pump()

    def answer(self, number, ok, result=None, error=None):
        message = {"id": number, "ok": ok}
        if result is not None:
            message["result"] = result
        if error is not None:
            message["error"] = error
        if not self.closed:
            self.out += (json.dumps(message) + "\n").encode("utf-8")
            self.pump()

    def subscribe(self, job, first):
        self.subscriptions[job] = first
        self.pump()

    def pump(self):
        import selectors

        if self.closed:
            return
        while True:
            if len(self.out) < QUEUE_BYTES:
                for job in list(self.subscriptions):
                    spool = self.bridge.spools[job]
                    data, following = spool.read(self.subscriptions[job], QUEUE_BYTES)
                    if spool.changed:
                        # Its processes go first: the end is told when nothing runs any more.
                        if job in self.bridge.jobs:
                            self.bridge.jobs[job].stop("cancelled")
                            continue
                        data, following = spool.last_word(self.subscriptions[job]), spool.count
                    self.out += data
                    if spool.ended and following >= spool.count:
                        del self.subscriptions[job]
                    else:
                        self.subscriptions[job] = following
            if not self.out:
                break
            try:
                sent = self.sock.send(self.out)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self.close()
                return
            self.out = self.out[sent:]
        interest = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0)
        self.bridge.selector.modify(self.sock, interest, self.ready)

    def close(self):
        if not self.closed:
            self.closed = True
            self.bridge.selector.unregister(self.sock)
            self.sock.close()
            self.bridge.connections.discard(self)
            self.bridge.last_connected = time.monotonic()


class Bridge:
    """The loop: connections, children, limits."""

    def __init__(self, options):
        import re
        import selectors
        import tempfile

        self.work, self.spool_folder = os.path.abspath(options.work), os.path.abspath(options.spool)
        self.socket_path, self.socket_fd = options.socket and os.path.abspath(options.socket), options.socket_fd
        self.alone, self.client_uid = options.alone, options.client_uid
        self.grace, self.disk_bytes, self.pids = options.grace, options.disk_mb * MB, options.pids
        self.program = os.path.abspath(__file__)
        self.selector = selectors.DefaultSelector()
        self.libc = _libc()
        # With --alone only: elsewhere jobs may want what a person's own programs may.
        self.calls = system_call_filter() if options.alone and self.libc is not None else None
        self.trees = {}
        self.jobs = {}
        self.spools = {}
        self.kernels = {}
        self.dying = []
        self.connections = set()
        self.last_connected = time.monotonic()
        self.leaving = None
        self.work_bytes = 0
        self.name = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$")
        base = options.temp or ("/tmp" if os.access("/tmp", os.W_OK) else None)
        if options.temp:
            os.makedirs(options.temp, mode=0o700, exist_ok=True)
        self.temp = tempfile.mkdtemp(prefix="t" if options.temp else "podium-", dir=base)  # short: socket paths end near 104 bytes
        self.home = self._home()
        self.libraries = installed_libraries()
        self.ipykernel = not os.environ.get("PODIUM_NO_IPYKERNEL") and all(
            name in self.libraries for name in ("ipykernel", "jupyter_client"))
        self.next_scan = 0.0
        self.restless_since = None
        self.last_scan = None
        self.cpu_before = 0.0
        become_subreaper(self.libc)

    def _home(self):
        home = os.environ.get("HOME", "")
        if home and os.path.isdir(home) and os.access(home, os.W_OK):
            return home
        home = os.path.join(self.temp, "home")
        os.mkdir(home)
        return home

    # -- set-up

    def listen(self):
        import selectors
        import signal
        import socket

        for folder in (self.work, self.spool_folder):
            os.makedirs(folder, exist_ok=True)
        for entry in sorted(os.listdir(self.spool_folder)):
            if entry.endswith(".jsonl") and self.name.match(entry[:-6]):
                self.recover(entry[:-6])
        self.keep_reserve()
        if self.socket_fd is not None:
            os.set_inheritable(self.socket_fd, False)
            self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=self.socket_fd)
        else:
            self.server = listening_socket(self.socket_path, 0o077 if self.client_uid is None else 0o111)
        self.server.setblocking(False)
        self.selector.register(self.server, selectors.EVENT_READ, self.accept)
        self.wake_read, wake_write = os.pipe()
        os.set_blocking(self.wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self.selector.register(self.wake_read, selectors.EVENT_READ, lambda _events: self.woken())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.leave("signal"))
        threading.Thread(target=self.measure_work, daemon=True).start()

    def recover(self, job):
        """A spool without an end is of a job that died with an earlier bridge: it is told as lost, never run again."""
        spool = Spool(os.path.join(self.spool_folder, job + ".jsonl"), job, self.give_reserve, False)
        if not spool.ended:
            spool.append(0.0, {"event": "end", "status": "lost", "exitCode": None, "seconds": 0.0, "peakMemoryMb": None})
        self.spools[job] = spool

    def spool_allowance(self):
        left = SPOOLS_BYTES - sum(spool.size for spool in self.spools.values())
        return min(SPOOL_BYTES, max(1 * MB, left // 4))

    def keep_reserve(self):
        path = os.path.join(self.spool_folder, "reserve")
        try:
            if not os.path.exists(path) or os.path.getsize(path) < RESERVE_BYTES:
                with open(path, "wb") as file:
                    file.write(bytes(RESERVE_BYTES))
        except OSError as error:
            log("no room for a reserve: %s" % error)

    def give_reserve(self):
        try:
            os.unlink(os.path.join(self.spool_folder, "reserve"))
        except OSError:
            pass  # given already

    def accept(self, _events):
        import selectors

        try:
            sock, _ = self.server.accept()
        except OSError:
            return
        if not self.is_outside(*peer_of(sock)):
            log("a connection of a job was refused")
            sock.close()
            return
        sock.setblocking(False)
        connection = Connection(self, sock)
        self.connections.add(connection)
        self.selector.register(sock, selectors.EVENT_READ, connection.ready)

    def is_outside(self, peer, user):
        """Whether a process may give us orders: none that came from a job may."""
        if self.client_uid is not None:
            return user == self.client_uid
        if not peer:
            return True
        scan = Scan()
        return peer in scan.processes and peer not in scan.descendants(os.getpid())

    def woken(self):
        try:
            while os.read(self.wake_read, 4096):
                pass
        except BlockingIOError:
            pass

    # -- requests

    def request(self, connection, line):
        try:
            message = json.loads(line.decode("utf-8"))
            number, op = message["id"], message["op"]
        except (ValueError, KeyError, TypeError):
            connection.answer(0, False, error="not a request")
            return
        handler = getattr(self, "op_" + str(op), None)
        try:
            if handler is None:
                raise RequestError("unknown request %r" % op)
            handler(connection, number, message)
        except (KeyError, TypeError, ValueError) as error:
            connection.answer(number, False, error="malformed %s: %r" % (op, error))
        except (RequestError, OSError) as error:
            connection.answer(number, False, error=str(error))

    def op_hello(self, connection, number, _message):
        connection.answer(number, True, {
            "version": VERSION, "python": sys.executable, "ipykernel": self.ipykernel,
            "libraries": self.libraries, "pid": os.getpid(), "pythonVersion": "%d.%d.%d" % sys.version_info[:3],
        })

    def op_start(self, connection, number, message):
        name, folder = message["job"], message["folder"]
        if not self.name.match(name):
            raise RequestError("a job id has letters, digits, dots, dashes: %r" % name)
        if not self.name.match(folder):
            raise RequestError("not a working folder: %r" % folder)
        if name in self.spools:
            connection.answer(number, True, {"known": True})
            connection.subscribe(name, 0)
            return
        if self.leaving is not None:
            raise RequestError("the sandbox is stopping")
        check_task(message["task"])
        message["seconds"] = float(message["seconds"])
        kinds = {"script": ProcessJob, "shell": ProcessJob, "cell": CellsJob, "notebook": CellsJob}
        os.makedirs(os.path.join(self.work, folder), exist_ok=True)
        self.keep_reserve()
        spool = Spool(os.path.join(self.spool_folder, name + ".jsonl"), name, self.give_reserve, True)
        self.spools[name] = spool
        job = self.jobs[name] = kinds[message["task"]["kind"]](self, message, spool)
        connection.answer(number, True, {"known": False})
        connection.subscribe(name, 0)
        try:
            job.begin()
        except OSError as error:
            job.output("stderr", "The job could not be started: %s\n" % error)
            job.end("failed", None, {"type": type(error).__name__, "message": str(error), "frames": []})

    def op_attach(self, connection, number, message):
        job, first = message["job"], int(message["from"])
        known = job in self.spools
        connection.answer(number, True, {"known": known})
        if known:
            connection.subscribe(job, max(0, first))

    def op_interrupt(self, connection, number, message):
        job = self.jobs.get(message["job"])
        if job is not None and job.running and job.final is None:
            job.interrupt()
        connection.answer(number, True, {"running": job is not None})

    def op_cancel(self, connection, number, message):
        job = self.jobs.get(message["job"])
        if job is None:
            connection.answer(number, True, {"running": False})
            return
        job.waiters.append(lambda: connection.answer(number, True, {"running": True}))
        job.stop("cancelled")

    def op_restart_kernel(self, connection, number, message):
        kernel = self.kernels.get(message["folder"])
        if kernel is None:
            connection.answer(number, True, {"restarted": False})
            return
        for job in list(kernel.queue):
            job.stop("cancelled")
        if kernel.current is not None:
            kernel.current.stop_reason = kernel.current.stop_reason or "cancelled"
        self.forget_kernel(kernel)
        self.dying.append((kernel, lambda: connection.answer(number, True, {"restarted": True})))
        kernel.kill()

    def op_list(self, connection, number, _message):
        jobs = [{"job": name, "running": name in self.jobs} for name in self.spools]
        connection.answer(number, True, {"jobs": jobs})

    def op_files(self, connection, number, message):
        """Regular files of a working folder, without links and without data/."""
        top, found = self.working_folder(message), []
        for folder, names, files in os.walk(top):
            if folder == top and "data" in names:
                names.remove("data")
            for name in files:
                path = os.path.join(folder, name)
                try:
                    info = os.lstat(path)
                except OSError:
                    continue  # removed meanwhile
                if stat.S_ISREG(info.st_mode):
                    found.append({"path": os.path.relpath(path, top), "bytes": info.st_size})
        connection.answer(number, True, {"files": found})

    def op_remove(self, connection, number, message):
        """Deletes files and folders of a working folder; missing ones are fine."""
        import shutil

        top = self.working_folder(message)
        for name in message["paths"]:
            path = os.path.join(top, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)
        connection.answer(number, True, {})

    def op_clear(self, connection, number, message):
        """Leaves a working folder with nothing but data/ and these files: also links, pipes and folders go."""
        import shutil

        top, keep = self.working_folder(message), set(message["keep"])
        if os.path.islink(top):
            os.unlink(top)

        def clear(folder, prefix):
            for entry in list(os.scandir(folder)):
                name = prefix + entry.name
                if name == "data" or (name in keep and entry.is_file(follow_symlinks=False)):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                elif any(kept.startswith(name + "/") for kept in keep):
                    clear(entry.path, name + "/")
                else:
                    shutil.rmtree(entry.path)

        if os.path.isdir(top):
            clear(top, "")
        connection.answer(number, True, {})

    def working_folder(self, message):
        if not self.name.match(message["folder"]):
            raise RequestError("%r is not the name of a working folder" % message["folder"])
        return os.path.join(self.work, message["folder"])

    def op_stats(self, connection, number, _message):
        import resource

        scan = Scan()
        own = scan.descendants(os.getpid())
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        live = sum(scan.processes[pid].cpu for pid in own)
        connection.answer(number, True, {
            "cpuSeconds": round(usage.ru_utime + usage.ru_stime + live, 2),
            "memoryMb": round(sum(scan.processes[pid].rss for pid in own) / MB, 1),
            "workMb": round(self.work_bytes / MB, 1),
        })

    def op_shutdown(self, connection, number, _message):
        connection.answer(number, True, {})
        self.leave("asked")

    # -- jobs

    def job_env(self, spec):
        env = {key: value for key, value in os.environ.items() if not key.startswith("PODIUM_")}
        env.update({
            "HOME": self.home, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": os.path.join(self.temp, "ipython"), "JUPYTER_RUNTIME_DIR": os.path.join(self.temp, "jupyter"),
            "MPLCONFIGDIR": os.path.join(self.temp, "matplotlib"),
            "PYTHONIOENCODING": "utf-8",
        })
        env.setdefault("PYTHONHASHSEED", "0")
        env.setdefault("LANG", "C.UTF-8")
        env.update({str(key): str(value) for key, value in spec.get("env", {}).items()})
        return env

    def limits(self):
        """A single file never grows past the whole limit, whatever the watch sees; the process limit
        counts per user name space since Linux 5.14 and per user on older ones, where it is left out."""
        limits = {"file": self.disk_bytes or None}
        release = os.uname().release.split(".") if hasattr(os, "uname") else ["0"]
        try:
            modern = sys.platform.startswith("linux") and (int(release[0]), int(release[1])) >= (5, 14)
        except (ValueError, IndexError):
            modern = False
        if self.pids and modern and os.getuid() != 0:
            limits["processes"] = sum(p.threads for p in Scan().processes.values()) + self.pids
        return limits

    def kernel_for(self, job):
        if job.fresh:
            return Kernel(self, job.spec, job.folder, True)
        folder = job.spec["folder"]
        kernel = self.kernels.pop(folder, None)
        if kernel is None or kernel.dead:
            kernel = Kernel(self, job.spec, job.folder, False)
        self.kernels[folder] = kernel  # last in the order of use
        idle = [one for one in self.kernels.values() if one is not kernel and one.current is None and not one.queue]
        for old in idle[:max(0, len(self.kernels) - LIVE_KERNELS)]:
            self.forget_kernel(old)
            self.dying.append((old, lambda: None))
            old.kill()
        return kernel

    def quiet(self):
        """Stops what waits and ends what runs for nobody; True once nothing of it can change anything any more.

        A kernel runs while one of its cells does, everything else while its job does. So the files
        of an attempt are safe from whatever earlier ones have left in a kernel, and stay as they
        are from the end of a job until they are fetched.
        """
        import signal

        busy = {job.tree() for job in self.jobs.values() if job.final is None}
        busy |= {kernel.process for kernel in self.kernels.values() if not kernel.ready}
        waiting = {kernel.process for kernel in self.kernels.values()} - busy
        if self.alone:
            # All at once: what makes copies of itself cannot run away from it.
            send_all([-1], signal.SIGSTOP)
        for _ in range(20):
            patience = time.monotonic() - (self.restless_since or time.monotonic())
            scan = Scan()
            running = {pid for tree in busy if tree is not None for pid in tree.members(scan)}
            kept = {pid for tree in waiting for pid in tree.members(scan, True)} - running
            rest = scan.descendants(os.getpid()) - running
            if self.alone:
                send_all(running, signal.SIGCONT)
            moving = {pid for pid in kept if not stands_still(pid, patience > 1.0)}
            if patience > 3.0:
                kept -= moving  # what cannot be stopped is ended
            left = {pid for pid in rest - kept if not scan.processes[pid].zombie}
            # One that is just beginning has no mark yet, and would pass for nobody's.
            ready = {pid for pid in left if patience > 1.0 or stands_still(pid)}
            send_all(moving | (left - ready), signal.SIGSTOP)
            send_all(ready, signal.SIGKILL)
            if not moving and not left:
                self.restless_since = None
                return True
            self.restless_since = self.restless_since or time.monotonic()
            time.sleep(0.002)
        return False

    def forget_kernel(self, kernel):
        for folder, known in list(self.kernels.items()):
            if known is kernel:
                del self.kernels[folder]

    def job_ended(self, job):
        self.jobs.pop(job.id, None)
        self.wake(job.id)
        for waiter in job.waiters:
            waiter()
        job.waiters = []

    def wake(self, job):
        for connection in list(self.connections):
            if job in connection.subscriptions:
                connection.pump()

    # -- the loop

    def run(self):
        while True:
            timeout = 0.05 if self.jobs or self.leaving is not None or self.dying else 0.5
            for key, events in self.selector.select(timeout):
                key.data(events)
            self.reap()
            now = time.monotonic()
            for job in list(self.jobs.values()):
                job.tick(now)
            for kernel in list(self.kernels.values()):
                kernel.tick(now)
            for kernel in {job.kernel for job in self.jobs.values() if isinstance(job, CellsJob) and job.kernel}:
                kernel.tick(now)
            self.bury()
            if self.jobs and now >= self.next_scan:
                self.watch()
            self.lease(now)
            if self.leaving is not None and self.left(now):
                return

    def reap(self):
        """Collects every ended child, ours or adopted: as first process nobody else does."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            tree = self.trees.pop(pid, None)
            if tree is not None:
                tree.status = status
                tree.popen.returncode = exit_code(status)
                tree.max_rss = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
                tree.on_exit(status)

    def bury(self):
        """Kernels that are being ended: what is left of them goes, then whoever asked is told."""
        for entry in list(self.dying):
            kernel, told = entry
            if kernel.process.status is not None and kernel.process.kill(Scan()):
                self.dying.remove(entry)
                if not kernel.dead or kernel.current is None:
                    kernel.drain()
                    kernel.close()
                told()

    def watch(self):
        """Memory, processes, disk, milestone files."""
        begun = time.monotonic()
        scan = Scan()
        for job in list(self.jobs.values()):
            job.watch_files()
            tree = job.tree()
            if tree is None or not job.running or job.final is not None:
                continue
            used = tree.rss(scan, job.memory_limit)
            job.peak = max(job.peak, used)
            if job.memory_limit is not None and used > job.memory_limit:
                job.output("stderr", "\n[Stopped: %d MB in memory, limit %d MB.]\n" % (used // MB, job.memory_limit // MB))
                job.stop("out_of_memory")
            elif self.disk_bytes and self.work_bytes > self.disk_bytes and self.work_bytes > job.work_before:
                job.output("stderr", "\n[Stopped: %d MB in the working folders, limit %d MB.]\n" % (
                    self.work_bytes // MB, self.disk_bytes // MB))
                job.stop("disk_full")
            elif self.pids and sum(scan.processes[pid].threads for pid in tree.members(scan)) > self.pids:
                job.output("stderr", "\n[Stopped: more than %d processes and threads.]\n" % self.pids)
                tree.kill(scan)
        taken = time.monotonic() - begun
        self.next_scan = begun + max(0.1, 20 * taken)

    def measure_work(self):
        """Bytes on disk under the working folders, in a thread since a walk may take long."""
        while True:
            begun = time.monotonic()
            total, seen = 0, set()
            stack = [self.work]
            if self.socket_path and not self.work.startswith(os.path.dirname(self.socket_path) + os.sep):
                stack.append(os.path.dirname(self.socket_path))  # jobs can write there as well
            while stack:
                try:
                    with os.scandir(stack.pop()) as entries:
                        for entry in entries:
                            if entry.path == self.spool_folder:
                                continue
                            try:
                                info = entry.stat(follow_symlinks=False)
                                if entry.is_dir(follow_symlinks=False):
                                    stack.append(entry.path)
                            except OSError:
                                continue  # removed meanwhile
                            if info.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                                if (info.st_dev, info.st_ino) in seen:
                                    continue
                                seen.add((info.st_dev, info.st_ino))
                            # A file without content uses up the disk as well: of files it has only so many.
                            total += max(info.st_blocks * 512, 4096)
                except OSError:
                    continue  # removed meanwhile
            self.work_bytes = total
            idle = 0.5 if self.jobs else 3.0
            time.sleep(max(idle, 10 * (time.monotonic() - begun)))

    def lease(self, now):
        for connection in list(self.connections):
            if now - connection.heard > SILENT_SECONDS:
                log("a silent connection was closed")
                connection.close()
        if self.connections:
            self.last_connected = now
        elif self.leaving is None and now - self.last_connected > self.grace:
            log("nobody connected for %g s: stopping" % self.grace)
            self.leave("lease")

    def leave(self, why):
        if self.leaving is None:
            self.leaving = (time.monotonic(), why)

    def left(self, now):
        """Ends every job and kernel; True when nothing is left, or after eight seconds."""
        import signal

        for job in list(self.jobs.values()):
            job.stop("cancelled")
        scan = Scan()
        if not self.jobs:
            for tree in list(self.trees.values()):
                tree.kill(scan)
            own = {pid for pid in scan.descendants(os.getpid()) if not scan.processes[pid].zombie}
            send_all(own, signal.SIGKILL)
            if not own:
                return True
        return now - self.leaving[0] > 8.0

    def close(self):
        import shutil

        end = time.monotonic() + 2.0
        for connection in list(self.connections):
            while not connection.closed and connection.out and time.monotonic() < end:
                connection.pump()
                time.sleep(0.01)
            connection.close()
        self.server.close()
        if self.socket_path:
            try:
                os.unlink(self.socket_path)
            except OSError:
                pass
        shutil.rmtree(self.temp, ignore_errors=True)


class RequestError(Exception):
    """A request that cannot be carried out; the message goes to the client."""


def check_task(task):
    kind = task.get("kind") if isinstance(task, dict) else None
    texts = {"script": ("path",), "shell": ("command",), "cell": ("code", "cell"), "notebook": ()}
    if kind not in texts:
        raise RequestError("unknown kind of job: %r" % (kind,))
    for name in texts[kind]:
        if not isinstance(task.get(name), str):
            raise RequestError("a %s needs a text %r" % (kind, name))
    if kind == "script" and not all(isinstance(part, str) for part in task.get("args", [])):
        raise RequestError("arguments of a script are texts")
    if kind == "notebook":
        for cell in task["cells"]:
            if not isinstance(cell.get("id"), str) or not isinstance(cell.get("code"), str):
                raise RequestError("a cell needs an id and code")


def main_serve(argv):
    import argparse

    parser = argparse.ArgumentParser(prog="bridge.py serve")
    parser.add_argument("--work", required=True)
    parser.add_argument("--spool", required=True)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", help="path to listen at")
    where.add_argument("--socket-fd", type=int, help="descriptor that listens already (see bind)")
    parser.add_argument("--client-uid", type=int, help="the only user who may connect; by default ours, from outside of jobs")
    parser.add_argument("--alone", action="store_true", help="every process that we may signal came from a job: a process namespace of our own")
    parser.add_argument("--grace", type=float, required=True, help="seconds to live on with nobody connected")
    parser.add_argument("--disk-mb", type=int, default=0, help="limit of the working folders; 0 = none")
    parser.add_argument("--pids", type=int, default=0, help="limit of processes and threads of a job; 0 = none")
    parser.add_argument("--temp", help="folder for sockets and settings of kernels; by default in /tmp")
    options = parser.parse_args(argv)
    if options.alone and os.getpid() != 1:
        sys.exit("bridge: --alone is for the first process of a namespace")
    bridge = Bridge(options)
    if not options.temp:
        keep_to_oneself(bridge.libc)  # with it nothing isolates jobs, and whoever ends the sandbox finds us by our environment
    bridge.listen()
    try:
        bridge.run()
    finally:
        bridge.close()


def listening_socket(path, mask):
    import socket

    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(mask)
    try:
        server.bind(path)
    finally:
        os.umask(before)
    server.listen(16)
    return server


def main_bind(argv):
    """Becomes a command that inherits a listening socket: the path may then be out of the reach of all that it runs."""
    import argparse

    parser = argparse.ArgumentParser(prog="bridge.py bind")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)
    server = listening_socket(os.path.abspath(options.socket), 0o077)
    os.dup2(server.fileno(), options.fd)
    os.set_inheritable(options.fd, True)
    os.execvp(options.command[0], options.command)


def main_connect(argv):
    """Copies both ways until either side ends."""
    import argparse
    import socket

    parser = argparse.ArgumentParser(prog="bridge.py connect")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--wait", type=float, default=10.0, help="seconds to wait for the bridge to listen")
    parser.add_argument("--pid", type=int, help="the bridge's process: a socket that another one listens on is none of ours")
    options = parser.parse_args(argv)
    keep_to_oneself(_libc())
    deadline = time.monotonic() + options.wait
    while True:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(options.socket)
            break
        except OSError as error:
            sock.close()
            if time.monotonic() > deadline:
                sys.exit("bridge: cannot reach %s: %s" % (options.socket, error))
            time.sleep(0.05)
    if options.pid is not None and peer_of(sock)[0] != options.pid:
        sys.exit("bridge: %s is not the bridge's socket any more" % options.socket)

    def inward():
        while True:
            data = os.read(0, 262144)
            if not data:
                break
            sock.sendall(data)
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed by the other side first

    threading.Thread(target=inward, daemon=True).start()
    try:
        while True:
            data = sock.recv(262144)
            if not data:
                break
            view = memoryview(data)
            while view:
                view = view[os.write(1, view):]
    except OSError:
        pass  # either side went away: that is the end
    os._exit(0)


# --------------------------------------------------------------------------- children: common

HOOK_MILESTONES = ("parses", "imported", "data_loaded", "features_built", "model_defined", "training_started",
                   "fold_done", "trained", "predicted")


class Reporter:
    """Lines from a child to the bridge, each with the job's token, on a pipe of their own."""

    def __init__(self, fd, token):
        os.set_inheritable(fd, False)
        self.fd, self.token, self.pid = fd, token, os.getpid()
        self.lock = threading.RLock()

    def send(self, message):
        if os.getpid() != self.pid:
            return  # a forked worker: the parent speaks for it
        message["k"] = self.token
        data = (json.dumps(message, default=str) + "\n").encode("utf-8", "replace")
        with self.lock:
            while data:
                data = data[os.write(self.fd, data):]


def read_setting():
    """What the bridge has told this child; taken out of the environment so that no job sees it."""
    setting = json.loads(os.environ.pop(CHILD_VARIABLE))
    return setting, Reporter(setting["hook"], setting["token"])


def describe_exception(error, traceback, root, cells):
    """Type, message and the frames that lie in the player's own files or cells."""
    import linecache
    import traceback as tracebacks

    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "." + kind.__qualname__
    try:
        message = str(error)
    except Exception:  # a broken __str__ must not hide the error
        message = "(its message cannot be shown)"
    if isinstance(error, KeyError) and len(error.args) == 1:
        message = repr(error.args[0])
    frames = []
    for frame, line in tracebacks.walk_tb(traceback):
        add_frame(frames, frame.f_code.co_filename, line, root, cells, linecache.getline)
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        source = error.text or linecache.getline(error.filename, error.lineno)
        add_frame(frames, error.filename, error.lineno, root, cells, lambda *_: source)
        message = error.msg or message
    if len(frames) > 20:
        frames = frames[:5] + frames[-15:]
    return {"type": name, "message": message[:2000], "frames": frames}


def add_frame(frames, file, line, root, cells, source_of):
    cell = cells.get(file)
    if cell is None:
        path = os.path.realpath(file)
        inside = path.startswith(os.path.realpath(root) + os.sep)
        if not inside or "site-packages" in path or "dist-packages" in path:
            return
        shown = os.path.relpath(path, os.path.realpath(root))
    else:
        shown = "<cell %s>" % cell
    frame = {"file": shown, "line": int(line or 0), "source": source_of(file, line or 0).strip()[:200]}
    if cell is not None:
        frame["cell"] = cell
    frames.append(frame)


def without_own_frames(traceback):
    """The trace with the bridge's frames taken out, at its head and within."""
    own = os.path.abspath(__file__)

    def is_own(tb):
        return tb is not None and os.path.abspath(tb.tb_frame.f_code.co_filename) == own

    while is_own(traceback):
        traceback = traceback.tb_next
    tb = traceback
    while tb is not None:
        following = tb.tb_next
        while is_own(following):
            following = following.tb_next
        if following is not tb.tb_next:
            tb.tb_next = following
        tb = following
    return traceback


def clean_chain(error):
    """`without_own_frames` for an exception and those that it came from."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = without_own_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def fresh_main():
    """An empty `__main__` for the player's code, as the interpreter would give it."""
    import builtins
    import types

    sys.modules["_podium_bridge"] = sys.modules["__main__"]
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    return module


# --------------------------------------------------------------------------- children: script


def main_script(argv):
    """Runs a script as `python -u script args…` would, with hooks and with a report of how it failed."""
    import ast
    import io
    import tokenize

    setting, reporter = read_setting()
    path = os.path.abspath(argv[0])
    sys.argv = [argv[0]] + argv[1:]
    sys.path[0] = os.path.dirname(path)
    hooks = Hooks(setting, reporter)
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        sys.stderr.write("python: can't open file %r: [Errno %d] %s\n" % (argv[0], error.errno, error.strerror))
        missing = {"type": type(error).__name__, "message": "%s: %s" % (error.strerror, argv[0]), "frames": []}
        reporter.send({"t": "exception", "exception": missing})
        sys.exit(2)
    main = fresh_main()
    main.__file__ = path
    main.__cached__ = None
    code = None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        tree = ast.parse(raw, path)
        head, rest, future = split_after_imports(tree)
        parts = [compile(head, path, "exec", dont_inherit=True), compile(rest, path, "exec", flags=future, dont_inherit=True)]
        main.__doc__ = ast.get_docstring(tree, clean=False)
        del tree, head, rest, encoding
        hooks.milestone("parses")
        hooks.install()
        exec(parts[0], main.__dict__)
        hooks.milestone("imported")
        exec(parts[1], main.__dict__)
    except SystemExit as error:
        code = error.code
        if code is not None and not isinstance(code, int):
            sys.stderr.write("%s\n" % (code,))
            code = 1
        code = code or 0
        if code:
            clean_chain(error)
            report = describe_exception(error, error.__traceback__, setting["root"], {})
            report["message"] = "the script ended itself with exit code %s" % code
            reporter.send({"t": "exception", "exception": report})
    except BaseException as error:  # whatever it is, the player is told
        clean_chain(error)
        reporter.send({"t": "exception", "exception": describe_exception(error, error.__traceback__, setting["root"], {})})
        sys.excepthook(type(error), error, error.__traceback__)
        code = 130 if isinstance(error, KeyboardInterrupt) else 1
    sys.exit(code or 0)


def split_after_imports(tree):
    """The leading imports (with docstring, constants and settings between them), and the rest.

    Two modules of the same file: traces and line numbers stay as they are. Also the compiler flags
    of `from __future__` imports, which must hold in the second as well.
    """
    import __future__
    import ast

    end, flags = 0, 0
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            end = index + 1
        elif isinstance(node, (ast.Try, ast.If)):
            if not any(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in node.body):
                break
            end = index + 1
        elif not isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)):
            break
    head, rest = ast.Module(body=tree.body[:end], type_ignores=[]), ast.Module(body=tree.body[end:], type_ignores=[])
    return head, rest, flags


# --------------------------------------------------------------------------- children: cells without Jupyter


def event_stream(events, name, fd):
    """A stdout or stderr whose text goes the way of the other outputs, so that their order is kept.

    What subprocesses and C code write to the descriptor itself still comes through its pipe.
    """
    import codecs
    import io

    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def fileno(self):
            return fd

        def write(self, data):
            data = bytes(data)
            if os.getpid() != events.pid:
                return os.write(fd, data)  # a forked worker
            text = decoder.decode(data)
            if text:
                events.send({"t": "stream", "name": name, "text": text})
            return len(data)

    return io.TextIOWrapper(io.BufferedWriter(Raw(), 8192), encoding="utf-8", errors="replace", line_buffering=True)


class Repl:
    """Runs cells in one process and shows the last expression of each, with rich forms where objects have them."""

    RICH = (("_repr_html_", "text/html"), ("_repr_markdown_", "text/markdown"), ("_repr_svg_", "image/svg+xml"),
            ("_repr_png_", "image/png"), ("_repr_jpeg_", "image/jpeg"), ("_repr_latex_", "text/latex"))
    IGNORED_MAGIC = r"^[ \t]*%(matplotlib|config|load_ext|autoreload|reload_ext)\b.*$"

    def __init__(self, setting, reporter, events):
        self.setting, self.reporter, self.events = setting, reporter, events
        self.main = fresh_main()
        self.main.display = self.display
        self.names = {}
        self.count = 0
        self.hooks = Hooks(setting, reporter)

    def loop(self, commands):
        import signal

        def idle(*_):
            """A late Ctrl-C between cells is for nobody."""

        signal.signal(signal.SIGINT, idle)
        sys.stdout = event_stream(self.events, "stdout", 1)
        sys.stderr = event_stream(self.events, "stderr", 2)
        os.environ.setdefault("MPLBACKEND", "Agg")
        sys.path[0] = self.setting["root"]
        if self.setting["hooks"]:
            self.hooks.install()
        self.events.send({"t": "ready", "pid": os.getpid()})
        for line in commands:
            command = json.loads(line)
            if command["op"] == "check":
                self.events.send({"t": "checked", "ok": all(self.parses(cell["code"]) for cell in command["cells"])})
                continue
            ok = self.execute(command["cell"], command["code"], idle)
            self.events.send({"t": "done", "ok": ok, "count": self.count})

    def parses(self, code):
        import ast

        try:
            ast.parse(self.plain(code))
            return True
        except (SyntaxError, ValueError):
            return False

    def plain(self, code):
        import re

        return re.sub(self.IGNORED_MAGIC, "pass", code, flags=re.M)

    def execute(self, cell, code, idle):
        import ast
        import linecache
        import signal

        self.count += 1
        name = "<cell %s>" % cell
        self.names[name] = cell
        code = self.plain(code)
        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        ok = True
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            tree = ast.parse(code, name)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";") else None
            exec(compile(tree, name, "exec", dont_inherit=True), self.main.__dict__)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), self.main.__dict__)
                if value is not None:
                    self.main.__dict__["_"] = value
                    self.show(value, "execute_result")
            self.figures()
        except BaseException as error:  # also SystemExit: a cell does not end the kernel
            signal.signal(signal.SIGINT, idle)
            ok = False
            self.failed(error)
        finally:
            signal.signal(signal.SIGINT, idle)
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError):
                    pass  # closed by the player's code
        return ok

    def failed(self, error):
        import traceback

        clean_chain(error)
        report = describe_exception(error, error.__traceback__, self.setting["root"], self.names)
        self.reporter.send({"t": "exception", "exception": report})
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        output = {"output_type": "error", "ename": type(error).__name__, "evalue": str(error),
                  "traceback": "".join(lines).rstrip("\n").split("\n")}
        self.emit(output)

    def emit(self, output):
        sys.stdout.flush()
        sys.stderr.flush()
        self.events.send({"t": "output", "output": output})

    def display(self, *values):
        for value in values:
            self.show(value, "display_data")

    def show(self, value, kind):
        import base64

        data = {"text/plain": repr(value)}
        for method, form in self.RICH:
            function = getattr(type(value), method, None)
            if function is None:
                continue
            try:
                made = function(value)
            except Exception as error:  # an object that cannot show itself still has its repr
                sys.stderr.write("%s failed: %s\n" % (method, error))
                continue
            if isinstance(made, tuple):
                made = made[0]
            if isinstance(made, bytes):
                made = base64.b64encode(made).decode("ascii")
            if isinstance(made, str):
                data[form] = made
        output = {"output_type": kind, "data": data, "metadata": {}}
        if kind == "execute_result":
            output["execution_count"] = self.count
        self.emit(output)

    def figures(self):
        """Open matplotlib figures become pictures at the end of the cell, as notebooks do it."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        import base64
        import io

        for number in pyplot.get_fignums():
            buffer = io.BytesIO()
            pyplot.figure(number).savefig(buffer, format="png", bbox_inches="tight")
            picture = base64.b64encode(buffer.getvalue()).decode("ascii")
            self.emit({"output_type": "display_data", "data": {"image/png": picture, "text/plain": "<Figure %d>" % number}, "metadata": {}})
        pyplot.close("all")


def main_repl(_argv):
    setting, reporter = read_setting()
    os.set_inheritable(setting["commands"], False)
    Repl(setting, reporter, Reporter(setting["events"], setting["token"])).loop(
        os.fdopen(setting["commands"], "r", encoding="utf-8"))


# --------------------------------------------------------------------------- children: cells with Jupyter


def main_kernel_host(_argv):
    """Starts a Jupyter kernel and carries cells to it and outputs back.

    Talks over files in a private folder (ipc), since a sandbox without network may have no loopback.
    """
    import subprocess
    import tempfile

    setting = json.loads(os.environ.pop(CHILD_VARIABLE))
    os.set_inheritable(setting["commands"], False)
    folder = tempfile.mkdtemp(prefix="k", dir=setting["temp"])
    # Of its own: code that an earlier kernel left among the start-up files would run in every later one.
    os.environ.update({"IPYTHONDIR": os.path.join(folder, "ipython"), "JUPYTER_CONFIG_DIR": os.path.join(folder, "jupyter")})

    from jupyter_client.blocking import BlockingKernelClient
    from jupyter_client.connect import write_connection_file

    events = Reporter(setting["events"], setting["token"])
    connection = os.path.join(folder, "c.json")
    write_connection_file(connection, transport="ipc", ip=os.path.join(folder, "s"))
    cell_file = os.path.join(folder, "cell")
    setting["cell"] = cell_file
    env = dict(os.environ)
    env[CHILD_VARIABLE] = json.dumps(setting)
    kernel = subprocess.Popen([sys.executable, "-X", "faulthandler", os.path.abspath(__file__), "kernel", connection], env=env,
                              stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=(setting["hook"],))
    os.close(setting["hook"])
    client = BlockingKernelClient(connection_file=connection)
    client.load_connection_file()
    client.start_channels()
    while True:
        try:
            client.wait_for_ready(timeout=1)
            break
        except RuntimeError:
            if kernel.poll() is not None:
                sys.stderr.write("the kernel ended while starting\n")
                sys.exit(exit_code_of(kernel.returncode))
    host = KernelHost(client, kernel, events, cell_file)
    events.send({"t": "ready", "pid": kernel.pid})
    for line in os.fdopen(setting["commands"], "r", encoding="utf-8"):
        command = json.loads(line)
        if command["op"] == "check":
            events.send({"t": "checked", "ok": all(magic_parses(cell["code"]) for cell in command["cells"])})
        else:
            host.execute(command["cell"], command["code"])


def exit_code_of(returncode):
    return 128 - returncode if returncode < 0 else returncode


def magic_parses(code):
    """Whether a cell parses once IPython's own notation is translated."""
    import ast

    from IPython.core.inputtransformer2 import TransformerManager

    try:
        ast.parse(TransformerManager().transform_cell(code))
        return True
    except (SyntaxError, ValueError):
        return False


class KernelHost:
    def __init__(self, client, kernel, events, cell_file):
        self.client, self.kernel, self.events, self.cell_file = client, kernel, events, cell_file
        self.displays = {}

    def execute(self, cell, code):
        from queue import Empty

        with open(self.cell_file + ".new", "w", encoding="utf-8") as file:
            file.write(cell)
        os.replace(self.cell_file + ".new", self.cell_file)
        self.displays = {}
        # Cells come one at a time, and who sends them knows when to stop: told to stop on errors, the
        # kernel would for a moment after one refuse the next cell without a word.
        sent = self.client.execute(code, store_history=True, allow_stdin=False, stop_on_error=False)
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except Empty:
                if self.kernel.poll() is not None:
                    self.died()
                continue
            mine = message["parent_header"].get("msg_id") == sent
            kind, content = message["msg_type"], message["content"]
            if kind == "status":
                if mine and content["execution_state"] == "idle":
                    break
            elif mine or kind == "stream":
                self.forward(kind, content)
        reply = self.reply(sent)
        for output, shown in self.displays.values():
            if not shown:
                self.events.send({"t": "output", "output": output})
        self.events.send({"t": "done", "ok": reply.get("status") == "ok", "count": reply.get("execution_count")})

    def reply(self, sent):
        from queue import Empty

        while True:
            try:
                message = self.client.get_shell_msg(timeout=0.5)
            except Empty:
                if self.kernel.poll() is not None:
                    self.died()
                continue
            if message["parent_header"].get("msg_id") == sent:
                return message["content"]

    def died(self):
        self.events.send({"t": "died", "code": exit_code_of(self.kernel.returncode)})
        sys.exit(0)

    def forward(self, kind, content):
        if kind == "stream":
            self.events.send({"t": "stream", "name": content["name"], "text": content["text"]})
        elif kind in ("display_data", "execute_result", "update_display_data"):
            output = {"output_type": "display_data" if kind == "update_display_data" else kind,
                      "data": {form: as_text(value) for form, value in content["data"].items()},
                      "metadata": content.get("metadata", {})}
            if kind == "execute_result":
                output["execution_count"] = content.get("execution_count")
            display = content.get("transient", {}).get("display_id")
            # A display that is updated in place (a progress bar) is kept in its first and last state.
            if kind == "update_display_data":
                self.displays[display] = (output, False)
                return
            if display is not None:
                self.displays[display] = (output, True)
            self.events.send({"t": "output", "output": output})
        elif kind == "error":
            self.events.send({"t": "output", "output": {
                "output_type": "error", "ename": content["ename"], "evalue": content["evalue"], "traceback": content["traceback"]}})


def as_text(value):
    """A mime bundle's entry as text: nbformat may hold lists of lines and JSON objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return json.dumps(value)


def main_kernel(argv):
    """An ordinary ipykernel with our hooks, which also tells where an error lies in the player's cells."""
    setting, reporter = read_setting()
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    sys.path[0] = ""
    hooks = Hooks(setting, reporter)
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(["-f", argv[0], "--HistoryManager.hist_file=:memory:"])
    os.environ.pop("JPY_PARENT_PID", None)
    shell, names = app.shell, {}
    report_kernel_errors(shell, names, setting, reporter)
    remember_cells(shell, names, setting["cell"])
    if setting["hooks"]:
        hooks.install()
    app.start()


def remember_cells(shell, names, cell_file):
    """Notes which cell each compiled piece of code came from."""
    cache = shell.compile.cache

    def remember(*args, **kwargs):
        name = cache(*args, **kwargs)
        try:
            with open(cell_file, encoding="utf-8") as file:
                names[name] = file.read()
        except OSError:
            pass  # the folder went away: places are then told without their cell
        return name

    shell.compile.cache = remember


def report_kernel_errors(shell, names, setting, reporter):
    show, show_syntax = shell.showtraceback, shell.showsyntaxerror

    def report():
        error = sys.exc_info()[1]
        if error is not None:
            clean_chain(error)
            reporter.send({"t": "exception", "exception": describe_exception(error, error.__traceback__, setting["root"], names)})

    def showtraceback(*args, **kwargs):
        report()
        return show(*args, **kwargs)

    def showsyntaxerror(*args, **kwargs):
        report()
        return show_syntax(*args, **kwargs)

    shell.showtraceback, shell.showsyntaxerror = showtraceback, showsyntaxerror


# --------------------------------------------------------------------------- milestone hooks


class Hooks:
    """Tells how far a script has come, by watching the entry points of the usual libraries.

    Nothing of the player's code is edited: library functions are wrapped when their module is
    imported. A failing hook is switched off silently, it never disturbs the code it watches.
    """

    def __init__(self, setting, reporter):
        self.reporter = reporter
        self.root = os.path.realpath(setting["root"])
        self.data = tuple(sorted({os.path.realpath(path) for path in setting["data"]}))
        self.pid = os.getpid()
        self.told = set()
        self.local = threading.local()
        self.test_rows = set()
        self.fits = 0  # outermost fits of models so far
        self.expected = None  # [done, of] while a loop over ready-made folds is followed
        self.open_splits = 0  # split generators that a loop is inside of
        self.validation = None  # [done, of] inside cross_val_*

    # -- telling

    def milestone(self, name, done=None, of=None):
        try:
            if os.getpid() != self.pid:
                return
            key = (name, done)
            if key in self.told:
                return
            self.told.add(key)
            if name not in ("parses", "imported") and ("imported", None) not in self.told:
                self.milestone("imported")
            message = {"t": "milestone", "name": name}
            if done is not None:
                message["done"] = int(done)
            if of is not None:
                message["of"] = int(of)
            self.reporter.send(message)
        except Exception:  # the pipe is gone or full of trouble: the player's code goes on
            pass

    def fold(self, done, of):
        if of and done <= of:
            self.milestone("fold_done", done, of)

    def safely(self, function, *args):
        try:
            return function(*args)
        except Exception:
            return None

    # -- installing

    def install(self):
        self.depth_of_import = set()
        hooks = self
        patches = {
            "pandas": self.patch_pandas, "numpy": self.patch_numpy, "polars": self.patch_polars,
            "sklearn.base": self.patch_sklearn, "sklearn.model_selection._split": self.patch_split,
            "sklearn.model_selection._validation": self.patch_validation, "lightgbm.engine": self.patch_train,
            "xgboost.training": self.patch_train, "lightgbm.basic": self.patch_booster, "xgboost.core": self.patch_booster,
            "catboost.core": self.patch_catboost, "torch.nn.modules.module": self.patch_torch_module,
            "torch.optim.optimizer": self.patch_torch_optimizer,
        }

        class Finder:
            """Lets the usual finders find a module and wraps its loading."""

            @staticmethod
            def find_spec(name, path=None, target=None):
                patch = patches.get(name)
                if patch is None or name in hooks.depth_of_import:
                    return None
                import importlib.util

                hooks.depth_of_import.add(name)
                try:
                    spec = importlib.util.find_spec(name)
                finally:
                    hooks.depth_of_import.discard(name)
                if spec is not None and spec.loader is not None:
                    hooks.safely(hooks.wrap_loader, spec.loader, patch)
                return spec

        for name, patch in patches.items():
            if name in sys.modules:
                self.safely(patch, sys.modules[name])
        sys.meta_path.insert(0, Finder)
        sys.addaudithook(self.audit)

    def wrap_loader(self, loader, patch):
        load = loader.exec_module

        def exec_module(module):
            load(module)
            self.safely(patch, module)

        loader.exec_module = exec_module

    def replace(self, owner, name, make):
        """Puts `make(original)` in the place of a plain function; leaves anything else alone."""
        import functools
        import types

        original = owner.__dict__.get(name)
        if hasattr(original, "fn") and isinstance(getattr(original, "fn"), types.FunctionType):
            # A method that exists only under a condition (scikit-learn): its function is wrapped inside.
            if not hasattr(original.fn, "_podium"):
                wrapped = functools.wraps(original.fn)(make(original.fn))
                wrapped._podium = True
                original.fn = wrapped
            return
        if not callable(original) or isinstance(original, type) or hasattr(original, "_podium"):
            return
        wrapped = functools.wraps(original)(make(original))
        wrapped._podium = True
        setattr(owner, name, wrapped)

    # -- data

    def is_data(self, path):
        if not isinstance(path, (str, bytes, os.PathLike)):
            path = getattr(path, "name", None)
            if not isinstance(path, str):
                return False
        real = os.path.realpath(os.fsdecode(path))
        if os.path.basename(real).lower().replace("_", "").startswith("samplesubmission"):
            return False
        return any(real.startswith(folder + os.sep) for folder in self.data)

    def note_rows(self, path, table):
        if not isinstance(path, (str, os.PathLike)):
            return
        name = os.path.basename(os.fspath(path)).lower()
        if name.startswith(("test", "sample")) and hasattr(table, "__len__"):
            self.test_rows.add(len(table))

    def reader(self, original):
        def read(*args, **kwargs):
            table = original(*args, **kwargs)
            self.safely(self.has_read, args, kwargs, table)
            return table

        return read

    def has_read(self, args, kwargs, table):
        source = args[0] if args else next(iter(kwargs.values()), None)
        self.note_rows(source, table)
        if self.is_data(source) and (not hasattr(table, "__len__") or len(table) > 0):
            self.milestone("data_loaded")

    def patch_pandas(self, pandas):
        for name in list(vars(pandas)):
            if name.startswith("read_"):
                self.replace(pandas, name, self.reader)
        self.replace(pandas, "get_dummies", self.feature_builder)

    def patch_numpy(self, numpy):
        for name in ("load", "loadtxt", "genfromtxt", "fromfile"):
            self.replace(numpy, name, self.reader)

    def patch_polars(self, polars):
        for name in list(vars(polars)):
            if name.startswith(("read_", "scan_")):
                self.replace(polars, name, self.reader)

    def audit(self, event, args):
        """Files that the player's own lines open, without a table library in between."""
        if event != "open" or ("data_loaded", None) in self.told:
            return
        path = args[0]
        # The interpreter's own: thousands while libraries are imported, and each look at a real path is slow.
        if isinstance(path, str) and path.endswith(CODE_ENDINGS):
            return
        self.safely(self.opened, path, args[1])

    def opened(self, path, mode):
        if not isinstance(path, (str, bytes)) or (isinstance(mode, str) and mode[:1] not in "r"):
            return
        if not self.is_data(path) or os.path.getsize(path) == 0:
            return
        frame = sys._getframe(3)
        for _ in range(8):
            if frame is None:
                return
            file = frame.f_code.co_filename
            if (os.sep + "pandas" + os.sep) in file or (os.sep + "numpy" + os.sep) in file:
                return  # told by its reader, if there was anything in the file
            if file.startswith("<cell ") or "ipykernel_" in file or os.path.realpath(file).startswith(self.root + os.sep):
                self.milestone("data_loaded")
                return
            frame = frame.f_back

    # -- features, models, training

    def feature_builder(self, original):
        def build(*args, **kwargs):
            built = original(*args, **kwargs)
            self.milestone("features_built")
            return built

        return build

    def patch_sklearn(self, base):
        estimator = base.BaseEstimator
        hooks = self
        original_init_subclass = estimator.__dict__.get("__init_subclass__")

        def init_subclass(cls, **kwargs):
            if original_init_subclass is not None:
                original_init_subclass.__get__(None, cls)(**kwargs)
            else:
                super(estimator, cls).__init_subclass__(**kwargs)
            hooks.safely(hooks.wrap_estimator, cls)

        estimator.__init_subclass__ = classmethod(init_subclass)

        def new(cls, *_args, **_kwargs):
            if hasattr(cls, "predict"):
                hooks.milestone("model_defined")
            return super(estimator, cls).__new__(cls)

        if "__new__" not in estimator.__dict__:
            estimator.__new__ = staticmethod(new)
        transformer = getattr(base, "TransformerMixin", None)
        if transformer is not None:
            self.replace(transformer, "fit_transform", self.transforming)

    def wrap_estimator(self, cls):
        for owner in cls.__mro__[:-1]:  # also mixins, which are no estimators themselves
            for name in ("fit", "fit_predict", "partial_fit"):
                self.replace(owner, name, self.fitting)
            self.replace(owner, "fit_transform", self.transforming)
            for name in ("predict", "predict_proba", "decision_function", "predict_log_proba"):
                self.replace(owner, name, self.predicting)

    def depth(self):
        return getattr(self.local, "depth", 0)

    def transforming(self, original):
        hooks = self

        def fit_transform(self, *args, **kwargs):
            built = original(self, *args, **kwargs)
            hooks.milestone("features_built")
            return built

        return fit_transform

    def fitting(self, original):
        hooks = self

        def fit(self, *args, **kwargs):
            model = hooks.safely(hasattr, self, "predict")
            if not model:
                return original(self, *args, **kwargs)
            outermost = hooks.depth() == 0
            if outermost:
                hooks.milestone("model_defined")
                hooks.milestone("training_started")
            hooks.local.depth = hooks.depth() + 1
            try:
                result = original(self, *args, **kwargs)
            finally:
                hooks.local.depth -= 1
            if outermost:
                hooks.safely(hooks.fitted)
            return result

        return fit

    def fitted(self):
        self.fits += 1
        if self.validation is not None:
            self.validation[0] += 1
            self.fold(self.validation[0], self.validation[1])
        elif self.expected is not None:
            self.expected[0] += 1
            self.fold(self.expected[0], self.expected[1])
            if self.expected[0] >= self.expected[1]:
                self.expected = None
                self.milestone("trained")
        elif self.open_splits == 0:
            self.milestone("trained")

    def predicting(self, original):
        hooks = self

        def predict(self, *args, **kwargs):
            result = original(self, *args, **kwargs)
            hooks.safely(hooks.predicted, args, kwargs)
            return result

        return predict

    def predicted(self, args, kwargs):
        if self.depth() > 0 or self.validation is not None:
            return
        given = args[0] if args else next(iter(kwargs.values()), None)
        shape = getattr(given, "shape", None)
        rows = shape[0] if shape else len(given)
        if rows in self.test_rows if self.test_rows else self.open_splits == 0 and self.fits > 0:
            self.milestone("predicted")

    # -- folds

    def patch_split(self, module):
        hooks = self
        for name in ("BaseCrossValidator", "BaseShuffleSplit"):
            base = getattr(module, name, None)
            if base is None:
                continue
            for cls in [base] + all_subclasses(base):
                hooks.replace(cls, "split", hooks.splitting)

            def init_subclass(cls, **kwargs):
                super(cls.__podium_base__, cls).__init_subclass__(**kwargs)
                hooks.safely(hooks.replace, cls, "split", hooks.splitting)

            base.__podium_base__ = base
            if "__init_subclass__" not in base.__dict__:
                base.__init_subclass__ = classmethod(init_subclass)

    def splitting(self, original):
        hooks = self

        def split(self, *args, **kwargs):
            inner = hooks.depth() > 0 or hooks.validation is not None or getattr(hooks.local, "splitting", None) is self
            if inner:
                return original(self, *args, **kwargs)
            return hooks.follow(self, original, args, kwargs)

        return split

    def follow(self, splitter, original, args, kwargs):
        """The folds one by one, noting what is trained while the loop holds each."""
        of = self.safely(splitter.get_n_splits, *args[:3])
        self.local.splitting = splitter
        try:
            folds = original(splitter, *args, **kwargs)
        finally:
            self.local.splitting = None
        done = 0
        inside = False
        before_all = self.fits
        self.open_splits += 1
        try:
            while True:
                self.local.splitting = splitter
                try:
                    fold = next(folds)
                except StopIteration:
                    break
                finally:
                    self.local.splitting = None
                inside = True
                before = self.fits
                yield fold
                if self.fits > before:
                    done += 1
                    self.fold(done, of)
        finally:
            self.open_splits -= 1
        if inside and self.fits > before_all:
            self.milestone("trained")
        elif inside and of:
            self.expected = [0, of]  # kept in a list: the loop over them comes later

    def patch_validation(self, module):
        for name in ("cross_validate", "cross_val_score", "cross_val_predict"):
            self.replace(module, name, self.validating)

    def validating(self, original):
        hooks = self

        def validate(*args, **kwargs):
            if hooks.depth() > 0 or hooks.validation is not None:
                return original(*args, **kwargs)
            of = hooks.safely(fold_count, kwargs.get("cv"), args)
            hooks.milestone("training_started")
            hooks.validation = [0, of]
            try:
                result = original(*args, **kwargs)
                hooks.fold(of or 0, of)
            finally:
                hooks.validation = None
            return result

        return validate

    # -- boosters and networks

    def patch_train(self, module):
        hooks = self

        def training(original):
            def train(*args, **kwargs):
                outermost = hooks.depth() == 0
                if outermost:
                    hooks.milestone("model_defined")
                    hooks.milestone("training_started")
                hooks.local.depth = hooks.depth() + 1
                try:
                    result = original(*args, **kwargs)
                finally:
                    hooks.local.depth -= 1
                if outermost:
                    hooks.safely(hooks.fitted)
                return result

            return train

        self.replace(module, "train", training)
        package = sys.modules.get(module.__name__.split(".")[0])
        if package is not None and "train" in vars(package):
            package.train = module.train

    def patch_booster(self, module):
        self.replace(module.Booster, "predict", self.predicting)

    def patch_catboost(self, module):
        for name in ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker"):
            cls = getattr(module, name, None)
            if cls is not None:
                self.wrap_estimator(cls)

    def patch_torch_module(self, module):
        hooks = self

        def building(original):
            def init(self, *args, **kwargs):
                original(self, *args, **kwargs)
                hooks.milestone("model_defined")

            return init

        self.replace(module.Module, "__init__", building)

    def patch_torch_optimizer(self, module):
        hooks = self

        def clearing(original):
            def zero_grad(self, *args, **kwargs):
                hooks.milestone("training_started")
                return original(self, *args, **kwargs)

            return zero_grad

        register = getattr(module, "register_optimizer_step_pre_hook", None)
        if register is not None:
            register(lambda *_: hooks.milestone("training_started"))
        self.replace(module.Optimizer, "zero_grad", clearing)


def all_subclasses(cls):
    found = []
    for child in cls.__subclasses__():
        found.append(child)
        found.extend(all_subclasses(child))
    return found


def fold_count(cv, args):
    if cv is None:
        return 5
    if isinstance(cv, int):
        return cv
    count = getattr(cv, "get_n_splits", None)
    if count is None:
        return len(cv) if hasattr(cv, "__len__") else None
    try:
        return count()
    except TypeError:
        return count(*args[1:3])


COMMANDS = {"serve": main_serve, "connect": main_connect, "bind": main_bind, "script": main_script, "repl": main_repl,
            "kernel-host": main_kernel_host, "kernel": main_kernel}


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit("usage: bridge.py serve --work DIR --spool DIR (--socket PATH | --socket-fd N) --grace SECONDS [--disk-mb N] [--pids N]\n"
                 "       bridge.py connect --socket PATH\n"
                 "       bridge.py bind --socket PATH --fd N COMMAND")
    COMMANDS[sys.argv[1]](sys.argv[2:])
