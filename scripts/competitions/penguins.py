"""Makes the competition `penguins` from the table of Debian's package r-cran-palmerpenguins."""

from __future__ import annotations

import csv
import io
import lzma
import tarfile
from pathlib import Path

from common import SplitMix64, SourceError, mark_usage, number_rows, read_source, take_share, write_csv

ID = "penguins"
SEED = 20140305
PACKAGE = "r-cran-palmerpenguins_0.1.1-1_all.deb"
MEMBER = "./usr/lib/R/site-library/palmerpenguins/extdata/penguins.csv"
TABLE = "penguins.csv"
SHA256 = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"
HOW = "Get it with `apt-get download r-cran-palmerpenguins`."

# Both bill measurements stay out: with them the species are told apart almost without error.
FEATURES = ["island", "flipper_length_mm", "body_mass_g", "sex", "year"]


def extract(package: Path, out: Path) -> None:
    """Takes the table out of the package: an `ar` archive whose last member is a tar archive."""
    content = package.read_bytes()
    if not content.startswith(b"!<arch>\n"):
        raise SourceError(f"{package} is no Debian package. {HOW}")
    position = 8
    while position + 60 <= len(content):
        name = content[position : position + 16].decode("ascii").strip().rstrip("/")
        size = int(content[position + 48 : position + 58])
        body = content[position + 60 : position + 60 + size]
        if name == "data.tar.xz":
            with tarfile.open(fileobj=io.BytesIO(lzma.decompress(body))) as tar:
                member = tar.extractfile(MEMBER)
                if member is None:
                    break
                out.write_bytes(member.read())
                return
        position += 60 + size + size % 2
    raise SourceError(f"{package} holds no {MEMBER}. {HOW}")


def make(sources: Path, out: Path) -> None:
    table = sources / TABLE
    if not table.exists() and (sources / PACKAGE).exists():
        extract(sources / PACKAGE, table)
    text = read_source(table, SHA256, HOW).decode("utf-8")
    rows = [{key: "" if value == "NA" else value for key, value in row.items()} for row in csv.DictReader(io.StringIO(text))]

    # The source lists species after species, so ids and order are drawn by lot.
    random = SplitMix64(SEED)
    number_rows(rows, "P", random)
    rows.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(rows, 0.5, "species", random)}
    train = [row for row in rows if row["id"] not in test_ids]
    test = [row for row in rows if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, "species", random))

    write_csv(out / "data/train.csv", ["id", *FEATURES, "species"], train)
    write_csv(out / "data/test.csv", ["id", *FEATURES], test)
    write_csv(out / "data/sample_submission.csv", ["id", "species"], [{"id": row["id"], "species": "Adelie"} for row in test])
    write_csv(out / "private/answers.csv", ["id", "species", "Usage"], test)
