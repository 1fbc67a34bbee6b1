def f():
    try:
        raise ExceptionGroup('g', [ValueError(1), TypeError(2)])
    except* ValueError as e:
        log.append(1)
    except* TypeError as e:
        log.append(2)
log = []
f()
a, b = log
assert a == 1 and b == 2
# ---
def f(n):
    while n:
        n -= 1
        if n == 3:
            break
    else:
        return 'else'
    return n
assert f(10) == 3
assert f(2) == 'else'
# ---
def f():
    try:
        return 1
    finally:
        log.append('f')
log = []
assert f() == 1
a, = log
assert a == 'f'
# ---
def f(x):
    global G
    G = x
    if (y := x + 1) > 2:
        return y
f(5)
assert G == 5
del G
try:
    G
except NameError as e:
    assert e.args[0] == "name 'G' is not defined"
else:
    assert False
# ---
def deco(f):
    def w(*a, **k):
        return f(*a, **k) + 1
    return w
@deco
def g(a, *, b=3):
    return a + b
assert g(1) == 5
assert g(1, b=7) == 9
# ---
class Meta(type):
    def __new__(m, name, bases, ns, **kw):
        c = super().__new__(m, name, bases, ns)
        c.kw = kw
        return c
class A(metaclass=Meta, z=4): pass
assert (lambda z: z)(**A.kw) == 4
# ---
def f():
    try:
        1 / 0
    except ZeroDivisionError:
        try:
            raise
        except ZeroDivisionError as e:
            return e.__context__ is None
assert f()
try:
    raise
except RuntimeError as e:
    assert e.args[0] == 'No active exception to reraise'
# ---
class AI:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3:
            raise StopAsyncIteration
        return self.n
class CM:
    async def __aenter__(self): return 5
    async def __aexit__(self, *a): return True
async def ag():
    yield 1
    yield 2
async def main():
    t = 0
    async for x in AI():
        t += x
    async with CM() as v:
        t += v
        raise ValueError
    async for y in ag():
        t += y
    return t
try:
    main().send(None)
except StopIteration as e:
    assert e.value == 14
# ---
def f(a, b): return a - b
total = 0
for i in (1, 2, 3, 4):
    total += f(*(i, 1)) + f(b=1, a=i)
assert total == 12
fs = [lambda k=k: k for k in (1, 2, 3)]
a, b, c = fs
assert a() == 1 and c() == 3
# ---
def deep(n):
    if n == 0:
        raise ValueError('deep')
    try:
        deep(n - 1)
    finally:
        count.append(n)
count = []
try:
    deep(50)
except ValueError as e:
    n = 0
    t = e.__traceback__
    while t is not None:
        n += 1
        t = t.tb_next
assert n == 52
# ---
big = 1
i = 0
while i < 100:
    big *= 2
    i += 1
assert big == 1 << 100
assert (big >> 98) == 4
assert 7 // -2 == -4 and 7 % -2 == -1 and 2 ** 10 == 1024 and 7 / 2 == 3.5
assert -5 // 2 == -3 and 1 < 2 < 3 and not (3 < 2)
# ---
def f(n):
    s = ''
    i = 0
    keep = s
    while i < n:
        t = s
        s += 'ab'
        s = s + s
        s = 'x' + s
        i += 1
    return s, t, keep
s, t, keep = f(2)
assert f'{s}|{t}|{keep}' == 'xxababab' + 'xababab|xabab|'
# ---
class Node:
    def __init__(self, n):
        self.me = self
        self.n = n
kept = Node(-1)
i = 0
while i < 20000:
    Node(i)
    i += 1
assert kept.me.n == -1
