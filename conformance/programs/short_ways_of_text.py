# csv, formatting, splitting and searching have short ways for plain text: the same results as the long ones.
import csv
import io
import random
import zlib
r = random.Random(3)
acc = []
for i in range(4000):
    x = r.choice([r.random(), r.random()*10**r.randrange(-5,16), r.randrange(10**6)/8, -r.random()*100, 0.0, -0.0, 0.5, 2.5, 1e15+0.5])
    p = r.randrange(0, 23)
    acc.append(f"{x:.{p}f}"); acc.append("%.*f" % (p, x)); acc.append("{:10.3f}|{}|{:>5}".format(x, i, "ab"))
print(len("".join(acc)), zlib.crc32("".join(acc).encode()))
print("{0} {1!r} {a[0]} {b.real} {{}}".format("x", "y", a=[5], b=3))
print("{}{}{}".format(-5, "é€", 10**30), "{:{w}}|".format("a", w=5), "{}".format(True), "{}".format(-0))
rows = [["a", 'b"c', "d,e", "", " f", "g\nh", "é", "€uro", None, 1.5, 3], ["", ""], [""], ["x"], ['"'], ["a b", "'q'"]]
for kw in [{}, {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_NONNUMERIC}, {"delimiter": ";"}, {"quotechar": "'"}, {"doublequote": False, "escapechar": "\\"}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"skipinitialspace": True}, {"lineterminator": "X\n"}]:
    o = io.StringIO()
    w = csv.writer(o, **kw)
    for row in rows:
        try: w.writerow(row)
        except csv.Error as e: print(e)
    t = o.getvalue(); print(repr(t))
    kw.pop("lineterminator", None)
    try: print(list(csv.reader(io.StringIO(t, newline=""), **kw)))
    except (csv.Error, ValueError) as e: print(type(e), e)
for line in ['a,"b",c', 'a,"b"x,c', 'a,"b""c",d', '"a","b"', '"a', 'a,', ',', '""', '"",""', 'a,"b" ,c', '"a"b', ' "a",b', 'a;b', "a\rb", 'a,b\r\n', '"x"\n', '€,"é,ü",ü']:
    for kw in [{}, {"strict": True}, {"skipinitialspace": True}, {"quoting": csv.QUOTE_NONE}, {"quoting": csv.QUOTE_NOTNULL}, {"escapechar": "b"}]:
        try: print(list(csv.reader([line], **kw)))
        except csv.Error as e: print(e)
csv.field_size_limit(3)
try: print(list(csv.reader(["ab,abcd,e"])))
except csv.Error as e: print(e)
try: print(list(csv.reader(['ab,"abcd",e'])))
except csv.Error as e: print(e)
print(b"".hex(), b"\x00\xff".hex(), b"abc".hex("-"), "aXbXXc".replace("XX", "-"), "ab" * 60 + "XXb", ("ab" * 60).count("ba"), "a::b::c".split("::"), "x".count("xx"), "aaaa".replace("aa", "b"), b"a--b".split(b"--"), b"aXX".replace(b"XX", b"y"))
for f in [lambda: b"a".find(b"a", x=1), lambda: b"a".startswith(b"a", y=2), lambda: "a".find("b", q=1), lambda: bytearray(b"a").find(b"a", x=1)]:
    try: f()
    except TypeError as e: print(e)
