def count(n):
    i = 0
    while i < n:
        got = yield i
        if got is not None:
            i = got
        else:
            i += 1
a, b, c, d = [x for x in count(4)]
assert a == 0 and d == 3
g = count(10)
assert next(g) == 0
assert g.send(7) == 7
g.close()
# ---
def inner():
    x = yield 1
    return x
def outer():
    r = yield from inner()
    yield r
g = outer()
assert next(g) == 1
assert g.send(5) == 5
# ---
def f():
    try:
        yield 1
    except ValueError as e:
        yield e.args[0]
g = f()
next(g)
assert g.throw(ValueError('boo')) == 'boo'
# ---
async def a(): return 5
async def b():
    return await a()
try:
    b().send(None)
except StopIteration as e:
    assert e.value == 5
# ---
def f():
    raise StopIteration
    yield
try:
    next(f())
except RuntimeError as e:
    assert e.args[0] == 'generator raised StopIteration'
