"""Tables out of Debian 12's package python3-sklearn, which carries scikit-learn's small data sets."""

from __future__ import annotations

from pathlib import Path

from common import read_package, read_source

PACKAGE = "python3-sklearn_1.2.1+dfsg-1_all.deb"
FOLDER = "./usr/lib/python3/dist-packages/sklearn/datasets/data/"
HOW = "Get it with `apt-get download python3-sklearn` on Debian 12."


def read_table(sources: Path, name: str, sha256: str) -> bytes:
    """The file `name` of the package, from the package itself or laid beside it, checked by its hash."""
    table = sources / name
    if not table.exists() and (sources / PACKAGE).exists():
        table.write_bytes(read_package(sources / PACKAGE, FOLDER + name, HOW))
    return read_source(table, sha256, HOW)
