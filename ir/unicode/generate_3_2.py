"""What Unicode 3.2 says otherwise than the current version, for `unicodedata.ucd_3_2_0`.

Usage: python3.14 ir/unicode/generate_3_2.py    (writes ir/src/unicode/version_3_2_data.rs and its table of runs)
"""

import pathlib
import struct
import unicodedata as new

old = new.ucd_3_2_0
OUT = pathlib.Path(__file__).parent.parent / "src" / "unicode"


def facts(source, character):
    return (
        source.category(character),
        source.bidirectional(character),
        source.east_asian_width(character),
        source.mirrored(character),
    )


def differences(fact):
    """Characters that 3.2 assigns and for which `fact` differs, with the old value."""
    for point in range(0x110000):
        character = chr(point)
        if old.category(character) != "Cn" and fact(old, character) != fact(new, character):
            yield point, fact(old, character)


def main():
    records, runs, last = [None], [], 0
    for point in range(0x110000):
        character = chr(point)
        row = facts(old, character)
        row = None if row == facts(new, character) else row
        if row not in records:
            records.append(row)
        if records.index(row) != last:
            last = records.index(row)
            runs.append((point, last))
    data = b"".join(struct.pack("<I", point | index << 24) for point, index in runs)
    (OUT / "data" / "version_3_2.runs.bin").write_bytes(data)

    rows = "".join(
        f'    ("{category}", "{bidirectional}", "{width}", {"true" if mirrored else "false"}),\n'
        for category, bidirectional, width, mirrored in records[1:]
    )
    decimals = "".join(
        f"    ({point:#x}, {255 if value is None else value}),\n"
        for point, value in differences(lambda s, c: s.decimal(c, None))
    )
    numbers = "".join(
        f"    ({point:#x}, {'f64::NAN' if value is None else repr(value)}),\n"
        for point, value in differences(lambda s, c: s.numeric(c, None))
    )
    normal = "".join(
        f"    ({point:#x}, {ord(value):#x}),\n"
        for point, value in differences(lambda s, c: s.normalize("NFC", c))
        if len(value) == 1
    )
    text = f"""// Made by ir/unicode/generate_3_2.py.

/// Category, bidirectional class, width and mirroring; the runs count from 1.
pub(super) const RECORDS: &[(&str, &str, &str, bool)] = &[
{rows}];

/// Decimal values; 255 is none.
pub(super) const DECIMALS: &[(u32, u8)] = &[
{decimals}];

/// Numeric values; NaN is none.
pub(super) const NUMBERS: &[(u32, f64)] = &[
{numbers}];

/// Canonical decompositions that were corrected since.
pub(super) const CORRECTED: &[(u32, u32)] = &[
{normal}];
"""
    (OUT / "version_3_2_data.rs").write_text(text)


main()
