# What can't be pickled, with notes on where it was, and pickles that are wrong: nothing worse than an exception.
import _pickle, io, re


class Bad:
    def __init__(self, reduction): self.reduction = reduction
    def __reduce_ex__(self, protocol): return self.reduction
class Raises:
    def __reduce__(self): raise KeyError("no")


def attempt(f, *arguments):
    try:
        return repr(f(*arguments))
    except Exception as e:
        notes = getattr(e, "__notes__", [])
        return re.sub("0x[0-9a-f]+", "ADDRESS", f"{type(e).__name__}: {e} {notes}")


for v in (
    Bad([1]), Bad((1,)), Bad((1, ())), Bad((int, [])), Bad((int, (), None, 1)), Bad((int, (), None, None, 1)),
    Bad((int, (), 1, None, None, 1)), Bad("missing"), Bad("Bad"), Bad("a.<locals>.b"), lambda: 0,
    [1, {"key": (Raises(),)}], {Raises(): 1}, {1, 2, Raises()}, frozenset([Raises()]), Bad((int, (Raises(),))),
    Bad((int, (), Raises())), Bad((list, (), None, iter([1, Raises()]))), Bad((dict, (), None, None, iter([(1,)]))),
    Bad((Bad.__new__, (Bad,), None, None, None, Raises())), iter(lambda: 1, 2) and (x for x in ()),
):
    for protocol in (0, 2, 5):
        print(protocol, attempt(_pickle.dumps, v, protocol))

deep = []
for _ in range(200_000):
    deep = [deep]
try:
    _pickle.dumps(deep)
except RecursionError as e:
    print("RecursionError", str(e).endswith("while pickling an object"))
while deep:
    deep = deep[0]
loaded = _pickle.loads(b"(" * 50_000 + b"l" * 50_000 + b".")
while loaded:
    loaded = loaded[0]

pickler = _pickle.Pickler(io.BytesIO())
for wrong in (None, {1: 2}, {1: (1, 2, 3)}):
    print(attempt(setattr, pickler, "memo", wrong))
    print(attempt(setattr, _pickle.Unpickler(io.BytesIO()), "memo", wrong))
print(attempt(_pickle.Pickler, 1), attempt(_pickle.Unpickler, 1), attempt(_pickle.dumps, 1, 6))
print(attempt(_pickle.Pickler.__new__(_pickle.Pickler).dump, 1))
print(attempt(_pickle.Unpickler.__new__(_pickle.Unpickler).load))

for data in (
    b"", b"N", b".", b"0", b"1", b"2", b"R", b")R", b"a", b"Na.", b"b", b"Nb", b"e", b"(e", b"o", b"(o", b"p1\n", b"q\0",
    b"s", b"Ns", b"u", b"}(Nu.", b"(Nd.", b"\x81", b")\x81", b"\x85", b"N\x86", b"\x90", b"\x93", b"\x94", b"N(.", b"N(2",
    b"I0x1\n.", b"Ix\n.", b"I\n.", b"I01\n.", b"I+1\n.", b"I1_0\n.", b"L5L\n.", b"Lx\n.", b"F1.5\n.", b"Fx\n.", b"F1x\n.", b"F1e400\n.",
    b"S'a\\x41'\n.", b"S'a\n.", b"S'\\x4'\n.", b"Va\\u0041\n.", b"g0\n.", b"h\x05.", b"Np-1\n.", b"\x80\x06.", b"T\xff\xff\xff\xff.",
    b"X\xff\xff\xff\xffabc.", b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", b"\x8b\xff\xff\xff\xff.",
    b"\x82\x01.", b"\x82\x00.", b"P1\n.", b"P\xff\n.", b"NQ.", b"\x97.", b"N\x98.", b"cnope\nx\n.", b"cmath\nnope\n.",
    b"\x80\x04cmath\npi.real\n.", b"\x80\x04\x8c\x04math\x8c\x07pi.nope\x93.", b"\x80\x02c__builtin__\nxrange\n.", b"N\x8c\x03log\x93.",
    b"cbuiltins\nlen\n)\x81.", b"cbuiltins\nint\nN\x81.", b"cbuiltins\nint\n)N\x92.", b"cbuiltins\nint\nNR.", b"N)R.",
    b"cbuiltins\nobject\n)\x81]b.", b"cbuiltins\nobject\n)\x81N]\x86b.", b"NN(NNe.", b"N(NNu.", b"N(N\x90.", b"(](l.", b"\xff", b"'",
    b"\x80\x04\x95\x06\0\0\0\0\0\0\0Vhelloworld\n.", b"\x80\x04\x95\x0c\0\0\0\0\0\0\0N\x95\0\0\0\0\0\0\0\0NN.",
):
    results = {attempt(_pickle.loads, data), attempt(_pickle.load, io.BytesIO(data)), attempt(_pickle.load, io.BufferedReader(io.BytesIO(data)))}
    print(data, *sorted(results))
