import _codecs

table = "".join(map(chr, range(128))) + "\ufffe" * 126 + "é€"
encoding = _codecs.charmap_build(table)


def attempt(f, *arguments):
    try:
        print(ascii(f(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


for errors in ("strict", "ignore", "replace", "backslashreplace", "surrogateescape", "xmlcharrefreplace"):
    attempt(_codecs.charmap_decode, b"a\x80\xfe\xff", errors, table)
    attempt(_codecs.charmap_encode, "a\u1234\u1235é€\udc80", errors, encoding)
attempt(_codecs.charmap_decode, b"ab", "strict", {97: "xy", 98: 0x20AC})
attempt(_codecs.charmap_encode, "ab", "strict", {97: b"xyz", 98: 300})
attempt(_codecs.utf_7_decode, _codecs.utf_7_encode("a+é€")[0])
attempt(_codecs.utf_16_ex_decode, b"\xfe\xff\0a")
attempt(_codecs.escape_encode, b"a'\n\xff")
