"""The five actions that MLE-Dojo's agents know, carried out on a PodiumEnv."""

REQUESTS = {
    "overview": {"name": "competition_info"},
    "data_structure": {"name": "list_files", "params": {"path": "data"}},
    "data_path": {"name": "list_files", "params": {"path": "data"}},
    "train": {"name": "data_preview", "params": {"path": "data/train.csv"}},
    "sample_submission": {"name": "data_preview", "params": {"path": "data/sample_submission.csv"}},
}


class FiveActions:
    """request_info, validate_code, execute_code, get_history and reset.

    Code is a whole script that writes submission.csv. Each call gives the tuple of `step` for the last
    action that it took; the reward is the sum over them.
    """

    def __init__(self, env, path="train.py"):
        self.env, self.path = env, path

    def request_info(self, info_type="overview"):
        """What the competition asks and gives: one of REQUESTS, or the name of a file under data/."""
        known = REQUESTS.get(info_type)
        return self.env.step(known or {"name": "data_preview", "params": {"path": "data/" + info_type}})

    def validate_code(self, code):
        """Runs code and checks what it wrote, without a graded call."""
        return self._all(self._write(code), {"name": "run_script", "params": {"path": self.path}}, {"name": "validate"})

    def execute_code(self, code):
        """Runs code and has its submission graded."""
        return self._all(self._write(code), {"name": "submit", "params": {"entry": self.path}})

    def get_history(self, last=20):
        """Attempts so far with their scores."""
        return self.env.step({"name": "history", "params": {"last": last}})

    def reset(self):
        """Begins an attempt from empty within the same run; `env.reset()` begins a new run."""
        return self.env.step({"name": "reset"})

    def _write(self, code):
        return {"name": "write_file", "params": {"path": self.path, "content": code}}

    def _all(self, *actions):
        """The actions in order, up to the first that fails or ends the run."""
        total = 0.0
        for action in actions:
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += reward
            if observation["status"] != "ok" or terminated or truncated:
                break
        return observation, total, terminated, truncated, info
