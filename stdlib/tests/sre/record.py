"""Records tests/sre/cases.txt with CPython: python3.14 record.py [random cases] [seed] > cases.txt

A case is two kinds of lines: `P flags groups code...` sets the pattern; `S mode start end subject = result` is a run,
where the subject is code points in hexadecimal, and the result is the list of matches found by the iteration, each
`lastindex:s,e;s,e...` (groups from 0 on, -1 for those which did not take part), or `-`.
"""
import random
import re
import sys
import warnings
from re import _compiler, _parser

warnings.simplefilter("ignore")

PATTERNS = [
    "a", "abc", "ab*c", "ab*?c", "ab*+c", "(a)(b)?c", "(a|ab)(c|bcd)(d*)", "(?:a|b)*", "(?:a|b)*?b", "(a*)*", "(a*?)*?b", "(?:(a)|(b))*", "((a)|b)*c",
    r"\d+", r"[\w.+-]+@[\w-]+\.[a-z]{2,}", r"(\d{4})-(\d\d)-(\d\d) (?P<lvl>INFO|WARN|ERROR) \[(\w+)\] (.*)$",
    r"(?P<num>\d+(?:\.\d*)?)|(?P<id>[A-Za-z_]\w*)|(?P<op>[-+*/=()])|(?P<ws>\s+)|(?P<bad>.)", r"\bfoo\b", r"\Bo", r"\B", r"\b",
    r"^a", r"a$", r"(?m)^\w+$", r"(?m)$", r"(?s).*", r".*", r".*?x", r"\Aab\Z", r"(a)\1", r"(?i)(ab)\1", r"(?ia)(ab)\1",
    r"(a)?(?(1)b|c)", r"(a)?(?(1)b)", r"(?(1)x*|y)()|(a)?(?(1)\x0f*)", r"(?=a)\w", r"(?!a)\w", r"(?<=a)b", r"(?<!a)b", r"(?<=(a))b\1?",
    r"(?>a*)a", r"(?>a*?)b", r"(?>[ab]*)b", r"(?>a|ab)c", r"(?:ab)++c", r"(?:a?)*+b", r"(?:(a)|(b?))*+", r"(?:ab){2,3}", r"(?:ab){2,3}?",
    r"(?:ab){2,3}+", r"a{0}b", r"(?:a|b){0}c", r"[^a]+", r"[^\n]*", r"[\s\S]", r"[^\s\S]", r"[^\s\S]*a", r"(?i)straße", r"(?i)[à-ý]+", r"(?i)[k-s]+",
    r"(?i)\u212a", r"(?i)ſ", r"[\u0100-\u0200\u0400x]+", r"[\u0400-\u04ff\u1000\u3000\u4e00-\u9fff]+", r"[\U00010000-\U0010ffff]+",
    r"(?i)[\U00010400-\U00010430]+", r"(?a)\w+", r"(?a)\W+", r"\W+", r"\s", r"\S+", r"\D", r"(?a)\d", r"(?i)[^x]y", r"(?i)x|Y+|z*?", r"x*", r"(x*)y?",
    r"(?:(\w)(\d)?)+", r"(?:(a)|b)*?c", r"((a|b)*?c)+", r"(?:(?:ab)*c)*", r"(?:(?:ab)*?c)*?d", r"(?=(a+))a*b\1", r"(?!(a)b)\w\1?", r"(?:(?=(a))a|b)*",
    r"(?:x*(a))*", r"(?:(a)x*?y?)*", r"((?>a|b)c?)*", r"(?:a++b|a+c)", r'"(?:[^"\\]|\\.)*"', r'".*?"', r"(\w+)\s+\1", r"(?m)^(\w+):\s*(.*)$",
    r"|a", r"", r"()", r"(?:)*", r"(?:()|a)*b", r"a|b|c|d|e|f|ab|abc", "|".join("w%d" % i for i in range(80)), r"(a(b(c)?)?)?d", r"[ab]{2,4}b", r"[ab]{2,4}?b", r"[ab]{2,4}+b",
    r".{3}", r"(?s).{3,}?b", r"é+", r"(?i)é+", r"ab+\n", r"\n+$", r"(?:a|(?:b|c)+)*d",
]
SUBJECTS = [
    "", "a", "b", "abc", "abcd", "aabbcc", "abababc", "aaab", "aaaa", "ababab", "abcabd", "foo foobar xfoo foo", "x\ny\n", "ab\nab\n\n", "ABab aB",
    "write to joe.b+x@mail-host.example.org, or a@b.c now", "2024-01-31 WARN [core] low disk\n2024 ERROR", "x = 3.14*(y+2) $", '"a\\"b" "c"',
    "the the cat cat", "key: value\nk2:v2\n", "straße STRASSE STRAßE", "àéîÿ ÀÉ kKſ\u212asS", "\u0101\u0180x\u0400й中文 \u3000", "\U00010400\U00010428\U0001f600a",
    "c", "ac", "bc", "w7 w79 w80", "aab\x0f\x0f", "٣٤5 a1b2", "yxY XXy zz", "a\u00a0b\x85c\u2003",
]
BYTES_PATTERNS = [rb"\w+", rb"(?L)\w+", rb"(?iL)ab[c-e]+", rb"(?iL)(a)\1", rb"(?L)\b\w", rb"(?L)\B", rb"(?iL)[^a]", rb"(?i)A\xe9", rb"[\x80-\xff]+", rb"\x00+"]
BYTES_SUBJECTS = [b"", b"ab CD \xe9\xc9", b"ABCDE aA Aa", b"\x00\x00a\x80\xff", b"a\xe9A\xe9"]
MODES = {"M": "match", "F": "fullmatch", "S": "search"}


