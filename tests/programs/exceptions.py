def f():
    try:
        raise ValueError('a')
    except ValueError as e:
        return e.args[0]
    finally:
        g.append(1)
g = []
assert f() == 'a'
# ---
def f():
    try:
        try:
            raise KeyError('x')
        except KeyError as e:
            raise ValueError('y') from e
    except ValueError as e:
        return type(e.__cause__) is KeyError and e.__context__ is e.__cause__
assert f()
# ---
class M:
    def __init__(self): self.log = []
    def __enter__(self):
        self.log.append('enter')
        return self
    def __exit__(self, t, v, tb):
        self.log.append(t)
        return True
m = M()
with m as n:
    assert n is m
    raise ValueError
first, second = m.log
assert first == 'enter' and second is ValueError
# ---
def f():
    try:
        missing
    except NameError as e:
        return e.args[0]
assert f() == "name 'missing' is not defined"
# ---
def f():
    try:
        x
        x = 1
    except UnboundLocalError as e:
        return e.args[0]
assert f() == "cannot access local variable 'x' where it is not associated with a value"
# ---
def f():
    for i in (1, 2, 3):
        try:
            if i == 2:
                continue
            yield i
        finally:
            log.append(i)
log = []
r = [x for x in f()]
a, b = r
assert a == 1 and b == 3
a, b, c = log
assert c == 3
