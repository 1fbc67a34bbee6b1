"""Records in cases.txt what CPython's str and bytes answer: `operation|arguments...|answer`, texts as hexadecimal units.

Usage: python3.14 runtime/src/str_kernel/record_cases.py
"""

import codecs
import pathlib
import random
import warnings

warnings.simplefilter("ignore")
random.seed(314)
rows = []


def units(text):
    return " ".join(f"{unit if isinstance(unit, int) else ord(unit):x}" for unit in text)


def field(value):
    if isinstance(value, list):
        return ",".join(map(units, value)) + f";{len(value)}"
    return units(value) if isinstance(value, (str, bytes)) else str(value)


def case(operation, *fields):
    rows.append("|".join([operation, *map(field, fields)]))


def draw(alphabet, most):
    return "".join(random.choices(alphabet, k=random.randrange(most + 1)))


ALPHABETS = ["ab", "aB \t\n", "a\xe9\xdf\xb5\x85\xa0", "a\u20ac\u0100\u2028", "ab\U0001f600\u0391", "\u0391\u03a3\u0301 aA.", "Aa1\u01c5\u01c4\u0130\u0149\ufb01",
             "\u03a3\u03c3\xdf\u1e9e-A", "\r\n\x0b\x0c\x1c\x1d\x1ea", "'\"\\a\n\x7f\x00\xad\ud800\U000e0001\u0378"]

for _ in range(80):
    alphabet = random.choice(ALPHABETS)
    text, needle, new = draw(alphabet, 16), draw(alphabet, 4), draw(random.choice(ALPHABETS), 3)
    limit = random.choice([0, 1, 2, 1000])
    case("find", text, needle, text.find(needle))
    case("rfind", text, needle, text.rfind(needle))
    case("count", text, needle, text.count(needle))
    case("replace", text, needle, new, limit, text.replace(needle, new, limit))
    case("split_whitespace", text, limit, (text.split(None, limit)))
    case("rsplit_whitespace", text, limit, (text.rsplit(None, limit)))
    if needle:
        case("split", text, needle, limit, (text.split(needle, limit)))
        case("rsplit", text, needle, limit, (text.rsplit(needle, limit)))
        case("strip", text, needle, text.strip(needle))
    case("lines", text, 0, (text.splitlines()))
    case("lines", text, 1, (text.splitlines(True)))
    case("expandtabs", text, limit, text.expandtabs(limit))
    case("zfill", "+" + text, limit + 10, ("+" + text).zfill(limit + 10))
    case("center", text, limit + 11, text.center(limit + 11))
    for operation in "lower upper title capitalize swapcase casefold".split():
        case(operation, text, getattr(text, operation)())
    for operation in "isalpha isalnum isspace isprintable isidentifier islower isupper istitle isnumeric".split():
        case(operation, text, int(getattr(text, operation)()))
    case("repr", text, repr(text))
    case("ascii", text, ascii(text))
    raw = text.encode("utf-8", "surrogatepass")
    case("bytes_repr", raw, repr(raw))
    for operation in "lower upper title capitalize swapcase".split():
        case("bytes_" + operation, raw, getattr(raw, operation)())
    for operation in "isalpha isdigit isalnum isspace islower isupper istitle".split():
        case("bytes_" + operation, raw, int(getattr(raw, operation)()))
    case("compare", text, new, (text > new) - (text < new))
    case("bytes_lines", raw, 1, (raw.splitlines(True)))

for _ in range(150):  # periodic texts, long needles
    piece = draw("ab\u0100", 4) + "b"
    text = (piece * 12)[random.randrange(5):] + draw("ab\u0100", 20) + piece * random.randrange(9)
    needle = (piece * 6)[random.randrange(4):][:random.randrange(1, 20)] + draw("ab\u0100", 1)
    case("find", text, needle, text.find(needle))
    case("rfind", text, needle, text.rfind(needle))
    case("count", text, needle, text.count(needle))

errors = []


def note(error):
    errors.append(f"{error.start},{error.end},{error.reason}")
    return "?", error.end


codecs.register_error("note", note)


def decode(codec, data):
    errors.clear()
    text = data.decode(codec, "note")
    rows.append("|".join(["decode", codec, units(data), units(text), "@".join(errors)]))
    partial = getattr(codecs, codec.replace("-", "_") + "_decode", None)
    if partial and codec not in ("ascii", "latin-1"):
        errors.clear()
        text, consumed = partial(data, "note", False)
        rows.append("|".join(["partial", codec, units(data), units(text), "@".join(errors), str(consumed)]))


def encode(codec, text):
    errors.clear()
    data = text.encode(codec, "note")
    rows.append("|".join(["encode", codec, units(text), units(data), "@".join(errors)]))


CODECS = {
    "utf-8": bytes([0x41, 0x80, 0xBF, 0xC1, 0xC2, 0xE0, 0xA0, 0x9F, 0xED, 0xE2, 0x82, 0xAC, 0xF0, 0x90, 0x8F, 0xF4, 0xF5]),
    "utf-16-le": bytes([0x41, 0x00, 0xD8, 0xDC, 0xD8, 0xDC, 0x00]),
    "utf-16-be": bytes([0x41, 0x00, 0xD8, 0xDC, 0xD8, 0xDC, 0x00]),
    "utf-32-le": bytes([0x41, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x10, 0xD8]),
    "utf-32-be": bytes([0x41, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x10, 0xD8]),
    "utf-7": b"++++--AAAGE2DcA!=/\xff",
    "ascii": b"ab\x80\xff",
    "unicode-escape": b"\\\\\\\\\\\\xuUN{}SNAKE0011170aftq\n'\xe9",
    "raw-unicode-escape": b"\\\\\\\\\\uuuUUU0000000111afx\xe9",
}
for codec, alphabet in CODECS.items():
    for _ in range(180):
        decode(codec, bytes(random.choices(alphabet, k=random.randrange(14))))
for data in [b"\\N{SNAKE}", b"\\N{", b"\\N{}", b"\\N{x", b"\\N{x}", b"\\N{x}z", b"\\Nx", b"\\N", b"\\777", b"\\U00110000",
             b"\\U0010ffff", b"\\U0011ffff"]:
    decode("unicode-escape", data)
for codec in [*CODECS, "latin-1"]:
    for _ in range(60):
        encode(codec, draw("a+-~\\\x00\xe9\u20ac\ud800\udfff\U0001f600\n", 10))

path = pathlib.Path(__file__).with_name("cases.txt")
path.write_text("\n".join(rows) + "\n")
print(len(rows), "cases")
