import sys, types, collections
def run(coro):
    n = 0
    try:
        while True:
            coro.send(None); n += 1
    except StopIteration as e:
        return e.value, n
@types.coroutine
def switch(v=None):
    x = yield v
    return x
async def agen(k):
    for i in range(k):
        yield i
async def agen_aw(k):
    try:
        for i in range(k):
            await switch()
            yield i
            x = yield i + 100
    finally:
        log[0] += 1
log = [0]
async def t_for(n):
    s = 0
    async for x in agen(n): s += x
    for i in range(n):
        async for x in agen(3): s += x
    return s
async def t_for_aw(n):
    s = 0
    for i in range(n):
        async for x in agen_aw(3): s += x
    return s, log[0]
async def t_break(n):
    s = 0
    for i in range(n):
        g = agen(5)
        async for x in g:
            s += x
            if x == 2: break
        await g.aclose()
    return s
async def t_comp(n):
    s = 0
    for i in range(n):
        s += sum([x async for x in agen(4) if x & 1])
    return s
async def relay(k):
    async for x in agen(k):
        yield x * 2
async def t_relay(n):
    s = 0
    for i in range(n):
        async for x in relay(3): s += x
    return s
async def bad(k):
    for i in range(k):
        yield i
    raise KeyError(k)
async def bad2():
    yield 1
    raise StopAsyncIteration
async def t_raise(n):
    s = 0; msg = None
    for i in range(n):
        try:
            async for x in bad(2): s += x
        except KeyError as e:
            s += e.args[0]
            ln = []
            tb = e.__traceback__
            while tb: ln.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
        try:
            async for x in bad2(): s += x
        except RuntimeError as e:
            msg = str(e), type(e.__cause__).__name__
    return s, ln, msg, sys.exception()
class A:
    def __init__(self, n): self.i, self.n = 0, n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.i == self.n: raise StopAsyncIteration
        self.i += 1
        return self.i
async def t_class(n):
    s = 0
    async for x in A(n): s += x
    for i in range(n):
        async for x in A(2): s += x
    return s
class M:
    d = 0
    async def __aenter__(self):
        self.d += 1
        await switch()
        return self
    async def __aexit__(self, t, e, tb):
        self.d -= 1
        return t is KeyError
class M2:
    d = 0
    async def __aenter__(self):
        self.d += 1
        return self.d
    async def __aexit__(self, t, e, tb):
        self.d -= 1
        return t is KeyError
async def t_with(n):
    s = 0; m = M(); k = M2()
    for i in range(n):
        async with m as q:
            s += q.d
        async with k as d:
            s += d
            if i % 3 == 0: raise KeyError
        try:
            async with k as d:
                if i % 5 == 0: raise IndexError(i)
        except IndexError as e:
            s += e.args[0]
    return s, m.d, k.d
class Fut:
    def __await__(self):
        x = yield self
        return x
class Now:
    def __await__(self):
        return 5
        yield
async def t_await(n):
    s = 0
    for i in range(n):
        await Fut()
        s += await Now()
        s += (await switch(3)) is None
    return s
async def t_asend(n):
    async def acc():
        t = 0
        while True:
            t += (yield t) or 0
    g = acc()
    await g.asend(None)
    for i in range(n):
        r = await g.asend(i)
    try:
        await g.athrow(ValueError(7))
    except ValueError as e:
        r = r, e.args
    return r
async def t_running(n):
    async def g():
        try:
            await h.__anext__()
        except RuntimeError as e:
            yield str(e)
    r = None
    for i in range(n):
        h = g()
        async for x in h: r = x
    return r
async def t_reuse(n):
    k = 0
    for i in range(n):
        g = agen(2)
        a = g.__anext__()
        k += await a
        try: await a
        except RuntimeError as e: msg = str(e)
    return k, msg
async def t_anext(n):
    k = 0
    for i in range(n):
        g = agen(2)
        k += await anext(g) + await anext(g) + await anext(g, 9)
        try: await anext(g)
        except StopAsyncIteration as e: k += len(e.args) + 1
    return k
def t_star(n):
    s = 0; q = []
    for i in range(n):
        try:
            if i % 3 == 0: raise ExceptionGroup("x", [ValueError(i), KeyError(i)])
            if i % 3 == 1: raise TypeError(i)
        except* ValueError as g:
            s += g.exceptions[0].args[0]
            q.append(len(sys.exception().exceptions))
        except* (KeyError, TypeError) as g:
            s += g.exceptions[0].args[0] * 2
            q.append(type(sys.exception()).__name__)
    try:
        for i in range(n):
            try:
                raise ExceptionGroup("y", [ValueError(i), OSError(i)])
            except* ValueError:
                pass
    except ExceptionGroup as e:
        r = e.exceptions
    return s, len(q), q[:4], r, sys.exception()
def hooked(n):
    seen = [0]
    old = sys.get_asyncgen_hooks()
    def first(g): seen[0] += 1
    sys.set_asyncgen_hooks(firstiter=first)
    r = run(t_for(n))
    sys.set_asyncgen_hooks(*old)
    return r, seen
N = 300
for f in (t_for, t_for_aw, t_break, t_comp, t_relay, t_raise, t_class, t_with, t_await, t_asend, t_running, t_reuse, t_anext):
    print(f.__name__, run(f(N)))
print(t_star(N))
print(hooked(N))
