#!/usr/bin/env python3
"""Makes the data of the bundled competitions from their real sources.

    build.py [--check] [--sources DIR] [--only ID]

Sources that DIR (by default a new temporary folder) lacks are fetched with the ordinary clients
of the machine: apt-get for Debian's, npm for vega-datasets. Every input is checked by its hash.
With --check nothing is written: the result is compared with the committed files, byte for byte,
and the exit code is 1 when one differs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import breast_cancer
import debian_sections
import diabetes_progression
import digits
import penguins
import seattle_weather
import sklearn_package
from common import SourceError

COMPETITIONS = Path(__file__).resolve().parents[2] / "media" / "competitions"
RECIPES = {recipe.ID: recipe for recipe in (penguins, seattle_weather, debian_sections, breast_cancer, diabetes_progression, digits)}
# Folders that hold nothing but what a recipe makes.
MADE = ["data", "private"]


def run(*command: str, cwd: Path) -> bytes:
    try:
        return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE).stdout
    except FileNotFoundError as error:
        raise SourceError(f"{command[0]} is not on this machine. Get the source elsewhere and give its folder with --sources.") from error
    except subprocess.CalledProcessError as error:
        raise SourceError(f"`{' '.join(command)}` failed with exit code {error.returncode}.") from error


def fetch_penguins(folder: Path) -> None:
    if not any((folder / name).exists() for name in (penguins.PACKAGE, penguins.TABLE)):
        run("apt-get", "download", "-q", "r-cran-palmerpenguins", cwd=folder)


def fetch_weather(folder: Path) -> None:
    if not any((folder / name).exists() for name in (seattle_weather.PACKAGE, seattle_weather.TABLE)):
        run("npm", "pack", "--silent", "vega-datasets@3.2.1", cwd=folder)


def fetch_lists(folder: Path) -> None:
    """apt's package lists, read anew into a folder of their own so that the machine's stay as they are."""
    if all((folder / name).exists() for name in (debian_sections.PACKAGES, debian_sections.TRANSLATION)):
        return
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    run(
        "apt-get", "update", "-q",
        "-o", f"Dir::State::lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
        "-o", "Acquire::Languages=en", "-o", "APT::Architecture=amd64",
        cwd=folder,
    )
    for name, part in ((debian_sections.PACKAGES, "binary-amd64_Packages"), (debian_sections.TRANSLATION, "i18n_Translation-en")):
        found = sorted(lists.glob(f"*_debian_dists_bookworm_main_{part}*"))
        if not found:
            raise SourceError(f"apt has no list {part} of bookworm main. {debian_sections.HOW}")
        (folder / name).write_bytes(run("/usr/lib/apt/apt-helper", "cat-file", str(found[0]), cwd=folder))
    shutil.rmtree(lists)


def fetch_sklearn(folder: Path) -> None:
    if not (folder / sklearn_package.PACKAGE).exists():
        run("apt-get", "download", "-q", "python3-sklearn", cwd=folder)


FETCH = {
    penguins.ID: fetch_penguins,
    seattle_weather.ID: fetch_weather,
    debian_sections.ID: fetch_lists,
    breast_cancer.ID: fetch_sklearn,
    diabetes_progression.ID: fetch_sklearn,
    digits.ID: fetch_sklearn,
}


def contents(folder: Path) -> dict[str, bytes]:
    """Path → content of everything that a recipe makes."""
    files = (file for part in MADE for file in sorted((folder / part).rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def build(competition: str, sources: Path, check: bool) -> bool:
    """Makes one competition; with `check` says whether it equals the committed one."""
    FETCH[competition](sources)
    target = COMPETITIONS / competition
    with tempfile.TemporaryDirectory() as folder:
        RECIPES[competition].make(sources, Path(folder))
        made = contents(Path(folder))
        if not check:
            for part in MADE:
                shutil.rmtree(target / part, ignore_errors=True)
                shutil.copytree(Path(folder) / part, target / part)
            print(f"{competition}: {len(made)} files written to {target}")
            return True
    committed = contents(target)
    differing = sorted(name for name in made.keys() | committed.keys() if made.get(name) != committed.get(name))
    for name in differing[:10]:
        print(f"{competition}: {name} differs from what the source gives")
    if len(differing) > 10:
        print(f"{competition}: and {len(differing) - 10} more")
    if not differing:
        print(f"{competition}: {len(made)} files equal, byte for byte")
    return not differing


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the data of the bundled competitions from their real sources.")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    parser.add_argument("--sources", type=Path, help="folder that holds or receives the inputs")
    parser.add_argument("--only", choices=sorted(RECIPES), help="one competition instead of all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        sources = (arguments.sources or Path(temporary)).resolve()
        sources.mkdir(parents=True, exist_ok=True)
        try:
            results = [build(name, sources, arguments.check) for name in RECIPES if arguments.only in (None, name)]
        except SourceError as error:
            print(error, file=sys.stderr)
            return 1
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
