"""Chains of generators: what delegation looks like from inside and outside, exceptions through it, closing, recursion."""

import inspect
import sys


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(items):
    if not items:
        return None
    i = len(items) // 2
    return Tree(tree(items[:i]), items[i], tree(items[i + 1:]))


def names(frame):
    found = []
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def leaf(log):
    received = yield names(sys._getframe())
    while received is not None:
        received = yield (received, sys.exception())
    log.append("leaf done")
    return "from leaf"


def middle(log):
    try:
        result = yield from leaf(log)
        log.append(result)
        yield "after"
    except KeyError as error:
        log.append(("middle caught", error.args))
        yield "recovered"
    finally:
        log.append("middle finally")


def outer(log):
    try:
        yield from middle(log)
    finally:
        log.append("outer finally")


def states(*generators):
    return [(inspect.getgeneratorstate(g), g.gi_running, g.gi_yieldfrom is not None) for g in generators]


def test_visible():
    log = []
    g = outer(log)
    print(states(g))
    print(next(g))
    print(states(g, g.gi_yieldfrom, g.gi_yieldfrom.gi_yieldfrom))
    try:
        raise ValueError("handled by the sender")
    except ValueError:
        print(g.send("hello"))
    print(g.send("again"))
    print(next(g), log)
    print(list(g), log, states(g))


def test_thrown():
    log = []
    g = outer(log)
    next(g)
    print(g.throw(KeyError("k")), log)
    print(states(g))
    g.close()
    print(log, states(g))
    g = outer(log)
    next(g)
    try:
        g.throw(OSError("o"))
    except OSError as error:
        traceback = error.__traceback__
        found = []
        while traceback is not None:
            found.append((traceback.tb_frame.f_code.co_name, traceback.tb_lineno - traceback.tb_frame.f_code.co_firstlineno))
            traceback = traceback.tb_next
        print(found, log[-2:])


def test_reentered():
    def reenters():
        yield 1
        try:
            next(g)
        except ValueError as error:
            yield str(error)

    def delegates():
        yield from reenters()

    g = delegates()
    print(list(g))


def test_raises_inside():
    def inner(n):
        for i in range(n):
            yield i
        raise StopIteration("leaks")

    def through(n):
        yield from inner(n)

    seen = []
    try:
        for v in through(3):
            seen.append(v)
    except RuntimeError as error:
        print(seen, error, repr(error.__cause__))


def test_depth():
    def nest(n):
        if n == 0:
            yield "bottom"
        else:
            yield from nest(n - 1)

    print(list(nest(200)))
    try:
        list(nest(5000))
    except RecursionError as error:
        print(type(error).__name__)


def test_context():
    def inner():
        try:
            yield 1
            raise KeyError("inner")
        except KeyError as error:
            yield error.__context__
            yield sys.exception()
        yield sys.exception()

    def through():
        yield from inner()

    g = through()
    next(g)
    try:
        raise IndexError("outside")
    except IndexError:
        print(repr(next(g)), repr(next(g)), repr(next(g)))
    print(sys.exception())


def test_shared():
    def count():
        for i in range(10):
            yield i

    def take(n, it):
        for _ in range(n):
            yield next(it)

    def both(it):
        yield from it
        yield "end"

    it = count()
    a = both(it)
    print([next(a), next(it), next(a), next(it)], list(take(2, it)), list(a))
    g = count()
    print([(x, y) for x in g for y in g])


def test_coroutines():
    class Awaitable:
        def __await__(self):
            got = yield "asks"
            return got

    async def low(n):
        if n == 0:
            return await Awaitable()
        return await low(n - 1) + 1

    c = low(3)
    print(c.send(None), c.cr_await is not None, inspect.getcoroutinestate(c))
    try:
        c.send(10)
    except StopIteration as stop:
        print(stop.value)


for _ in range(3):
    print(sum(tree(range(100))), [x for x in tree("abcdefg")])
test_visible()
test_thrown()
test_reentered()
test_raises_inside()
test_depth()
test_context()
test_shared()
test_coroutines()
