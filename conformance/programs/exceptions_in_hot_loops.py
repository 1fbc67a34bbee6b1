"""Exceptions that hot loops raise and catch: tracebacks, chains, what is being handled, finalisers, windows that end."""

import sys


class Boom(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Named(Exception):
    def __init__(self, a, *rest, key=None):
        self.key = key


class Noisy:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log.append(self.name)


def chain(exception):
    out = []
    while exception is not None:
        out.append((type(exception).__name__, exception.__suppress_context__))
        exception = exception.__context__
    return out


def entries(tb):
    out = []
    while tb is not None:
        frame = tb.tb_frame
        code = frame.f_code
        names = sorted(k for k in frame.f_locals if k not in ("last", "log"))
        out.append((code.co_name, tb.tb_lineno - code.co_firstlineno, frame.f_lineno - code.co_firstlineno,
                    tb.tb_lasti >= 0, names))
        tb = tb.tb_next
    return out


# Through several calls, with finally on the way.

COUNT = [0]


def inner(i):
    x = i * 2
    if i % 3 == 0:
        raise Boom(i & 7)
    if i % 5 == 0:
        raise ValueError("bad")
    return x & 3


def middle(i):
    try:
        return inner(i)
    finally:
        COUNT[0] += 1


def through_calls(n):
    t, last = 0, None
    for i in range(n):
        try:
            t += middle(i)
        except Boom as e:
            t += e.code + e.args[0]
            if i > n - 4:
                last = entries(e.__traceback__), chain(e), sys.exc_info()[1] is e
        except (ValueError, TypeError) as e:
            t += len(e.args[0])
            if i > n - 6:
                last = last, entries(e.__traceback__)
    return t, COUNT[0], last, sys.exc_info()


print(through_calls(3000))


# Chains.


def chains(n):
    out = None
    for i in range(n):
        try:
            try:
                raise KeyError(i)
            except KeyError as e:
                if i & 1:
                    raise Boom(i) from e
                raise Named(i, key=i)
        except Exception as e:
            out = chain(e), e.__cause__ is e.__context__, repr(e), len(entries(e.__traceback__))
        if i in (900, 901):
            print(out)
        try:
            try:
                raise IndexError
            except IndexError:
                {}[i]
        except KeyError as e:
            out = chain(e), e.args
        if i == n - 1:
            print(out)
        try:
            try:
                raise IndexError(1)
            except IndexError:
                raise ValueError from None
        except ValueError as e:
            out = chain(e), e.__cause__
    print(out, sys.exception())


chains(1000)


# What is handled, and again.


def handled(n):
    log = []
    t = 0
    for i in range(n):
        try:
            raise Boom(i)
        except Boom as e:
            t += sys.exception() is e
            try:
                int("x")
            except ValueError as f:
                t += sys.exception() is f and f.__context__ is e
            t += sys.exc_info()[1] is e
            try:
                raise
            except Exception as g:
                t += g is e
                if i == n - 1:
                    log.append(entries(g.__traceback__))
        t += sys.exception() is None
    return t, log


print(handled(1000))


# Finalisers: the traceback keeps what a frame had until the exception dies.


def holder(log, i):
    keep = Noisy(log, i)
    if i % 2:
        raise Boom(i)
    return 1


def drop_argument(log, value):
    raise LookupError


def finalisers(n):
    log = []
    t = 0
    for i in range(n):
        try:
            t += holder(log, i)
            log.append("returned")
        except Boom as e:
            log.append("caught")
            t += e.code
        log.append("behind")
        if len(log) > 40:
            del log[:20]
        try:
            drop_argument(log, Noisy(log, "argument"))
        except LookupError:
            log.append("handler")
        log.append("end")
    return t, log[-14:]


print(finalisers(1001))


class Rude(Exception):
    def __del__(self):
        SEEN.append("dead")


SEEN = []


def dying(n):
    t = 0
    for i in range(n):
        SEEN.append("try")
        try:
            raise Rude(i)
        except Rude as e:
            t += e.args[0]
            SEEN.append("caught")
        SEEN.append("behind")
    return t, SEEN[-8:]


print(dying(600))


# with, and managers that swallow.


class Manager:
    def __init__(self, eats):
        self.eats = eats
        self.seen = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        if kind is not None:
            self.seen.append((kind.__name__, value.args, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            if len(self.seen) > 2:
                del self.seen[0]
        return self.eats


def managers(n):
    eats, passes = Manager(True), Manager(False)
    t = 0
    for i in range(n):
        with eats:
            if i % 2:
                raise KeyError(i)
            t += 1
        try:
            with passes as p:
                t += p is passes
                if i % 4 == 1:
                    raise IndexError(i)
        except IndexError:
            t += 5
    return t, eats.seen, passes.seen


print(managers(1000))


# Iterators that end with an exception; loops that are left by one.


class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration(self)
        self.n -= 1
        return self.n


def iterations(n):
    t = 0
    for i in range(n):
        for k in Down(3):
            t += k
        it = iter([1, 2])
        try:
            while True:
                t += next(it)
        except StopIteration as e:
            t += e.value is None
    return t


print(iterations(1000))


def out_of_loops(n):
    t = 0
    for i in range(n):
        try:
            for j in range(5):
                for k in [1, 2, 3]:
                    if j * k == i % 9:
                        raise Boom(j)
                    t += 1
        except Boom as e:
            t += e.code * 100
    return t


print(out_of_loops(600))


# Generators keep what they handle.


def generator(n):
    for i in range(n):
        try:
            raise Boom(i)
        except Boom as e:
            yield sys.exception() is e, e.code
        yield sys.exception()


def consumer(n):
    t = 0
    for value in generator(n):
        if value is None:
            t += 1
        else:
            t += value[0] + value[1]
        t += sys.exception() is None
        try:
            raise KeyError
        except KeyError:
            t += 1
    return t


print(consumer(500))


# Native code, raising now and then, then always.


def natives(n):
    t, d, texts = 0, {}, ["1", "x", "2", None]
    for i in range(n):
        try:
            d[i & 63] += 1
        except KeyError as e:
            d[e.args[0]] = 0
        try:
            t += int(texts[i % 4] if i < n - 100 else "y")
        except ValueError as e:
            t += 2
            text = str(e)
        except TypeError:
            t += 3
        try:
            t += [1, 2, 3][i % 5]
        except IndexError:
            t += 1
        try:
            t += 7 // (i % 3)
        except ZeroDivisionError as e:
            t += len(e.args)
        try:
            d.missing
        except AttributeError as e:
            t += e.obj is d and e.name == "missing"
        try:
            undefined
        except NameError:
            t += 1
        t += getattr(d, "gone", 1) + hasattr(d, "gone") + hasattr(d, "get")
    return t, sum(d.values()), text


print(natives(3000))


# Recursion, and a handler far outside.


def deep(i, k):
    if k == 0:
        if i & 1:
            raise LookupError(i)
        return 1
    return deep(i, k - 1) + 1


def search(n):
    t = 0
    for i in range(n):
        try:
            t += deep(i, i % 5)
        except KeyError:
            t += 1000
        except LookupError as e:
            t += (e.args[0] & 3) + len(entries(e.__traceback__))
    return t


print(search(2000))


# An exception object that is raised many times.


def the_same(n):
    e = ValueError("same")
    for i in range(n):
        try:
            raise e
        except ValueError as f:
            if i % 50 == 49:
                count = len(entries(f.__traceback__))
                f.__traceback__ = None
    return count


print(the_same(1000))


# A function that handled an exception and returned: its frame keeps what it held.


def saves(i):
    x = i
    try:
        raise ValueError(i)
    except ValueError as e:
        saved = e
    return saved


def stores(i, box):
    z = i
    try:
        raise KeyError(i)
    except KeyError as e:
        box[0] = e


def kept_frames(n):
    box = [None]
    for i in range(n):
        r = saves(i)
        stores(i, box)
        if i % 400 == 399:
            for frame in (r.__traceback__.tb_frame, box[0].__traceback__.tb_frame):
                line = frame.f_lineno - frame.f_code.co_firstlineno
                print(sorted(frame.f_locals), frame.f_locals["i"], line, frame.f_back is None)


kept_frames(1200)
