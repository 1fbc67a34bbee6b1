"""Compares `cargo run --example unicode_dump` with the running CPython, for every code point.

Usage: python3.14 ir/unicode/check.py target/debug/examples/unicode_dump
"""

import pathlib
import struct
import subprocess
import sys
import unicodedata as ucd

FORMS = "NFC", "NFD", "NFKC", "NFKD"
ODD_NAMES = [
    "TANGUT IDEOGRAPH-17000", "cjk unified ideograph-4e00", "CJK UNIFIED IDEOGRAPH-04E00", "CJK UNIFIED IDEOGRAPH-",
    "CJK UNIFIED IDEOGRAPH-A000", "HANGUL SYLLABLE ", "HANGUL SYLLABLE A", "HANGUL SYLLABLE GAX", "", " ", "SPACE ",
    "LATIN SMALL LETTER", "NUSHU CHARACTER-1B2FC", "TANGUT IDEOGRAPH-187F8", "x" * 400,
]


def hexes(text):
    return " ".join(f"{ord(c):X}" for c in text)


def facts(point):
    c = chr(point)
    decomposed = ucd.decomposition(c)
    ignorable = ("A\u03a3" + c + "A").lower()[1] == "\u03c3" and ("A\u03a3" + c).lower()[1] == "\u03c2"
    predicates = [
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.isalnum(), c.isspace(), c.isprintable(), c.islower(),
        c.isupper(), ucd.category(c) == "Lt", (c + "a").title()[-1] == "a", ignorable, c.isidentifier(),
        ("a" + c).isidentifier(), bool(ucd.mirrored(c)), len(("a" + c + "a").splitlines()) == 2,
    ]
    numeric = ucd.numeric(c, None)
    fields = [
        "".join(str(int(p)) for p in predicates), ucd.category(c), ucd.bidirectional(c), ucd.combining(c),
        ucd.east_asian_width(c), ucd.decimal(c, "-"), ucd.digit(c, "-"),
        "-" if numeric is None else struct.pack(">d", numeric).hex(), decomposed,
        hexes(c.lower()), hexes(c.upper()), hexes(c.title()), hexes(c.casefold()), ucd.name(c, "-"),
        *(hexes(ucd.normalize(form, c)) for form in FORMS),
    ]
    return ";".join(map(str, fields))


def expected(names):
    pool = []
    for point in range(0x110000):
        yield facts(point)
        c = chr(point)
        if ucd.combining(c) or ucd.decomposition(c) or 0x1100 <= point < 0x1200 or point % 4096 == 65:
            pool.append(point)
    state = 1

    def draw():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return state >> 33

    for _ in range(200_000):
        length = 2 + draw() % 6
        text = ucd.normalize("NFD", "".join([chr(pool[draw() % len(pool)]) for _ in range(length)]))
        yield ";".join(hexes(ucd.normalize(form, text)) for form in FORMS)
    for name in names:
        try:
            yield f"{name}={hexes(ucd.lookup(name))}"
        except KeyError:
            yield f"{name}=-"


def main():
    lines = (pathlib.Path(__file__).parent / "aliases.txt").read_text().splitlines()
    names = [line.split(";")[1] for line in lines if not line.startswith("#")]
    names = names + [name.lower() for name in names] + ODD_NAMES
    dump = subprocess.Popen([sys.argv[1], *names], stdout=subprocess.PIPE, text=True)
    wrong = 0
    for number, (want, got) in enumerate(zip(expected(names), dump.stdout, strict=True)):
        if want != got.removesuffix("\n"):
            wrong += 1
            if wrong <= 20:
                print(f"{number:X}: expected {want}\n     got      {got}")
    print(f"{number + 1} lines compared, {wrong} differ")
    sys.exit(wrong != 0)


main()
