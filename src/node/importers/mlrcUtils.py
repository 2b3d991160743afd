"""
Stands in for MLRC-Bench's own MLAgentBench.utils: the same call at the end of a task's main.py,
without its question to a language model. Writes what the benchmark writes and prints the score.
"""
import ast
import inspect
import json
import os
import textwrap


def calculate_complexity(code):
    """Statements of a piece of Python, the benchmark's measure of code size."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(textwrap.dedent(code))))


def _given(path):
    """A file of the task as it was given, whatever the attempt has made of it; None where there was none."""
    try:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline", path), encoding="utf-8") as reader:
            return reader.read()
    except OSError:
        return None


def _baseline_code(base_class):
    """The baseline's class as it was given."""
    code = _given(os.path.join(*base_class.__module__.split(".")) + ".py")
    try:
        for node in ast.walk(ast.parse(code or "")):
            if isinstance(node, ast.ClassDef) and node.name == base_class.__name__:
                return ast.get_source_segment(code, node)
    except SyntaxError:
        pass
    return inspect.getsource(base_class)


def _sources(method, base):
    """Code of method and baseline: classes, or paths of files where a method is a folder. The baseline's is None when it is not there."""
    if isinstance(method, str):
        with open(method, encoding="utf-8") as reader:
            return reader.read(), _given(base)
    return inspect.getsource(method), _baseline_code(base)


def save_evals(task_name, method_name, method_class, base_class, score, phase, runtime, **_):
    code, base_code = _sources(method_class, base_class)
    size = calculate_complexity(code)
    base_size = None if base_code is None else calculate_complexity(base_code)
    result = {
        "task_name": task_name,
        "method_name": method_name,
        "phase": phase,
        "performance": float(score),
        "runtime": runtime,
        "method_complexity": size,
        "base_complexity": base_size,
        "relative_complexity": None if not base_size else 100 * (size - base_size) / base_size,
        "code": code,
    }
    os.makedirs("output", exist_ok=True)
    with open("output/idea_evals.json", "w", encoding="utf-8") as writer:
        json.dump({"implementations": [result]}, writer, indent=2)
    told = {"score": float(score), "runtime": runtime, "statements": size}
    if base_size is not None:
        told["baseline_statements"] = base_size
    print(json.dumps(told), flush=True)
