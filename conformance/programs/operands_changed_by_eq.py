"""Lists whose items' __eq__ empties an operand; a class thrown into a generator whose __new__ makes no exception."""


class Clears:
    def __init__(self, get):
        self.get = get

    def __eq__(self, other):
        self.get().clear()
        return NotImplemented


a = [Clears(lambda: b)]
b = [Clears(lambda: a)]
print(a == b, a, b)
c = [Clears(lambda: c)]
print(c == [1], c)


class Odd(Exception):
    def __new__(cls, *arguments):
        return cls


def generator():
    try:
        yield 1
    except TypeError as e:
        yield type(e).__name__


g = generator()
next(g)
print(g.throw(Odd))


def ending():
    yield 1
    raise KeyError


g = ending()
frame = g.gi_frame
next(g)
try:
    next(g)
except KeyError:
    print(frame.f_lineno - frame.f_code.co_firstlineno)
