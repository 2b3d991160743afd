"""The environment: a child process `podium serve --stdio`, spoken to in lines of JSON."""

import json
import subprocess

from .spaces import ActionSpace, Env, ObservationSpace


class PodiumServerError(RuntimeError):
    """The server refused a request or went away. `code` is one of README.md's, or `ended`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class PodiumEnv(Env):
    """One competition as an environment with gymnasium's interface.

    Parameters
    ----------
    competition : id of a bundled competition or a folder; may be left to `reset(options=…)`
    command : how the server is started, up to its options
    arguments : further options of `podium serve`, e.g. ``["--runtime", "local", "--budget", "600s"]``
    cwd : folder in which the server runs and, unless told otherwise, writes its runs

    An action is ``{"name": …, "params": {…}}``; `params` may be left out. An observation is a dict as
    README.md describes; a bad action is an observation too. The reward is the public score on a step
    that grades, turned so that more is better, else 0.
    """

    metadata = {"render_modes": []}

    def __init__(self, competition=None, command=("podium",), arguments=(), cwd=None):
        self.competition = competition
        self.action_space = ActionSpace()
        self.observation_space = ObservationSpace()
        self._argv = [*command, "serve", "--stdio", *arguments]
        self._cwd = cwd
        self._process = None
        self._next = 1

    def reset(self, *, seed=None, options=None):
        """Begins a new run. Returns (observation, info); info holds runId, competition and actions."""
        super().reset(seed=seed)
        if self._process is None:
            self._process = subprocess.Popen(self._argv, cwd=self._cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             encoding="utf-8")
        options = dict(options or {})
        if self.competition is not None:
            options.setdefault("competition", self.competition)
        request = {"op": "reset", "options": options}
        if seed is not None:
            request["seed"] = int(seed)
        answer = self._ask(request)
        self.action_space.actions = answer["info"].get("actions", {})
        if seed is not None:
            self.action_space.seed(int(seed))
        return answer["observation"], answer["info"]

    def step(self, action):
        """One action. Returns (observation, reward, terminated, truncated, info)."""
        request = {"name": action["name"], "params": action.get("params", {})}
        answer = self._ask({"op": "step", "action": request})
        return answer["observation"], float(answer["reward"]), answer["terminated"], answer["truncated"], answer["info"]

    def close(self):
        """Ends the run and the server. May be called more than once."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if process.poll() is None:
                process.stdin.write(json.dumps({"id": self._next, "op": "close"}) + "\n")
                process.stdin.close()
                process.stdout.read()
        except OSError:
            pass  # it ended by itself meanwhile
        finally:
            process.stdout.close()
            process.wait()

    def _ask(self, request):
        process = self._process
        if process is None:
            raise PodiumServerError("not_reset", "reset first: no server is running")
        number, self._next = self._next, self._next + 1
        try:
            process.stdin.write(json.dumps({"id": number, **request}) + "\n")
            process.stdin.flush()
        except OSError:
            self._gone()
        while True:
            line = process.stdout.readline()
            if not line:
                self._gone()
            answer = json.loads(line)
            if answer.get("id") == number:
                break
        if "error" in answer:
            raise PodiumServerError(answer["error"]["code"], answer["error"]["message"])
        return answer

    def _gone(self):
        process, self._process = self._process, None
        process.stdout.close()
        code = process.wait()
        raise PodiumServerError("ended", "the server ended with exit code %s" % code)
