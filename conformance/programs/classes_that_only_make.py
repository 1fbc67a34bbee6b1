# Classes with a Python __new__, called in loops, and derived classes that come later and initialise what it gives.
from collections import namedtuple


class Shape:
    def __new__(cls, kind, *rest):
        if kind in KINDS:
            return object.__new__(KINDS[kind])
        if kind == "other":
            return "no shape"
        self = super().__new__(cls)
        self.kind = kind
        return self


KINDS = {}
log = []


def make(n, kinds):
    out = []
    for i in range(n):
        out.append(type(Shape(kinds[i % len(kinds)])).__name__)
    return {name: out.count(name) for name in sorted(set(out))}


print(make(200, ["a", "b"]), make(200, ["a", "other"]))


class Circle(Shape):
    def __init__(self, kind):
        log.append(kind)


KINDS["circle"] = Circle
print(make(200, ["a", "circle"]), len(log))


class Square(Shape):
    pass


KINDS["square"] = Square
log.clear()
print(make(200, ["square", "circle", "other", "x"]), len(log))
Square.__init__ = lambda self, kind: log.append("square")
log.clear()
print(make(200, ["square", "circle"]), log.count("square"))
Shape.__init__ = lambda self, kind: log.append("shape")
log.clear()
print(make(200, ["square", "a"]), log.count("square"), log.count("shape"))


class Single:
    it = None

    def __new__(cls):
        if cls.it is None:
            cls.it = super().__new__(cls)
            cls.it.n = 0
        return cls.it


def singles(n):
    for i in range(n):
        Single().n += i
    return Single().n, Single() is Single.it


print(singles(300))


class Even(int):
    def __new__(cls, n=0, *, twice=False):
        if n % 2:
            raise ValueError(n)
        return super().__new__(cls, n * 2 if twice else n)


def evens(n):
    total = 0
    for i in range(n):
        try:
            total += Even(i, twice=i % 4 == 0) + Even()
        except ValueError as e:
            total += e.args[0] * 1000
    return total


print(evens(300))
Point = namedtuple("Point", "x y", defaults=[7])


class Named(Point):
    def __new__(cls, *args, **names):
        return super().__new__(cls, *args, **names)


def points(n):
    p = Point(0, 0)
    for i in range(n):
        q = Named(i, y=2) if i % 3 == 0 else Point(i)
        p = Point(p.x + q.x, y=p.y + q.y)._replace(x=p.x + 1)
    return p, isinstance(q, Named)


print(points(300))
for bad in (lambda: Point(), lambda: Point(1, 2, 3), lambda: Point(1, z=2)):
    for i in range(60):
        try:
            bad()
        except TypeError as e:
            message = str(e)
    print(message)
