"""Objects made in hot loops that nothing outside sees, or sees late: identity, deaths, exceptions, sharing, structure that changes."""
import sys
import weakref

log = []


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def swapped(self):
        return Point(self.y, self.x)


class Slotted:
    __slots__ = ("value", "next", "__weakref__")

    def __init__(self, value, next=None):
        self.value = value
        self.next = next


class Mortal:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


class Pair:
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Picky:
    def __init__(self, n):
        self.half = n // 2
        self.rest = 100 // (n % 50)


def swaps(n):
    a, b, c = 1, 2.5, "x"
    for i in range(n):
        a, b, c = b, c, a
        t = (a, (b, i))
        u = t
        p, (q, r) = u
        if i % 97 == 96:
            a, b = b, a
    return a, b, c, t, t is u, p, q, r


def carried(n):
    here, step, seen = Point(0, 0), Point(1, 2), []
    for i in range(n):
        here = here.__add__(step)
        if i % 500 == 499:
            seen.append(here)
    return [(p.x, p.y) for p in seen], len({id(p) for p in seen})


def structure_changes(n):
    p = Point(1, 2)
    for i in range(n):
        p = Point(p.x, p.y)
        if i % 3 == 0:
            p.z = i
        if i % 5 == 0:
            p = p.swapped()
        if i > n - 3:
            p.more = i
    return sorted(vars(p).items())


def identity(n):
    same = different = 0
    p = q = Point(0, 0)
    for i in range(n):
        p = Point(i, i)
        q = p if i % 2 else Point(i, i)
        if p is q:
            same += 1
            q.x = -1
            same += p.x == -1
        if p is not q:
            different += 1
            q.x = -2
            different += p.x != -2
    return same, different, p is q


def one_in_two_places(n):
    p = Point(0, None)
    for i in range(n):
        q = Slotted(i)
        p = Point(q, q)
        p.x.value = i + 1
    return p.x is p.y, p.y.value


def circles(n):
    for i in range(n):
        p = Point(i, None)
        p.y = p
        a = Slotted(i)
        b = Slotted(i, a)
        a.next = b
        held = [p, a]
        held[0] = held
    return p.y is p, p.x, a.next.next is a, held[0] is held


def chains(n):
    head = None
    for i in range(n):
        head = Slotted(i, head)
        if i % 4 == 3:
            head = head.next.next
    count = 0
    while head is not None:
        head = head.next
        count += 1
    return count


def deaths(n):
    for i in range(n):
        p = Pair(Mortal(f"first{i}"), Mortal(f"second{i}"))
        log.append("made")
        p.first = i
        log.append("replaced")
        p = None
        log.append("dropped")
    last = log[-5:]
    count = len(log)
    log.clear()
    return count, last


def deaths_in_order(n):
    for i in range(n):
        t = (Mortal("a"), Pair(Mortal("b"), Mortal("c")), [Mortal("d")])
        t = None
        log.append(i)
    tail = log[-10:]
    log.clear()
    return tail


def weak(n):
    alive = dead = 0
    for i in range(n):
        s = Slotted(i)
        r = weakref.ref(s) if i % 100 == 7 else None
        if r is not None:
            alive += r() is s
        s = None
        if r is not None:
            dead += r() is None
    return alive, dead


def raises(n):
    caught = total = 0
    p = None
    for i in range(1, n):
        try:
            p = Picky(i)
            total += p.half + p.rest
        except ZeroDivisionError as error:
            caught += 1
            trace = error.__traceback__
            names = []
            while trace is not None:
                names.append(trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
    return caught, total, p.half, names


def seen_by_others(n):
    out = []
    for i in range(n):
        p = Point(i, [i, i + 1])
        first, second = p.y
        p.y[0] = first + second
        if i % 250 == 249:
            out.append((vars(p), p.__dict__ is vars(p), isinstance(p, Point), type(p).__name__, hasattr(p, "z")))
            p.__class__ = Pair
            out.append(type(p).__name__)
    return out


def class_changes(n):
    out = []
    for i in range(n):
        p = Point(i, i)
        if i == n // 2:
            Point.__del__ = lambda self: log.append(self.x)
            Point.swapped = lambda self: Point(self.x, "changed")
        q = p.swapped()
        out.append(q.y)
        p = q = None
    del Point.__del__
    counts = len(out), out[0], out[-1], len(log), log[:3]
    log.clear()
    return counts


def several_results(a, b):
    return a + b, a - b, (a, b)


def results(n):
    s = 0
    for i in range(n):
        plus, minus, (a, b) = several_results(i, 3)
        s += plus * minus + a - b
        lst = [plus, minus]
        lst.append(s % 10)
        s += lst[2] + lst[-1] + len(lst)
    return s, lst


def constants_in_memory(n):
    holder = Point(None, None)
    items = [1]
    for i in range(n):
        holder.x = (1, "constant")
        items[0] = (1, "constant")
        text = (1, "constant")
        hash(text)
        items[0] = 3
    return sys.getrefcount(holder.x) < n // 10


def powers(n):
    s = 0.0
    errors = []
    for i in range(n):
        x = 1.5 + i
        s += x ** 0.5 + (-x) ** 2 + x ** -1.5
        try:
            s += (10.0 * (i // (n - 2)) + 1.0) ** 400
        except OverflowError as error:
            errors.append(str(error))
    return s, errors, type((0.5 - n) ** 0.5)


for function in (swaps, carried, structure_changes, identity, one_in_two_places, circles, chains, deaths,
                 deaths_in_order, weak, raises, seen_by_others, class_changes, results,
                 constants_in_memory, powers):
    print(function.__name__, function(2000))
