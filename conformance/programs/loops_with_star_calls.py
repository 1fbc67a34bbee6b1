def f(a, b=2, *, c=3, d=4): return a + b * c - d
def g(*args, **kw): return len(args) + kw.get("k", 1)
def h(fn, *args, **kw): return fn(*args, **kw)
def k(a, /, *rest, z=1, **kw): return a + sum(rest) + z + len(kw)
class P:
    def __init__(self, *a, **kw): self.a = a; self.kw = kw
    def m(self, x, y=1, *r): return x + y + len(r)
def deco(fn):
    def w(*a, **k): return fn(*a, **k)
    return w
@deco
def add(a, b): return a + b
@deco
def kw2(a, **k): return a + sum(k.values()) + len(str(list(k)))
def run(n):
    t = 0; args = (1, 2); d = {'c': 5}
    for i in range(n):
        t += f(i); t += f(i, 3, d=1); t -= f(a=i, c=1, b=i & 3)
        t += g(i, i, k=i & 7) + g() + g(1, 2, 3)
        t += h(f, 1, d=i & 1) + h(f, 1) + h(g, *args, k=3)
        t += f(*args, **d) + k(1, 2, 3, z=4) + k(1, q=2) + k(*args)
        p = P(i, 2, x=3); t += len(p.a) + p.kw['x'] + p.m(1) + p.m(1, 2, 3, 4) + p.m(*args)
        t += add(i, 1) + add(a=1, b=i) + kw2(1, x=i & 3) + kw2(1, x=1, y=2)
        if i == n - 5: d = {'d': 1}
        if i == n - 3: args = (1,)
        try: t += f(*args, z=1)
        except TypeError as e: t += len(str(e))
    return t
print(run(2000))
