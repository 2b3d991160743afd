"""Makes the competition `debian-sections` from the package list of Debian 12 ("bookworm").

Input, both from the archive's dists/bookworm/main at point release 12.15:

* binary-amd64/Packages: which package belongs to which section,
* i18n/Translation-en: the descriptions.

Choices that keep the answers from leaking and the task honest:

* The name of the package is left out. Names follow their section's habits (fonts-…, …-el), and a
  name can be looked up; the task is to read.
* Packages built from one source share most of their text, so one package per source is taken,
  and of packages with the same text one. No description is in training and test at once.
* Only sections about a subject take part. Those about a language or a kind of file (python, libs,
  doc …) are told by one stock phrase.
* Packages that exist only to pull in others say nothing about a subject and are left out.
"""

from __future__ import annotations

from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, read_source, take_share, write_csv

ID = "debian-sections"
SEED = 19930816
PACKAGES = "Packages"
PACKAGES_SHA256 = "515e692f2c4121c6fcec444ef100cc18f79a991910615f3a88c8b7becfc94d2f"
TRANSLATION = "Translation-en"
TRANSLATION_SHA256 = "62f59c3cdca9786e4f7adf9002f9f5729a684adcb4667e58e448dec9b5a46c7f"
HOW = "Get the package lists of Debian 12.15, for example by the build script on a machine with Debian 12 sources."

SECTIONS = [
    "admin", "devel", "editors", "electronics", "fonts", "games", "graphics", "mail",
    "math", "net", "science", "sound", "text", "utils", "web", "x11",
]
MOST_PER_SECTION = 350
LONGEST_DESCRIPTION = 600
HOLLOW = ("transitional", "dummy package", "metapackage", "meta-package", "meta package")


def paragraphs(content: bytes):
    """The records of a Debian control file, as field → text; continuation lines keep their line ends."""
    record: dict[str, str] = {}
    field = ""
    for line in content.decode("utf-8").split("\n"):
        if not line:
            if record:
                yield record
            record = {}
        elif line[0] in " \t":
            record[field] += "\n" + line[1:]
        else:
            field, _, value = line.partition(":")
            record[field] = value.strip()
    if record:
        yield record


def shortened(text: str) -> str:
    """At most LONGEST_DESCRIPTION characters, cut between words and marked with an ellipsis."""
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def described(record: dict[str, str]) -> tuple[str, str]:
    """Title and description; a line with a lone point parts paragraphs, which become one line."""
    title, _, rest = record["Description-en"].partition("\n")
    words = " ".join("" if line.strip() == "." else line for line in rest.split("\n")).split()
    return title.strip(), shortened(" ".join(words))


def candidates(packages: bytes, translation: bytes) -> list[dict]:
    """Packages of the chosen sections, by name, with source, section, title and description."""
    texts = {(record["Package"], record["Description-md5"]): described(record) for record in paragraphs(translation)}
    rows = []
    for record in paragraphs(packages):
        if record["Section"] not in SECTIONS:
            continue
        text = texts.get((record["Package"], record.get("Description-md5", "")))
        if text is None or not text[1]:
            continue
        title, description = text
        if any(word in f"{title} {description}".lower() for word in HOLLOW):
            continue
        source = record.get("Source", record["Package"]).split(" ")[0]
        rows.append({"name": record["Package"], "source": source, "section": record["Section"], "title": title, "description": description})
    return sorted(rows, key=lambda row: row["name"])


def one_of_each(rows: list[dict], *keys: str) -> list[dict]:
    """The first row of every combination of values."""
    seen: set[tuple] = set()
    kept = []
    for row in rows:
        key = tuple(row[name].lower() for name in keys)
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def make(sources: Path, out: Path) -> None:
    packages = read_source(sources / PACKAGES, PACKAGES_SHA256, HOW)
    translation = read_source(sources / TRANSLATION, TRANSLATION_SHA256, HOW)

    random = SplitMix64(SEED)
    rows = random.shuffled(candidates(packages, translation))
    rows = one_of_each(one_of_each(one_of_each(rows, "source"), "description"), "title")
    rows = [row for section in SECTIONS for row in [row for row in rows if row["section"] == section][:MOST_PER_SECTION]]

    number_rows(rows, "D", random)
    rows.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(rows, 0.4, "section", random)}
    train = [row for row in rows if row["id"] not in test_ids]
    test = [row for row in rows if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, "section", random))

    even = {section: 1 / len(SECTIONS) for section in SECTIONS}
    write_csv(out / "data/train.csv", ["id", "title", "description", "section"], train)
    write_csv(out / "data/test.csv", ["id", "title", "description"], test)
    write_csv(out / "data/sample_submission.csv", ["id", *SECTIONS], [{"id": row["id"], **even} for row in test])
    write_csv(out / "private/answers.csv", ["id", "section", "Usage"], test)
