"""Parses the files named on the command line and prints one JSON object with their syntax errors."""
import ast
import json
import sys

errors = []
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            ast.parse(file.read(), filename=name)
    except SyntaxError as error:
        errors.append({
            "file": name,
            "line": error.lineno or 1,
            "type": type(error).__name__,
            "message": str(error.msg)[:200],
            "source": (error.text or "").strip()[:200],
        })
    except ValueError as error:
        errors.append({"file": name, "line": 1, "type": "ValueError", "message": str(error)[:200], "source": ""})
print(json.dumps({"errors": errors[:10]}))
