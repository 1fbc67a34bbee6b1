"""Writes the Unicode tables of the `unicode` module, as the running CPython's str and unicodedata have them.

Usage: python3.14 ir/unicode/generate.py      (writes ir/src/unicode/data/ and ir/src/unicode/records.rs)
The formats are described in ir/src/unicode/trie.rs and names.rs, which read them.
"""

import collections
import pathlib
import struct
import unicodedata as ucd
import _sre

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "src" / "unicode"
DATA = OUT / "data"
POINTS = range(0x110000)

FLAGS = [  # in the order of the bits
    ("ALPHA", str.isalpha),
    ("DECIMAL", str.isdecimal),
    ("DIGIT", str.isdigit),
    ("NUMERIC", str.isnumeric),
    ("SPACE", str.isspace),
    ("PRINTABLE", str.isprintable),
    ("LOWER", str.islower),
    ("UPPER", str.isupper),
    ("TITLE", lambda c: ucd.category(c) == "Lt"),
    # A cased character keeps the letter after it in lower case in a title.
    ("CASED", lambda c: (c + "a").title()[-1] == "a"),
    # A capital sigma between cased letters isn't final, and looks past what is case-ignorable.
    ("CASE_IGNORABLE", lambda c: ("A\u03a3" + c + "A").lower()[1] == "\u03c3" and ("A\u03a3" + c).lower()[1] == "\u03c2"),
    ("XID_START", str.isidentifier),
    ("XID_CONTINUE", lambda c: ("a" + c).isidentifier()),
    ("MIRRORED", lambda c: ucd.mirrored(c) == 1),
    ("LINE_BREAK", lambda c: len(("a" + c + "a").splitlines()) == 2),
]

CATEGORIES = "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co".split()
BIDIRECTIONAL = ["", *"L R AL EN ES ET AN CS NSM BN B S WS ON LRE LRO RLE RLO PDF LRI RLI FSI PDI".split()]
WIDTHS = "N A F H Na W".split()

DECOMPOSITION_TAGS = [
    "", "<compat>", "<font>", "<noBreak>", "<initial>", "<medial>", "<final>", "<isolated>", "<circle>", "<super>",
    "<sub>", "<vertical>", "<wide>", "<narrow>", "<small>", "<square>", "<fraction>",
]


def write(name, data):
    (DATA / name).write_bytes(data)
    print(f"{name:28} {len(data):8}")


def halves(values):
    return struct.pack(f"<{len(values)}H", *values)


def trie(name, values):
    """Writes a two-level table; returns the shift that makes it smallest."""
    best = None
    for shift in range(4, 10):
        size = 1 << shift
        pages, index = {}, []
        for start in range(0, len(values), size):
            page = tuple(values[start : start + size])
            index.append(pages.setdefault(page, len(pages)))
        total = 2 * len(index) + 2 * size * len(pages)
        if best is None or total < best[0]:
            best = total, shift, index, list(pages)
    _, shift, index, pages = best
    write(f"{name}.index.bin", halves(index))
    write(f"{name}.pages.bin", halves([value for page in pages for value in page]))
    return shift


def numbered(rows):
    """The distinct rows, most frequent first, and the number of each row."""
    order = [row for row, _ in collections.Counter(rows).most_common()]
    number = {row: i for i, row in enumerate(order)}
    return order, [number[row] for row in rows]


def properties(source):
    rows = []
    for point in POINTS:
        c = chr(point)
        flags = sum(1 << bit for bit, (_, test) in enumerate(FLAGS) if test(c))
        rows.append((
            CATEGORIES.index(ucd.category(c)), BIDIRECTIONAL.index(ucd.bidirectional(c)), ucd.combining(c),
            WIDTHS.index(ucd.east_asian_width(c)), flags,
        ))
    records, numbers = numbered(rows)
    shift = trie("properties", numbers)
    source.append(f"pub(super) const PROPERTIES_SHIFT: u32 = {shift};\n")
    for bit, (flag, _) in enumerate(FLAGS):
        source.append(f"pub(super) const {flag}: u16 = 1 << {bit};")
    for name, values in [("CATEGORIES", CATEGORIES), ("BIDIRECTIONAL", BIDIRECTIONAL), ("WIDTHS", WIDTHS),
                         ("DECOMPOSITION_TAGS", DECOMPOSITION_TAGS)]:
        items = ", ".join(f'"{v}"' for v in values)
        source.append(f"\npub(super) static {name}: [&str; {len(values)}] = [{items}];")
    source.append("\n/// Category, bidirectional class, combining class, width, flags.")
    source.append(f"pub(super) static PROPERTIES: [(u8, u8, u8, u8, u16); {len(records)}] = [")
    source.extend(f"    {record}," for record in records)
    source.append("];\n")


