# The bytes of pickles at all protocols: batches, frames, memo, recursion, reductions, names, hooks, buffers.
import _pickle, copyreg, enum, io, pickle, sys


class Plain: pass
class Slotted: __slots__ = ("a", "b")
class Rows(list): pass
class Table(dict): pass
class Number(int): pass
class Colour(enum.Enum): RED = 1
class Made:
    def __new__(cls, *arguments, **keywords):
        self = object.__new__(cls)
        self.given = arguments, keywords
        return self
    def __getnewargs_ex__(self): return self.given
class Outer:
    class Inner: pass
    def method(self): pass


def summary(data):
    text = repr(data) if len(data) < 150 else f"{len(data)} bytes, sum {sum(data)}, {data[:30]!r}"
    return text


def show(name, v):
    for protocol in range(6):
        data = _pickle.dumps(v, protocol)
        print(name, protocol, summary(data))
        again = _pickle.loads(data)
        assert type(again) is type(v) and len(_pickle.dumps(again, protocol)) == len(data), name


show("atoms", [None, True, False, ..., NotImplemented, 1.5, -0.0, 1e300])
show("ints", [0, 255, 256, 65535, 65536, -1, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**62, -2**63, 2**64, -(255 << 1000)])
show("str", ["", "a", "a" * 255, "b" * 256, "é", "€", "\U0001f600", "\ud800", "\\\n\r\0\x1a"])
show("bytes", [b"", b"a", b"b" * 255, b"c" * 256, bytearray(b""), bytearray(b"\xff")])
show("tuples", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)])
for n in (0, 1, 2, 999, 1000, 1001, 1002, 2000, 2001):
    show(f"list of {n}", list(range(n)))
    show(f"dict of {n}", dict.fromkeys(range(n)))
    show(f"rows of {n}", Rows(range(n)))
    show(f"table of {n}", Table.fromkeys(range(n)))
show("sets", [set(), {1}, frozenset(), frozenset([2])])
show("large", ["x" * 70000, b"y" * 70000, list(range(30000)), "z" * 65535])
show("names", [int, len, type(None), type(...), ValueError, dict.fromkeys, Outer.Inner, Outer.method, range, sys.intern])
p, s, t = Plain(), Slotted(), ([],)
p.me, p.x, s.a = p, "x", 1
t[0].append(t)
f = Plain(); f.set = frozenset([f])
show("plain", p)
show("recursive tuple", t)
show("recursive set", f)
show("made", [Made(), Made(1), Made(1, k=2)])
show("others", [Number(5), Colour.RED, complex(1, 2), slice(1, 2), range(3), ValueError("a", 1)])
for protocol in range(2, 6):
    print("slots", _pickle.dumps(s, protocol), _pickle.loads(_pickle.dumps(s, protocol)).a)

copyreg.add_extension(__name__, "Plain", 300)
print(_pickle.dumps(Plain, 2), _pickle.loads(_pickle.dumps(Plain, 2)) is Plain)
copyreg.remove_extension(__name__, "Plain", 300)


class Hooked(_pickle.Pickler):
    dispatch_table = {complex: lambda c: (complex, (c.real, c.imag))}
    def persistent_id(self, v): return "outside" if v is Plain else None
    def reducer_override(self, v): return (str, ("overridden",)) if v is len else NotImplemented
class Unhooked(_pickle.Unpickler):
    def persistent_load(self, key): return key
    def find_class(self, module, name): return super().find_class(module, name)


for protocol in range(6):
    file = io.BytesIO()
    Hooked(file, protocol).dump([Plain, len, 1j, Plain, int])
    print(file.getvalue(), Unhooked(io.BytesIO(file.getvalue())).load())


class Chunks(list): write = list.append


chunks = Chunks()
pickler = _pickle.Pickler(chunks)
pickler.dump(["a" * 1000 + str(i) for i in range(200)] + ["b" * 70000])
print([len(chunk) for chunk in chunks])
pickler.dump("c")
print(chunks[-1], len(pickler.memo.copy()))
pickler.clear_memo()
print(pickler.memo.copy(), pickler.bin, pickler.fast)
pickler.fast = 1
pickler.dump([[], "d", "d"])
print(chunks[-1])

buffers = []
data = _pickle.dumps([pickle.PickleBuffer(b"abc"), pickle.PickleBuffer(bytearray(b"de"))], 5, buffer_callback=buffers.append)
print(data, [bytes(b) for b in _pickle.loads(data, buffers=buffers)])
print(_pickle.dumps(pickle.PickleBuffer(b"abc"), 5), _pickle.dumps(pickle.PickleBuffer(bytearray(b"de")), 5))

file = io.BufferedReader(io.BytesIO(_pickle.dumps([1, "x"], 0) + _pickle.dumps({2: b"y"}) + b"rest"))
print(_pickle.load(file), _pickle.load(file), file.read())
unpickler = _pickle.Unpickler(io.BytesIO(_pickle.dumps("one") + _pickle.dumps(["two"])))
print(unpickler.load(), unpickler.load(), unpickler.memo.copy())
