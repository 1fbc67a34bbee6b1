"""Generators whose frames hot loops run: what is seen from outside, exceptions, deletion, shared and nested ones, finally."""

import inspect
import sys

log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def evens(it):
    for v in it:
        if not v & 1:
            yield v


def pairs(it):
    previous = 0
    for v in it:
        yield previous + v
        previous = v


def chained(n):
    yield from numbers(n)
    yield from pairs(evens(numbers(n)))
    yield from range(n % 10)
    yield from [1, 2, 3]


def pipeline():
    total = 0
    for v in chained(3000):
        total += v
    return total


def test_shapes():
    print(pipeline())
    print(sum(v for v in chained(500)), len([v for v in chained(500)]))
    odd = [x * y for x in numbers(40) for y in evens(numbers(x))]
    print(len(odd), sum(odd))
    total = 0
    for i, v in enumerate(pairs(numbers(2000))):
        total += i * v
    for a, b in zip(numbers(2000), pairs(numbers(2000))):
        total += a - b
    print(total)


def test_floats_and_strings():
    def mixed(n):
        for i in range(n):
            if i % 3 == 0:
                yield i
            elif i % 3 == 1:
                yield i / 2
            else:
                yield str(i)

    numbers_, texts = 0, 0
    for v in mixed(3000):
        if isinstance(v, str):
            texts += len(v)
        else:
            numbers_ += v
    print(numbers_, texts)


def test_big():
    def powers(n):
        v = 1
        for _ in range(n):
            yield v
            v *= 3

    last = 0
    for v in powers(200):
        last = v
    print(last)


def test_seen_from_outside():
    g = None

    def watched(n):
        for i in range(n):
            if i % 500 == 0:
                log.append((g.gi_running, inspect.getgeneratorstate(g), g.gi_frame.f_locals["i"]))
            yield i

    g = watched(2000)
    for v in g:
        if v % 500 == 250:
            log.append((g.gi_running, inspect.getgeneratorstate(g), g.gi_frame.f_locals["i"], g.gi_frame.f_lineno - g.gi_code.co_firstlineno))
    log.append((inspect.getgeneratorstate(g), g.gi_frame))
    print(log)
    log.clear()


def test_stack():
    def names():
        frame, found = sys._getframe(1), []
        while frame is not None and frame.f_code.co_name != "test_stack":
            found.append(frame.f_code.co_name)
            frame = frame.f_back
        return found

    def inner(n):
        for i in range(n):
            yield names() if i % 400 == 0 else i

    def outer(n):
        for v in inner(n):
            yield v

    print([v for v in outer(1300) if isinstance(v, list)])
    found = []
    for v in outer(1300):
        if isinstance(v, list):
            found.append(v)
    print(found)


def test_raises():
    def breaks(n, at):
        try:
            for i in range(n):
                if i == at:
                    raise KeyError(i)
                yield i
        finally:
            log.append("finally")

    for at in 1999, 1500, 3:
        total = 0
        try:
            for v in pairs(breaks(2000, at)):
                total += v
        except KeyError as error:
            tb, lines = error.__traceback__, []
            while tb is not None:
                lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
                tb = tb.tb_next
            print(total, error, lines)
    try:
        for v in breaks(5000, -1):
            if v == 4000:
                raise ValueError(v)
    except ValueError as error:
        print(error, log)
    log.clear()


def test_division():
    def quotients(values):
        for v in values:
            yield 1000 // v

    total = 0
    try:
        for v in quotients([1, 2, 4, 5] * 500 + [0, 1]):
            total += v
    except ZeroDivisionError as error:
        print(total, error)


def test_thrown_and_closed():
    def resists(n):
        i = 0
        while i < n:
            try:
                yield i
            except ValueError:
                log.append(("caught", i))
            i += 1

    g = resists(3000)
    seen = 0
    for v in g:
        seen += 1
        if v % 700 == 699:
            log.append(g.throw(ValueError))
    print(seen, log)
    log.clear()
    g = resists(3000)
    for v in g:
        if v == 2000:
            g.close()
    print(v, log, inspect.getgeneratorstate(g))