def cases(source):
    """Differences for what maps to one character; else SPECIAL_CASE plus the place of the length in SPECIAL_CASES."""
    special, places = [], {}
    base = 0x1000000

    def entry(point, text):
        if len(text) == 1:
            return ord(text) - point
        if text not in places:
            places[text] = len(special)
            special.append(len(text))
            special.extend(map(ord, text))
        return base + places[text]

    rows = []
    for point in POINTS:
        c = chr(point)
        assert _sre.unicode_tolower(point) == ord(c.lower()[0])
        assert _sre.unicode_iscased(point) == (ord(c.lower()[0]) != point or ord(c.upper()[0]) != point)
        rows.append(tuple(entry(point, text) for text in (c.lower(), c.upper(), c.title(), c.casefold())))
    records, numbers = numbered(rows)
    shift = trie("case", numbers)
    source.append(f"pub(super) const CASE_SHIFT: u32 = {shift};")
    source.append(f"pub(super) const SPECIAL_CASE: i32 = {base:#x};\n")
    source.append("/// Lower, upper, title, casefold: a difference, or `SPECIAL_CASE` plus a place in `SPECIAL_CASES`.")
    source.append(f"pub(super) static CASES: [[i32; 4]; {len(records)}] = [")
    source.extend(f"    {list(record)}," for record in records)
    source.append("];\n")
    source.append("/// Runs of a length and that many code points.")
    source.append(f"pub(super) static SPECIAL_CASES: [u16; {len(special)}] = {special};\n")


def numbers(source):
    rows = []
    for point in POINTS:
        c = chr(point)
        numeric = ucd.numeric(c, None)
        rows.append((ucd.decimal(c, 255), ucd.digit(c, 255), "f64::NAN" if numeric is None else repr(numeric)))
    records, ids = numbered(rows)
    shift = trie("numeric", ids)
    source.append(f"pub(super) const NUMERIC_SHIFT: u32 = {shift};\n")
    source.append("/// Decimal and digit value (255: none) and numeric value (not a number: none).")
    source.append(f"pub(super) static NUMBERS: [(u8, u8, f64); {len(records)}] = [")
    source.extend(f"    ({a}, {b}, {c})," for a, b, c in records)
    source.append("];\n")


def decompositions(source):
    """Runs of `tag << 8 | length` and that many code points, three bytes each; place 0 is for no decomposition."""
    data, places, values, pairs = [0], {}, [], []
    for point in POINTS:
        text = ucd.decomposition(chr(point))
        if not text:
            values.append(0)
            continue
        tag, *points = text.split() if text[0] == "<" else ["", *text.split()]
        points = [int(p, 16) for p in points]
        run = (DECOMPOSITION_TAGS.index(tag) << 8 | len(points), *points)
        if run not in places:
            places[run] = len(data)
            data.extend(run)
        values.append(places[run])
        if not tag and len(points) == 2 and ucd.normalize("NFC", "".join(map(chr, points))) == chr(point):
            pairs.append((*points, point))
    shift = trie("decomposition", values)
    write("decomposition.runs.bin", b"".join(struct.pack("<I", v)[:3] for v in data))
    pairs.sort()
    write("composition.bin", b"".join(struct.pack("<I", v)[:3] for pair in pairs for v in pair))
    source.append(f"pub(super) const DECOMPOSITION_SHIFT: u32 = {shift};")


def runs(points):
    """The ranges of consecutive code points."""
    ranges = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return ranges


