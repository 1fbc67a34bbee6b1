import sys, collections
from contextlib import contextmanager, suppress
def acc():
    t = 0
    while True:
        x = yield t
        t += x
def t_send(n):
    g = acc(); next(g)
    for i in range(n): r = g.send(i)
    s = g.send
    for i in range(n): r = s(1)
    return r
def cnt(k):
    for i in range(k): yield i
    return k * 2
def t_next(n):
    s = 0; e = []
    for i in range(n):
        g = cnt(3)
        try:
            while True: s += next(g)
        except StopIteration as x:
            s += x.value
            e.append(x.args)
    return s, e[-1], sys.exception()
def t_default(n):
    s = 0
    for i in range(n):
        s += next((x for x in (1, 2, 3) if x > 2), 0)
        s += next((x for x in (1, 2, 3) if x > 5), 7)
        g = cnt(1)
        s += next(g, -1) + next(g, -1) + next(g, -1)
    return s
def thrower():
    n = 0
    while True:
        try:
            yield n
        except ValueError as e:
            n += e.args[0]
        except KeyError as e:
            try:
                raise TypeError(n)
            except TypeError as t:
                n += t.__context__ is e
def t_throw(n):
    g = thrower(); next(g)
    for i in range(n):
        r = g.throw(ValueError(i))
        r = g.throw(KeyError(i))
    return r
def once():
    yield 1
def t_throw_out(n):
    k = 0
    for i in range(n):
        g = once(); next(g)
        try:
            g.throw(OSError(i))
        except OSError as e:
            k += e.args[0]
            ln = []
            tb = e.__traceback__
            while tb: ln.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
    return k, ln, g.gi_frame, g.gi_running
@contextmanager
def cm(log):
    log[0] += 1
    try:
        yield log
    except KeyError as e:
        log[1] += e.args[0]
    finally:
        log[2] += 1
def t_cm(n):
    log = [0, 0, 0]
    for i in range(n):
        with cm(log) as l:
            if i % 3 == 1: raise KeyError(i)
            l[0] += 1
    for i in range(n):
        try:
            with cm(log) as l:
                if i % 3 == 1: raise IndexError(i)
                l[0] += 1
        except IndexError as e:
            log[1] += e.args[0]
            ln = []
            tb = e.__traceback__
            while tb: ln.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
    return log, ln
def t_tramp(n):
    out = [0]
    async def task(k):
        for i in range(k):
            await sw()
            out[0] += i
    class sw:
        def __await__(self):
            x = yield self
            return x
    q = collections.deque(task(n // 10) for _ in range(10))
    while q:
        t = q.popleft()
        try:
            t.send(None)
        except StopIteration:
            continue
        q.append(t)
    return out
def running():
    g = yield
    while True:
        try:
            next(g)
        except ValueError as e:
            yield str(e)
def t_running(n):
    g = running(); next(g)
    r = g.send(g)
    for i in range(n):
        r = next(g)
    return r
def t_nonstart(n):
    k = 0
    for i in range(n):
        g = cnt(2)
        try: g.send(1)
        except TypeError as e: k += len(str(e))
    return k
for f in (t_send, t_next, t_default, t_throw, t_throw_out, t_cm, t_tramp, t_running, t_nonstart):
    print(f.__name__, f(600))