def test_reentered():
    g = None

    def again(n):
        for i in range(n):
            if i == 1500:
                try:
                    next(g)
                except ValueError as error:
                    log.append(str(error))
            yield i

    g = again(2000)
    print(sum(1 for _ in g))
    g = again(2000)
    count = 0
    for _ in g:
        count += 1
    print(count, log)
    log.clear()


def test_advanced_elsewhere():
    g = numbers(4000)
    total = skipped = 0
    for v in g:
        total += v
        if v % 3 == 1:
            skipped += next(g)
    print(total, skipped)
    g = numbers(100)
    print(sum(x * y for x in g for y in g))
    found = []
    g = numbers(30)
    for x in g:
        for y in g:
            found.append((x, y))
            if y % 5 == 0:
                break
    print(found)


def test_abandoned():
    def holds(n, name):
        thing = Noisy(name)
        try:
            for i in range(n):
                yield i
        finally:
            log.append(("finally", name))

    total = 0
    for k in range(300):
        for v in holds(10, k):
            total += v
            if v == 5:
                break
    print(total, len(log), log[:6], log[-4:])
    log.clear()

    def first(n, name):
        for v in holds(n, name):
            return v

    total = 0
    for k in range(300):
        total += first(3, k)
    print(total, len(log), log[:4])
    log.clear()
    for k in range(300):
        g = holds(3, k)
        next(g)
        g = None
        log.append("after")
    print(len(log), log[:3], log[-3:])
    log.clear()


def test_dropped_values():
    def makes(n):
        for i in range(n):
            yield Noisy(i)

    for v in makes(300):
        if v.name % 100 == 0:
            log.append(("kept", v.name))
    print(len(log), log[:3], log[-3:])
    log.clear()


def test_send():
    def averager():
        total = count = 0
        average = None
        while True:
            value = yield average
            if value is None:
                return total
            total += value
            count += 1
            average = total / count

    g = averager()
    next(g)
    last = 0
    for i in range(2000):
        last = g.send(i)
    print(last)

    def forwards():
        result = yield from averager()
        log.append(result)
        yield "done"

    g = forwards()
    next(g)
    for i in range(2000):
        last = g.send(i)
    print(last, g.send(None), log)
    log.clear()


def test_except_within():
    def guards(values):
        for v in values:
            try:
                yield 10 / v
            except ZeroDivisionError:
                yield "inf"

    found = {}
    for v in guards([1, 2, 0, 5] * 400):
        found[v] = found.get(v, 0) + 1
    print(found)


def test_recursive():
    def permutations(items):
        if len(items) <= 1:
            yield tuple(items)
            return
        for i in range(len(items)):
            for rest in permutations(items[:i] + items[i + 1:]):
                yield (items[i],) + rest

    found = list(permutations([1, 2, 3, 4, 5, 6]))
    print(len(found), found[:2], found[-1])

    def walk(tree):
        if tree:
            left, value, right = tree
            yield from walk(left)
            yield value
            yield from walk(right)

    def build(lo, hi):
        if lo >= hi:
            return None
        middle = (lo + hi) // 2
        return build(lo, middle), middle, build(middle + 1, hi)

    tree = build(0, 500)
    total = 0
    for _ in range(6):
        for v in walk(tree):
            total += v
    print(total)


def test_two_at_once():
    a, b = numbers(3000), pairs(numbers(3000))
    total = 0
    while True:
        x = next(a, None)
        if x is None:
            break
        for y in b:
            total += x * y
            break
    print(total)

    def alternate(n):
        for i in range(n):
            yield i
            yield -i

    total = 0
    for v in alternate(2000):
        total = total * 3 % 1001 + v
    print(total)


def test_locals_kept():
    def window(it, size):
        held = []
        for v in it:
            held.append(v)
            if len(held) > size:
                held.pop(0)
            yield list(held)

    last = None
    for last in window(numbers(1500), 3):
        pass
    print(last)


for test in [value for name, value in list(globals().items()) if name.startswith("test_")]:
    print(test.__name__)
    test()
    log.clear()
