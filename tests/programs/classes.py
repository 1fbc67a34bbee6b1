class A:
    k = 3
    def __init__(self, x):
        self.x = x
    def get(self):
        return self.x + self.k
    @property
    def p(self):
        return self.x
class B(A):
    def __init__(self, x):
        super().__init__(x)
        self.y = 2
    def get(self):
        return super().get() + self.y
total = 0
for v in (B(1), A(2), B(3)):
    total = total + v.get() + v.p
assert total == 25
# ---
class P:
    __slots__ = ('a', 'b')
    __match_args__ = ('a', 'b')
    def __init__(self, a, b):
        self.a = a
        self.b = b
def m(v):
    match v:
        case P(1, b): return b
        case P(a=2): return 'two'
        case _: return None
assert m(P(1, 5)) == 5
assert m(P(2, 0)) == 'two'
assert m(4) is None
# ---
a, (b, *c) = 1, (2, 3, 4)
x, y = c
assert a == 1 and b == 2 and x == 3 and y == 4
d = {'a': 1, **{'b': 2}}
assert (lambda a, b: a == 1 and b == 2)(**d)
l = [*c, 5]
x, y, z = l
assert x == 3 and z == 5
assert f'{a}-{b!r}' == '1-2'
# ---
s = 0.0
n = 0
i = 0
while i < 1000:
    s += i * 0.5
    n = n * 3 % 1000003 + i
    i += 1
assert s == 249750.0
assert i == 1000
# ---
import builtins
kept = builtins.set, builtins.slice
builtins.set = builtins.slice = None
made = {1, 2}, [1, 2, 3][0:2]
builtins.set, builtins.slice = kept
assert made == ({1, 2}, [1, 2])
