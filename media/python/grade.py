"""Runs a competition's grader written in Python, once for each case, inside a sandbox of its own.

The working folder holds submissions; data/ holds job.json, the grader's files below grader/, and
answers. The outcome of every case goes to result.json. Nothing here knows about players.

A benchmark's support modules import packages that no grading needs; where such a package is
absent an empty stand-in is given, and a few functions are supplied that older libraries lack.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import math
import os
import sys
import traceback
import types

FOLDER = "data"
#: Imported by support modules at the top of the file, never used by a grading.
UNUSED = {"py7zr", "yaml", "kaggle", "appdirs", "dotenv", "docker", "requests", "wget"}


def distance(a, b):
    """Levenshtein distance of two sequences."""
    if len(a) < len(b):
        a, b = b, a
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last in line: finds only what is not installed."""

    def find_spec(self, name, path, target=None):
        parent = name.rpartition(".")[0]
        # A part that an installed package lacks is none of ours.
        ours = getattr(sys.modules[parent], "__loader__", None) is self if parent else name in UNUSED | {"tqdm", "Levenshtein"}
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if ours else None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.tqdm = lambda items=None, *args, **kwargs: items
        module.distance = distance
        return module

    def exec_module(self, module):
        pass


def supply():
    """Functions of newer libraries that graders import."""
    try:
        import numpy
        from sklearn import metrics

        if not hasattr(metrics, "root_mean_squared_error"):
            metrics.root_mean_squared_error = lambda y_true, y_pred: float(numpy.sqrt(metrics.mean_squared_error(y_true, y_pred)))
        if not hasattr(metrics, "root_mean_squared_log_error"):
            metrics.root_mean_squared_log_error = lambda y_true, y_pred: float(numpy.sqrt(metrics.mean_squared_log_error(y_true, y_pred)))
    except ImportError:
        pass


def read(path):
    if path.endswith(".jsonl"):
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    import pandas

    return pandas.read_csv(path, float_precision="round_trip")


def load(job):
    sys.path.insert(0, os.path.join(os.getcwd(), FOLDER, "grader"))
    sys.meta_path.append(StandIns())
    supply()
    name = job["python"][len("grader/") : -len(".py")].replace("/", ".")
    return getattr(importlib.import_module(name), job["name"])


def call(grader, form, submission, answers):
    """The benchmarks' own ways of calling; both may change what they are given."""
    import copy

    if form == "function":
        return grader(submission, answers)
    metric = grader()
    metric.validate_submission(copy.deepcopy(submission), copy.deepcopy(answers))
    return metric.evaluate(copy.deepcopy(answers), copy.deepcopy(submission))


def refused(error):
    return any(kind.__name__.startswith("InvalidSubmission") for kind in type(error).__mro__)


def outcome(grader, form, case):
    try:
        score = call(grader, form, read(case["submission"]), read(case["answers"]))
        score = float(score)
        return {"kind": "score", "score": score} if math.isfinite(score) else {"kind": "not_finite"}
    except ModuleNotFoundError as error:
        return {"kind": "no_module", "message": str(error)}
    except Exception as error:  # whatever a grader throws is told, not passed on
        kind = "refused" if refused(error) else "failed"
        return {"kind": kind, "type": type(error).__name__, "message": str(error)[:400]}


def main():
    with open(os.path.join(FOLDER, "job.json"), encoding="utf-8") as file:
        job = json.load(file)
    try:
        grader = load(job)
        results = [outcome(grader, job["form"], case) for case in job["cases"]]
    except ModuleNotFoundError as error:
        results = [{"kind": "no_module", "message": str(error)}]
    except Exception as error:
        traceback.print_exc()
        results = [{"kind": "broken", "type": type(error).__name__, "message": str(error)[:400]}]
    with open("result.json", "w", encoding="utf-8") as file:
        json.dump(results, file)


main()
