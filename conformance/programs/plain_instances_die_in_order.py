# Instances that are nothing but attributes are made and released on a short path: what they hold dies at the same point,
# in the same order, whatever happens to the class or the instance before.
import gc
import weakref


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


class Open:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Mixed(Slots):
    def __init__(self, a, b, c):
        self.a = a
        self.b = b
        self.c = c


log = []


def words(n):
    keep = [None] * 4
    for i in range(n):
        pair = Slots(i, Open(i, i * 0.5))
        keep[i & 3] = Mixed(pair, Open(pair, None), i)
    return sum(m.c + m.a.b.a for m in keep)


print(words(3000))


def loud(n):
    total = 0
    for i in range(n):
        held = [Slots(Open(Loud(i), Loud(i + 1)), Loud(i + 2))]
        held.clear()
        total += len(log)
        if i == n - 1:
            print(log)
        log.clear()
    return total


print(loud(2000))


def chain(n, depth):
    for i in range(n):
        # Deaths nest deep: those that were put off come when the first has dropped all it held.
        head = Loud(-1)
        for level in range(depth):
            head = Slots(head, Loud(level) if level % 50 == 0 else None)
        held = [Open(head, Loud("last"))]
        del head
        held.pop()
        if i == n - 1:
            print(log)
        log.clear()


chain(300, 30)
chain(60, 60)


def changing(n):
    seen = []
    for i in range(n):
        item = Open(i, None)
        if i == n // 2:
            Open.__del__ = lambda self: seen.append(self.a)
        if i == n // 2 + 3:
            del Open.__del__
        held = [item]
        item = None
        held.pop()
    return seen


print(changing(4000))


def watched(n):
    seen = []
    for i in range(n):
        item = Open(i, i)
        if i % 500 == 7:
            reference = weakref.ref(item, lambda _: seen.append("gone"))
            seen.append(reference() is item)
        if i % 500 == 9:
            item.__dict__["c"] = Loud(("dict", i))
        if i % 500 == 11:
            for name in "defghijklmnopqrs":
                setattr(item, name, i)
            item.t = Loud(("overflow", i))
        held = [item]
        item = None
        held.pop()
        seen.extend(log)
        log.clear()
    return seen


print(watched(2000))


def classes(n):
    died = []
    for i in range(n):
        kind = type("Kind", (Slots,), {"mark": Loud(i)}) if i % 100 == 0 else Slots
        item = kind(i, None)
        kind = None
        held = [item]
        item = None
        held.pop()
    gc.collect()
    died.extend(log)
    log.clear()
    return sorted(died)


print(classes(500)[:1])


class Cycle:
    def __init__(self, other):
        self.other = other
        self.me = self


def cycles(n):
    made = 0
    for i in range(n):
        c = Cycle(Loud(i) if i % 1000 == 0 else None)
        made += c.me is c
    c = None
    gc.collect()
    found = sorted(log)
    log.clear()
    return made, found


print(cycles(30000))
