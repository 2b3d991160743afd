"""Drives MLE-Dojo's own environment for bench/step.mjs: one step per line on stdin, its status on stdout.

    mleDojo.py <checkout of MLE-Dojo> <competition folder> <empty folder> <script>
"""
import pathlib
import shutil
import sys
import types


def stand_in():
    """The base classes of gymnasium that MLE-Dojo's environment derives from, where it is not installed."""
    class Space:
        def __init__(self, *args, **kwargs):
            pass

    gymnasium = types.ModuleType("gymnasium")
    gymnasium.Env = object
    gymnasium.spaces = types.ModuleType("gymnasium.spaces")
    for name in ("Discrete", "Dict", "Text", "Box"):
        setattr(gymnasium.spaces, name, Space)
    sys.modules["gymnasium"] = gymnasium
    sys.modules["gymnasium.spaces"] = gymnasium.spaces


def main():
    checkout, competition, folder, script = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4]
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, checkout)
    try:
        import gymnasium  # noqa: F401
    except ImportError:
        stand_in()
    import pandas
    from mledojo.gym.competition import CompetitionRegistry
    from mledojo.gym.env import KaggleEnvironment
    from mledojo.metrics.base import CompetitionMetrics
    from sklearn.metrics import f1_score

    class MacroF1(CompetitionMetrics):
        def validate_submission(self, submission, ground_truth):
            if len(submission) != len(ground_truth):
                raise ValueError("rows")
            return True, ""

        def evaluate(self, ground_truth, submission):
            key, target = submission.columns[:2]
            both = ground_truth.merge(submission, on=key, suffixes=("_true", ""))
            return f1_score(both[target + "_true"], both[target], average="macro")

    data, out = folder / "data", folder / "out"
    shutil.copytree(competition / "data", data / "public")
    (data / "private").mkdir()
    out.mkdir()
    (data / "public" / "description.txt").write_text("penguins")
    pandas.read_csv(competition / "private" / "answers.csv").drop(columns="Usage").to_csv(data / "private" / "test_answer.csv", index=False)
    code = open(script).read().replace('DATA = "data"', "DATA = %r" % str(data / "public")).replace('OUT = "."', "OUT = %r" % str(out))
    registry = CompetitionRegistry(name="penguins", data_dir=str(data), metric_class=MacroF1)
    env = KaggleEnvironment.make("penguins", str(out), registry, score_mode="raw", execution_timeout=300)
    for _ in sys.stdin:
        observation, _reward = env.step("execute_code", code=code)
        answers.write("%s\n" % observation["action_status"])
        answers.flush()


main()
