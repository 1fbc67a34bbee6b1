# Native functions call small Python functions: results, errors with their frames, what changes meanwhile, deaths.
import functools
import traceback

class P:
    kind = "class"
    def __init__(self, a, b):
        self.a = a
        self.b = b
    def __lt__(self, other):
        return self.a < other.a
    def __eq__(self, other):
        return self.a == other.a and self.b == other.b
    def __hash__(self):
        return hash((self.a, self.b))
    @property
    def doubled(self):
        return self.a * 2

class Slotted:
    __slots__ = ("x",)

points = [P(i * 7 % 11, str(i)) for i in range(40)]
for _ in range(30):
    order = sorted(points)
    names = [p.b for p in sorted(points, key=lambda p: (p.a, p.b))]
print([p.a for p in order][:12], names[:5])
print(points.index(P(7, "1")), P(7, "1") in points, len(set(points)), {P(0, "0"): 1}[P(0, "0")])
counts = {"a": 3, "b": 1, "c": 2}

def keyed(weights):
    return lambda name: weights[name]

def by_table(name):
    return counts[name]

for _ in range(30):
    assert sorted("abc", key=keyed(counts)) == sorted("abc", key=by_table) == ["b", "c", "a"]
    assert max("abc", key=keyed(counts)) == "a" and min([3, -5, 4], key=lambda x: -x) == 4
    assert list(map(lambda s: len(s), ["", "ab"])) == [0, 2]
    assert sorted(["b", "A"], key=lambda s: s.lower()) == ["A", "b"]
    assert list(filter(lambda x: x % 2 == 0, range(7))) == [0, 2, 4, 6]
    assert functools.reduce(lambda a, b: a if a > b else b, [1, 5.5, 3]) == 5.5
    assert list(map(lambda p: p.kind, points[:2])) == ["class", "class"]
    assert list(map(lambda p: not p, [0, 1, None, "", "x", [], ()])) == [True, False, True, True, False, True, True]

# Errors have the callbacks' frames.
def failing(key, items):
    try:
        list(map(key, items))
    except Exception as e:
        print(type(e).__name__, e, [f.name for f in traceback.extract_tb(e.__traceback__)])

for _ in range(20):
    list(map(by_table, "abcabc"))
failing(by_table, "abx")
failing(keyed(counts), "abx")
failing(lambda p: p.missing, points)
failing(lambda t: t[2], [(1, 2, 3), (1, 2)])
failing(lambda x: x // 0, [1])
failing(lambda x: len(x), ["a", 5])
slotted = Slotted()
slotted.x = 1
for _ in range(20):
    list(map(lambda s: s.x, [slotted] * 3))
def member(s):
    return s.x
for _ in range(20):
    list(map(member, [slotted] * 3))
del slotted.x
failing(member, [slotted])

# What the functions see may change.
for i in range(200):
    if i == 150:
        counts["a"] = 0
    if i == 170:
        P.kind = "changed"
    got = (min("abc", key=by_table), list(map(lambda p: p.kind, points[:1])))
print(got)
P.__lt__ = lambda self, other: self.a > other.a
print([p.a for p in sorted(points)][:5])
def replaced(p):
    return p.a
for _ in range(100):
    list(map(replaced, points))
replaced.__code__ = (lambda p: p.doubled).__code__
print(list(map(replaced, points))[:4])
len = lambda s: "mine"
print(list(map(lambda s: len(s), ["ab"])))

# Callbacks that change what is sorted.
items = [3, 1, 2]
def changing(x):
    items.append(x)
    return x
try:
    items.sort(key=changing)
except ValueError as e:
    print(e, items)

# Deep recursion through native code ends.
class Deep:
    def __lt__(self, other):
        return sorted([self, other])[0] is self
try:
    sorted([Deep(), Deep()])
except RecursionError as e:
    print(type(e).__name__)

# Objects die when they did.
class Loud:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        print("dies", self.n)

print(list(map(lambda o: o.n, (Loud(i) for i in range(3)))))
print(max((Loud(i) for i in range(3)), key=lambda o: -o.n).n)