def derived_names(source):
    """The ranges named by a prefix and the code point, and whether `unicodedata.name` knows them; returns their points."""
    prefixes = ["TANGUT IDEOGRAPH-"]
    for point in POINTS:
        name, digits = ucd.name(chr(point), ""), f"{point:04X}"
        if name.endswith("-" + digits) and (prefix := name.removesuffix(digits)) not in prefixes:
            prefixes.append(prefix)
    rows, derived = [], set()
    for prefix in prefixes:
        found = []
        for point in POINTS:
            try:
                if ucd.lookup(f"{prefix}{point:04X}") == chr(point):
                    found.append(point)
            except KeyError:
                pass
        derived.update(found)
        for first, last in runs(found):
            named = str(ucd.name(chr(first), None) is not None).lower()
            rows.append(f'    ({first:#x}, {last:#x}, "{prefix}", {named}),')
    source.append("\n/// First and last code point, prefix of the name, and whether `unicodedata.name` tells it (it forgets Tangut).")
    source.append(f"pub(super) static DERIVED_NAMES: [(u32, u32, &str, bool); {len(rows)}] = [")
    source.extend(rows)
    source.append("];")
    return derived


def names(source):
    derived = derived_names(source)
    named = [(p, n) for p in POINTS if p not in derived and not 0xAC00 <= p < 0xD7A4 and (n := ucd.name(chr(p), None))]
    count = collections.Counter(word for _, name in named for word in name.split(" "))
    words = [word for word, _ in count.most_common()]
    # Codes: 0 ends a name, 1 to `short` are words of one byte, above are the high halves of two-byte words.
    short = 255 - -(-(len(words) - 200) // 256) - 1
    assert short + (255 - short) * 256 >= len(words)

    def encode(word):
        number = numbers_of[word]
        if number < short:
            return bytes([number + 1])
        high, low = divmod(number - short, 256)
        return bytes([short + 1 + high, low])

    numbers_of = {word: number for number, word in enumerate(words)}
    text, offsets = bytearray(), []
    for i, (_, name) in enumerate(named):
        if i % 16 == 0:
            offsets.append(len(text))
        for word in name.split(" "):
            text += encode(word)
        text.append(0)
    write("names.text.bin", bytes(text))
    write("names.blocks.bin", b"".join(struct.pack("<I", o)[:3] for o in offsets))
    letters, starts = "".join(words).encode("ascii"), [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    write("names.words.bin", letters)
    write("names.word_starts.bin", b"".join(struct.pack("<I", s)[:3] for s in starts))
    # Each run of named code points: first point, number of its name.
    ranges, first_index = [], 0
    for first, last in runs([p for p, _ in named]):
        ranges += [first, last, first_index]
        first_index += last - first + 1
    write("names.runs.bin", b"".join(struct.pack("<I", v)[:3] for v in ranges))
    order = sorted(range(len(named)), key=lambda i: named[i][1])
    write("names.order.bin", halves(order))
    source.append(f"\npub(super) const SHORT_WORDS: usize = {short};")
    print(len(named), "names", len(words), "words", short, "short")


def aliases(source):
    rows = []
    for line in (HERE / "aliases.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        points, name = line.split(";")
        text = "".join(chr(int(p, 16)) for p in points.split())
        assert ucd.lookup(name) == text, name
        rows.append((name, ", ".join(f"{ord(c):#x}" for c in text)))
    rows.sort()
    source.append("\n/// Name aliases (one code point) and named sequences (several), by name.")
    source.append(f"pub(super) static ALIASES: [(&str, &[u32]); {len(rows)}] = [")
    source.extend(f'    ("{name}", &[{points}]),' for name, points in rows)
    source.append("];")


def main():
    DATA.mkdir(exist_ok=True)
    source = [
        f"//! Generated by ir/unicode/generate.py from Unicode {ucd.unidata_version}: records, flags and small tables.",
        "",
        f'pub(super) const VERSION: &str = "{ucd.unidata_version}";',
    ]
    properties(source)
    cases(source)
    numbers(source)
    decompositions(source)
    names(source)
    aliases(source)
    text = "\n".join(source) + "\n"
    (OUT / "records.rs").write_text(text.replace("'", '"'))
    print("records.rs", len(text))


main()
