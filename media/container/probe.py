"""Looks once at the machine that a sandbox will see: which Python it has, which libraries, and
where the paths lie that are to be covered. Reads one JSON object from its first argument
({"roots", "directories", "files", "libraries"}) and prints one. Standard library only.
"""
import importlib.metadata
import json
import os
import re
import sys


def expression(pattern):
    """A regular expression for a path pattern: `**/` any parents, `*` within one name."""
    head = "^/(?:.*/)?" if pattern.startswith("**/") else "^"
    body = pattern[3:] if pattern.startswith("**/") else pattern
    return re.compile(head + "[^/]*".join(re.escape(part) for part in body.split("*")) + "$")


def by_name(patterns):
    """Patterns by their last name where it is a plain word, so that few are tried per path."""
    plain, wild = {}, []
    for pattern in patterns:
        name = pattern.rsplit("/", 1)[1]
        if "*" in name:
            wild.append(expression(pattern))
        else:
            plain.setdefault(name, []).append(expression(pattern))
    return plain, wild


def search(roots, directories, files):
    """Existing directories and files that match, without looking inside a matching directory."""
    plain, wild = by_name(directories)
    file_plain, file_wild = by_name(files)
    found_directories, found_files = [], []
    pending = list(roots)
    skipped = {"/proc", "/sys", "/dev"}
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
            except OSError:
                continue
            if is_directory:
                candidates = plain.get(entry.name, []) + wild
                if any(pattern.match(entry.path) for pattern in candidates):
                    found_directories.append(entry.path)
                elif entry.path not in skipped:
                    pending.append(entry.path)
            else:
                candidates = file_plain.get(entry.name, []) + file_wild
                if any(pattern.match(entry.path) for pattern in candidates):
                    found_files.append(entry.path)
    return sorted(found_directories), sorted(found_files)


def libraries(names):
    """Versions of the importable distributions among `names` (import name → distribution name)."""
    versions = {}
    for module, distribution in names.items():
        try:
            versions[module] = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            pass
    return versions


def main():
    ask = json.loads(sys.argv[1])
    directories, files = search(ask["roots"], ask["directories"], ask["files"])
    print(json.dumps({
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "prefixes": sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}),
        "path": sys.path,
        "libraries": libraries(ask["libraries"]),
        "directories": directories,
        "files": files,
    }))


main()
