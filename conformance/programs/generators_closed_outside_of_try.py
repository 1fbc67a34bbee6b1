# A suspended generator without a try of its own is closed without running; others see GeneratorExit.
def plain():
    x = D()
    yield 1
    yield 2
class D:
    def __del__(self): print("del")
def tried():
    try:
        yield 1
    finally:
        print("finally")
def withed():
    import contextlib
    with contextlib.nullcontext():
        yield 1
def handler():
    try:
        1/0
    except ZeroDivisionError:
        yield 1
for f in (plain, tried, withed, handler):
    g = f(); next(g); print(f.__name__, g.close(), g.gi_frame)
    try: next(g)
    except StopIteration as e: print("stop", e.value)
    g = f(); next(g); fr = g.gi_frame; del g; print("gone", sorted(k for k in fr.f_locals))
    del fr
print(any(x for x in [0, 1, 2]))
g = (x for x in range(3)); next(g); g.close(); print(list(g))
