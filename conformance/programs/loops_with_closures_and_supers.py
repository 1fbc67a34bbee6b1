import functools
def counter():
    c = 0
    def inc(k, step=1, *, bias=2):
        nonlocal c
        c += k * step + bias
        return c
    return inc
def mk(n):
    t = 0
    for i in range(n):
        def f(a, b=i): return a + b
        g = lambda x, k=3: x * k + i
        t += f(1) + g(2) + f(2, 3)
        inc = counter()
        t += inc(i) + inc(i, step=2) + inc(1, bias=5)
    return t
class Base:
    total = 0
    def __init__(self, x): self.x = x
    def get(self): return self.x
    @classmethod
    def make(cls, x): return cls(x)
    @staticmethod
    def twice(x): return x * 2
    def bump(self): Base.total += self.x; return self.x
class Derived(Base):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
    def get(self): return super().get() + self.y
    @classmethod
    def make(cls, x): return cls(x, x + 1)
    @property
    def both(self): return self.x + self.y
    @both.setter
    def both(self, v): self.x = v; self.y = v
class Ctx:
    def __init__(self): self.n = 0
    def __enter__(self): self.n += 1; return self
    def __exit__(self, a, b, c): self.n += 2; return False
def run(n):
    t = 0; c = Ctx()
    for i in range(n):
        d = Derived(i, 2)
        t += d.get() + d.both
        d.both = 3
        t += d.get() + d.twice(4) + Derived.twice(5) + Base.twice(6)
        e = Derived.make(i); t += e.get()
        e = d.make(i); t += e.get()
        b = Base.make(4); t += b.get()
        m = d.get; t += m()
        t += d.bump()
        with c as k: t += k.n
        sup = super(Derived, d)
        t += sup.get()
        del d, e, b
    return t, Base.total, c.n
class Hook:
    def __init__(self): self.real = 4
    def __getattr__(self, name):
        if name == 'bad': raise AttributeError(name)
        return len(name)
    def __setattr__(self, name, v): self.__dict__[name] = v
def hook(n):
    h = Hook(); t = 0
    for i in range(n):
        t += h.abc + h.real + h.abcdef
        h.real = i
        try: h.bad
        except AttributeError: t += 1
    return t
print(mk(2000)); print(run(3000)); print(hook(2000))
