import _csv
import _json
import _sre
import unicodedata


def attempt(f, *arguments, **options):
    try:
        print(repr(f(*arguments, **options)))
    except Exception as error:
        print(type(error).__name__, error)


# The pattern (a)|b in code words.
branch = _sre.compile("(a)|b", 32, [7, 9, 17, 0, 16, 97, 17, 1, 15, 7, 5, 16, 98, 15, 2, 0, 1], 1, {"x": 1}, (None, "x"))
attempt(branch.findall, "xaby")
attempt(branch.split, "1a2b3")
attempt(branch.sub, lambda m: "<%s>" % m["x"], "xaby")
attempt(branch.subn, "-", "aaa", 2)
attempt(branch.findall, b"a")
m = branch.search("--a")
print(m, m.span("x"), m.lastgroup, m.regs, m.groupdict(), branch)
attempt(m.group, "y")
attempt(_sre.compile, "", 0, [7, 3], 0, {}, ())


# Rows over several lines, quotes inside quotes, what is quoted and what isn't.
print(list(_csv.reader(['a,"b\n', 'c""d",e', "", "1 , 2"])))
print(list(_csv.reader(['"",,1.5'], quoting=_csv.QUOTE_STRINGS)))
attempt(lambda: list(_csv.reader(['"a"b'], strict=True)))
attempt(_csv.Dialect, delimiter="ab")


class File:
    def write(self, text):
        return text


for row in (["a,b", 'c"', None, 1.5], [""], ["x\ny", " "]):
    attempt(_csv.writer(File()).writerow, row)
attempt(_csv.writer(File(), quoting=_csv.QUOTE_NONE).writerow, ["a,b"])

# Strings of JSON.
attempt(_json.encode_basestring_ascii, 'a"\n\x7fé\U0001f600')
attempt(_json.encode_basestring, 'a"\n\x7fé')
attempt(_json.scanstring, 'a\\u00e9\\ud83d\\ude00" rest', 0)

# Characters now and as of Unicode 3.2.
old = unicodedata.ucd_3_2_0
for c in "é½한\u20bf\u0300":
    print(ascii(c), unicodedata.category(c), old.category(c), unicodedata.decomposition(c), unicodedata.name(c, None))
print(ascii(unicodedata.normalize("NFKD", "ﬁé한")), unicodedata.is_normalized("NFC", "e\u0301"))
attempt(unicodedata.lookup, "no such character")
