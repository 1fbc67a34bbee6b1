"""sys.monitoring: events with their offsets, lines and values; disabling and restarting them."""
import sys
m=sys.monitoring; E=m.events
m.use_tool_id(0,"t")
def f(n):
    for i in range(n):
        if i: pass
        else:
            x = 1
    while n: n -= 1
    try:
        int('a')
    except ValueError as e:
        pass
    finally:
        y = 2
    return [a for a in [1,2]
        if a
       ]
for name in ['LINE','INSTRUCTION','JUMP','BRANCH_LEFT','BRANCH_RIGHT','CALL','PY_START','PY_RETURN','RAISE','RERAISE','EXCEPTION_HANDLED','STOP_ITERATION','C_RETURN','C_RAISE','PY_UNWIND']:
    ev=getattr(E,name)
    def cb(code,*a,name=name):
        if code.co_name=='f': print(name,[str(x) for x in a])
    m.register_callback(0,ev,cb)
for s in [E.LINE,E.JUMP|E.BRANCH_LEFT|E.BRANCH_RIGHT,E.CALL|E.C_RETURN|E.C_RAISE,E.PY_START|E.PY_RETURN|E.RAISE|E.RERAISE|E.EXCEPTION_HANDLED|E.STOP_ITERATION|E.PY_UNWIND, E.INSTRUCTION]:
    print('---',s)
    m.set_events(0,s)
    f(2)
    m.set_events(0,0)



def g():
    try:
        yield 1
        yield 2
    finally:
        x = 1


def inner():
    raise KeyError


class A:
    def __init__(self): raise KeyError
    def __next__(self): raise StopIteration
    def __iter__(self): return self


def exceptions():
    try: inner()
    except KeyError: pass
    try:
        try: raise ValueError
        finally: x = 1
    except ValueError: pass
    it = g()
    next(it)
    try: it.throw(OSError)
    except OSError: pass
    g().close()
    try: A()
    except KeyError: pass
    for i in A.__new__(A): pass
    def returning():
        return 5
        yield
    def delegating():
        x = yield from returning()
    for i in returning(): pass
    list(delegating())


names = ["RAISE", "RERAISE", "EXCEPTION_HANDLED", "STOP_ITERATION", "PY_UNWIND", "PY_THROW", "PY_START", "PY_RESUME",
         "PY_YIELD", "PY_RETURN"]
wanted = 0
for name in names:
    def callback(code, offset, *more, name=name):
        if code.co_filename == __file__:
            print(name, code.co_name, offset, *map(repr, more[:1] if name != "PY_RETURN" else []))
    m.register_callback(0, getattr(E, name), callback)
    wanted |= getattr(E, name)
m.set_events(0, wanted)
exceptions()
m.set_events(0, 0)

# Local events, DISABLE, several tools.
m.use_tool_id(1, "second")
seen = []


def line(code, number):
    seen.append(number - code.co_firstlineno)
    return m.DISABLE


def counted(n):
    while n:
        n -= 1
    return n


m.register_callback(0, E.LINE, line)
m.register_callback(1, E.LINE, lambda code, number: seen.append("second"))
m.set_local_events(0, counted.__code__, E.LINE)
counted(3)
print(seen)
seen.clear()
m.restart_events()
m.set_local_events(1, counted.__code__, E.LINE)
counted(2)
print(seen)
m.set_local_events(0, counted.__code__, 0)
m.set_local_events(1, counted.__code__, 0)
m.register_callback(0, E.RAISE, lambda *a: m.DISABLE)
m.set_events(0, E.RAISE)
try:
    int("b")
except ValueError as e:
    print(e)
m.free_tool_id(0)
m.free_tool_id(1)
seen.clear()
counted(1)
print(seen)
