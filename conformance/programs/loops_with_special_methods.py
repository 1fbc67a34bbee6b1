class Vec:
    def __init__(self, x, y): self.x = x; self.y = y
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return Vec(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return Vec(self.x * k, self.y * k)
    def __rmul__(self, k): return Vec(self.x * k, self.y * k)
    def __iadd__(self, o): self.x += o.x; self.y += o.y; return self
    def __neg__(self): return Vec(-self.x, -self.y)
    def __eq__(self, o): return self.x == o.x and self.y == o.y
    def __lt__(self, o): return self.x < o.x
    def __bool__(self): return self.x != 0
    def __len__(self): return 2
    def __getitem__(self, i): return self.x if i == 0 else self.y
    def __setitem__(self, i, v):
        if i == 0: self.x = v
        else: self.y = v
    def __contains__(self, v): return v == self.x or v == self.y
    def __call__(self, k, extra=1): return self.x * k + extra
    @property
    def norm(self): return self.x * self.x + self.y * self.y
    @property
    def first(self): return self.x
    @first.setter
    def first(self, v): self.x = v
    def __repr__(self): return f"Vec({self.x}, {self.y})"
class Count:
    def __init__(self, n): self.n = n; self.i = 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n: raise StopIteration
        self.i += 1
        return self.i
class Odd:
    def __add__(self, o): return NotImplemented if o is None else 5
    def __radd__(self, o): return 7
    def __eq__(self, o): return NotImplemented
    def __getattr__(self, name): return len(name)
class Sub(Vec): pass

def run(n):
    v = Vec(1, 2); acc = Vec(0, 0); t = 0
    d = Vec(3, 4)
    for i in range(n):
        w = v + d
        w = w - v
        acc += w
        w = 2 * w
        w = w * 3
        w = -w
        if w == v: t += 1000
        if w != v: t += 1
        if v < d: t += 2
        if not v: t += 5
        if v: t += 1
        t += len(v) + v[0] + v[1]
        v[i & 1] = i & 7
        if 3 in v: t += 11
        if 3 not in v: t += 12
        c = 3 in v
        t += c
        t += v(2) + v(2, extra=5) + v.norm
        v.first = v.first + 1
        for k in Count(3): t += k
        v.x &= 15
        e = v == d
        t += e
        t += bool(v)
    return t, acc, v
def odd(n):
    o = Odd(); p = Odd(); t = 0
    for i in range(n):
        t += (o + 1) + (1 + o)
        try:
            if i % 50 == 0: t += o + None
        except TypeError as e:
            t += len(str(e))
        if o == p: t += 1
        if o != p: t += 2
        if o == o: t += 3
        t += o.abc + o.hello
    return t
print(run(3000))
print(odd(3000))
def sub(n):
    a = Vec(1, 2); b = Sub(1, 3); t = 0
    for i in range(n):
        c = a + b
        t += c.x
        if a == b: t += 1
        if b < a: t += 2
        if i == n - 5: Vec.__add__ = lambda self, o: Vec(100, 100)
    return t
print(sub(3000))
class BadLen:
    def __init__(self): self.v = 3
    def __len__(self): return self.v
    def __bool__(self): return self.b
def bad(n):
    o = BadLen(); t = 0; o.b = True
    for i in range(n):
        if i == n - 10: o.v = -1
        if i == n - 5: o.b = 5
        try:
            t += len(o)
        except ValueError as e:
            t += 1; s = str(e)
        try:
            if o: t += 3
        except TypeError as e:
            s += str(e)
    return t, s
print(bad(2000))
