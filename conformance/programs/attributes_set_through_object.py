# object.__setattr__ called by frozen dataclasses and by classes with a __setattr__ of their own, in loops.
from dataclasses import dataclass, FrozenInstanceError


@dataclass(frozen=True)
class Point:
    x: int
    y: float = 2.0


@dataclass(frozen=True, slots=True)
class Slotted:
    a: object
    b: object = None


class Counting:
    sets = 0

    def __setattr__(self, name, value):
        Counting.sets += 1
        super().__setattr__(name, value)


class Checked:
    limit = property(lambda self: 5, lambda self, v: self.__dict__.update(got=v))

    def __setattr__(self, name, value):
        if name == "bad":
            raise AttributeError(name)
        object.__setattr__(self, name.lower(), value)


def frozen(n):
    total = 0
    for i in range(n):
        p = Point(i, i / 2) if i % 3 else Point(i)
        s = Slotted(p, [i])
        total += p.x + p.y + s.a.x + s.b[0]
        try:
            p.x = 1
        except FrozenInstanceError as e:
            total += len(str(e))
    return total, p, s


def counting(n):
    c = Counting()
    for i in range(n):
        c.first = i
        c.second = [i]
        if i == n // 2:
            c.third = "late"
    return vars(c), Counting.sets


def checked(n):
    out = []
    for i in range(n):
        c = Checked()
        c.Name = i
        c.Name = i + 1
        c.limit = i
        try:
            c.bad = 1
        except AttributeError as e:
            out.append(str(e))
        out.append(vars(c))
    return len(out), out[-1]


class Dies:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(1)


def dying(n):
    log, c = [], Counting()
    for i in range(n):
        c.held = Dies(log)
    return len(log)


def others(n):
    errors = set()
    for i in range(n):
        for target, name in ((5, "x"), (object(), "x"), (Counting, "y")):
            try:
                object.__setattr__(target, name, i)
            except (AttributeError, TypeError) as e:
                errors.add(type(e).__name__)
    return sorted(errors)


print(frozen(200))
print(counting(200))
print(checked(200))
print(dying(200))
print(others(100))
