# Fields of named tuples, the class of an object, and keys that are tuples of a subclass, in loops.
from collections import namedtuple

Point = namedtuple("Point", "x y")
Pair = namedtuple("Pair", "x y z", defaults=[3])


class Odd(Point):
    def __eq__(self, other):
        return self.x == other[0]

    def __hash__(self):
        return hash(self.x)


class Plain(tuple):
    __slots__ = ()


def fields(points):
    return sum(p.x * 10 + p.y for p in points)


print(fields([Point(i, i + 1) for i in range(200)]))
print(fields([Point(1, 2), Pair(3, 4), Odd(5, 6)] * 60))


def keys(kind):
    seen = {}
    for i in range(300):
        k = kind(i % 7, i % 3)
        if k not in seen:
            seen[k] = 0
        seen[k] += i
    return len(seen), seen[kind(1, 1)], sorted(seen.values())[:3]


print(keys(Point), keys(lambda x, y: Plain((x, y))), keys(Odd))
mixed = {Point(1, 2): "point"}
print(mixed[1, 2], mixed[Plain((1, 2))], (2, 1) in mixed, Odd(1, 9) in mixed)


def classes(objects):
    counts = {}
    for o in objects:
        c = o.__class__
        counts[c.__name__] = counts.get(c.__name__, 0) + (o.__class__ is type(o))
    return counts


class Pretends:
    __class__ = property(lambda self: int)


print(classes([1, 2.5, "a", None, Point(1, 2), [], Pretends()] * 40))


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 5

    def __eq__(self, other):
        if other.n == 13:
            raise ValueError("thirteen")
        return self.n == other.n

    def __str__(self):
        return f"<{self.n}>"


def with_keys(n):
    d, s, text = {}, set(), []
    for i in range(n):
        try:
            d[Key(i % 15)] = i
            s.add(Key(i % 4))
            text.append(f"{Key(i)}")
            if Key(i % 9) in d:
                text.append("in")
        except ValueError as e:
            text.append(str(e))
    return sorted(d.values())[:4], len(s), len("".join(text)), text[-3:]


print(with_keys(200))


class Lazy:
    def __getattribute__(self, name):
        if name == "missing":
            raise AttributeError(name)
        return name.upper()


def lazy(n):
    o, out = Lazy(), 0
    for i in range(n):
        out += len(o.some) + len(o.other)
        try:
            o.missing
        except AttributeError as e:
            out += len(str(e))
    return out


print(lazy(150))
