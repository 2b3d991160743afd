"""What the scripts that make the bundled competitions share. Python 3 standard library only.

Everything here is deterministic: a competition made twice from the same input is equal byte
for byte, on any machine and with any Python from 3.9 on (the standard library's own random
module is not used, since its shuffles have changed between versions before).
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import tarfile
from pathlib import Path

MASK = (1 << 64) - 1


class SourceError(Exception):
    """The input is absent or is not the one that the committed data was made from."""


class SplitMix64:
    """The SplitMix64 generator (Steele, Lea and Flood, 2014): 64-bit state, 64-bit output."""

    def __init__(self, seed: int) -> None:
        self.state = seed & MASK

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """An integer in [0, bound), without bias: values of the last, incomplete span are drawn again."""
        limit = (1 << 64) - (1 << 64) % bound
        while True:
            value = self.next()
            if value < limit:
                return value % bound

    def shuffled(self, items: list) -> list:
        """A shuffled copy (Fisher and Yates, from the end)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.below(last + 1)
            result[last], result[other] = result[other], result[last]
        return result


def read_source(path: Path, sha256: str, how: str) -> bytes:
    """The bytes of an input file, checked against the hash that the committed data was made from."""
    if not path.is_file():
        raise SourceError(f"{path} is missing. {how}")
    content = path.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise SourceError(f"{path} has SHA256 {actual}, expected {sha256}: it is another version. {how}")
    return content


def read_package(package: Path, member: str, how: str) -> bytes:
    """A file out of a Debian package: an `ar` archive whose last member is a tar archive."""
    content = package.read_bytes()
    if not content.startswith(b"!<arch>\n"):
        raise SourceError(f"{package} is no Debian package. {how}")
    position = 8
    while position + 60 <= len(content):
        name = content[position : position + 16].decode("ascii").strip().rstrip("/")
        size = int(content[position + 48 : position + 58])
        body = content[position + 60 : position + 60 + size]
        if name == "data.tar.xz":
            with tarfile.open(fileobj=io.BytesIO(lzma.decompress(body))) as tar:
                try:
                    found = tar.extractfile(member)
                except KeyError:
                    break
                if found is not None:
                    return found.read()
        position += 60 + size + size % 2
    raise SourceError(f"{package} holds no {member}. {how}")


def number_rows(rows: list[dict], prefix: str, random: SplitMix64) -> None:
    """Gives every row an `id` that says nothing: numbers from 1 in an order drawn by lot."""
    width = len(str(len(rows)))
    for number, row in enumerate(random.shuffled(rows), start=1):
        row["id"] = f"{prefix}{number:0{width}d}"


def take_share(rows: list[dict], share: float, by: str, random: SplitMix64) -> list[dict]:
    """Draws `share` of the rows of every value of the column `by`; halves are rounded up."""
    chosen = []
    for value in sorted({row[by] for row in rows}):
        group = random.shuffled([row for row in rows if row[by] == value])
        chosen += group[: int(len(group) * share + 0.5)]
    return chosen


def mark_usage(answers: list[dict], public: list[dict]) -> None:
    """Kaggle's column: the score on Public rows is shown to the player, the one on Private rows at the end."""
    shown = {row["id"] for row in public}
    for row in answers:
        row["Usage"] = "Public" if row["id"] in shown else "Private"


def write_csv(path: Path, columns: list[str], rows: list[dict]) -> None:
    """UTF-8, LF, quotes only where needed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8"))
