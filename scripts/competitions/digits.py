"""Makes the competition `digits`, a folder of small pictures, from the handwritten digits in python3-sklearn.

The source has 1,797 images of 8 × 8 cells and says of each cell how many of its 16 dots are
inked, 0 to 16. Here a cell is a pixel: dark ink on white paper, one of 16 shades, so that four
bits hold it (15 and 16 inked dots are one shade). 50 images of each digit are for training, 70
for the test; the rest is left out, which keeps the number of files down.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, take_share, write_csv
from sklearn_package import read_table

ID = "digits"
SEED = 19980701
TABLE = "digits.csv.gz"
SHA256 = "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a"
SIZE = 8
WHITE = 15
TARGET = "digit"
TRAIN_PER_DIGIT = 50
TEST_PER_DIGIT = 70


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(pixels: list[int]) -> bytes:
    """A greyscale PNG of SIZE × SIZE pixels of four bits each.

    The pixels lie in one stored block. Compressing 40 bytes gains nothing, and what a compressor
    makes of them differs between versions of zlib.
    """
    rows = b""
    for start in range(0, SIZE * SIZE, SIZE):
        row = pixels[start : start + SIZE]
        rows += b"\0" + bytes(high << 4 | low for high, low in zip(row[::2], row[1::2]))
    stored = b"\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    packed = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 4, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def pixels_of(content: bytes) -> list[int]:
    """The pixels of a picture that `png` made, row by row."""
    start = content.index(b"IDAT")
    length = struct.unpack(">I", content[start - 4 : start])[0]
    rows = zlib.decompress(content[start + 4 : start + 4 + length])
    width = 1 + SIZE // 2
    return [half for at, byte in enumerate(rows) if at % width for half in (byte >> 4, byte & 15)]


def make(sources: Path, out: Path) -> None:
    rows: list[dict] = []
    for line in gzip.decompress(read_table(sources, TABLE, SHA256)).decode("ascii").splitlines():
        *ink, digit = (int(value) for value in line.split(","))
        rows.append({TARGET: digit, "pixels": [WHITE - min(value, WHITE) for value in ink]})

    # The source goes writer by writer, digit by digit: what is taken, ids and order are drawn by lot.
    random = SplitMix64(SEED)
    taken = []
    for digit in range(10):
        taken += random.shuffled([row for row in rows if row[TARGET] == digit])[: TRAIN_PER_DIGIT + TEST_PER_DIGIT]
    number_rows(taken, "N", random)
    taken.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(taken, TEST_PER_DIGIT / (TRAIN_PER_DIGIT + TEST_PER_DIGIT), TARGET, random)}
    train = [row for row in taken if row["id"] not in test_ids]
    test = [row for row in taken if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, TARGET, random))

    for row in taken:
        row["image"] = f"images/{row['id']}.png"
    write_csv(out / "data/train.csv", ["id", "image", TARGET], train)
    write_csv(out / "data/test.csv", ["id", "image"], test)
    write_csv(out / "data/sample_submission.csv", ["id", TARGET], [{"id": row["id"], TARGET: 0} for row in test])
    write_csv(out / "private/answers.csv", ["id", TARGET, "Usage"], test)
    (out / "data/images").mkdir()
    for row in taken:
        (out / "data" / row["image"]).write_bytes(png(row["pixels"]))
