x = 1
y = x + 2
assert y == 3
# ---
def f(a, b=2, *c, d, e=5, **k):
    return a, b, c, d, e, k
a, b, (), d, e, k = f(1, d=4)
assert a == 1 and b == 2 and d == 4 and e == 5
a, b, (x, y), d, e, k = f(1, 3, 4, 5, d=6, z=7)
assert a == 1 and b == 3 and x == 4 and y == 5 and d == 6 and (lambda z: z == 7)(**k)
a, b, (), d, e, k = f(*(1, 2), **{'d': 3})
assert b == 2 and d == 3
# ---
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
assert fib(15) == 610
# ---
def message(f, *a, **k):
    try:
        f(*a, **k)
    except TypeError as e:
        return e.args[0]
def g(a, b, c): pass
def h(a, /, foo=1): pass
def z(*, a, b): pass
assert message(g) == "g() missing 3 required positional arguments: 'a', 'b', and 'c'"
assert message(g, 1) == "g() missing 2 required positional arguments: 'b' and 'c'"
assert message(g, 1, 2, 3, 4) == "g() takes 3 positional arguments but 4 were given"
assert message(h, a=1) == "h() got some positional-only arguments passed as keyword arguments: 'a'"
assert message(h, 1, 2, foo=3) == "h() got multiple values for argument 'foo'"
assert message(z) == "z() missing 2 required keyword-only arguments: 'a' and 'b'"
assert message(z, 1, a=2) == "z() takes 0 positional arguments but 1 positional argument (and 1 keyword-only argument) were given"
assert message(h, 1, zzz=2) == "h() got an unexpected keyword argument 'zzz'"
# ---
def outer():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    inc()
    return inc() + inc()
assert outer() == 5
# ---
def rec(n):
    return rec(n + 1)
try:
    rec(0)
except RecursionError as e:
    caught = e.args[0]
assert caught == 'maximum recursion depth exceeded'