def result(pattern, mode, subject, start, end):
    found = []
    scanner = pattern.scanner(subject, start, end)
    if mode == "F":
        match = pattern.fullmatch(subject, start, end)
        matches = [match] if match else []
    else:
        matches = iter(getattr(scanner, MODES[mode]), None)
    for match in matches:
        spans = ";".join("%d,%d" % span for span in match.regs)
        found.append("%d:%s" % (match.lastindex or 0, spans))
    return " ".join(found) or "-"


def record(source, subjects):
    try:
        parsed = _parser.parse(source)
    except (re.error, OverflowError):
        return
    flags = parsed.state.flags
    code = _compiler._code(parsed, 0)
    pattern = re.compile(source)
    print("P", flags, parsed.state.groups - 1, *map(int, code))
    for subject in subjects:
        points = list(subject if isinstance(subject, bytes) else map(ord, subject))
        windows = [(0, len(points))]
        if len(points) > 3:
            windows.append((1, len(points) - 1))
        for mode in MODES:
            for start, end in windows:
                text = " ".join("%x" % point for point in points)
                print("S", mode, start, end, text, "=", result(pattern, mode, subject, start, end))


def random_pattern(rng, depth=0):
    atoms = ["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\b", "^", "$", "ab", r"\1", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)"]
    shapes = ["(%s)", "(?:%s)", "(?>%s)", "(?=%s)", "(?!%s)", "(%s)", "(?:%s)"]
    parts = []
    for _ in range(rng.randint(1, 4)):
        part = rng.choice(atoms) if depth > 2 or rng.random() < 0.5 else rng.choice(shapes) % random_pattern(rng, depth + 1)
        if rng.random() < 0.45:
            part += rng.choice(["*", "+", "?", "{2}", "{1,2}", "{0,3}"]) + rng.choice(["", "", "?", "+"])
        parts.append(part)
    text = "".join(parts)
    return text + "|" + random_pattern(rng, depth + 1) if depth < 3 and rng.random() < 0.25 else text


def main():
    count, seed = (list(map(int, sys.argv[1:])) + [150, 1])[:2] if len(sys.argv) > 2 else (int(sys.argv[1]) if len(sys.argv) > 1 else 150, 1)
    for source in PATTERNS:
        record(source, SUBJECTS)
    for source in BYTES_PATTERNS:
        record(source, BYTES_SUBJECTS)
    rng = random.Random(seed)
    for _ in range(count):
        subjects = ["".join(rng.choice("aabbc\n") for _ in range(rng.randint(0, 9))) for _ in range(4)]
        record(random_pattern(rng), subjects)


main()
