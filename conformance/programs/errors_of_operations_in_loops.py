# KeyError, IndexError and ZeroDivisionError of operations in hot loops: mostly caught and dropped, now and then looked at.
N = 3000


def line(e):
    tb, out = e.__traceback__, []
    while tb:
        out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    return out


def lookup(d, k):
    return d[k]


def keys():
    d, total, seen = {1: 2, "a": 3, (1, 2): 4}, 0, []
    for i in range(N):
        for k in (i & 3, "ab"[i & 1], (1, i & 3), i + 0.5, None):
            try:
                total += lookup(d, k)
            except KeyError as e:
                total += len(e.args)
                if i in (2000, 2001):
                    seen.append((e.args, line(e), repr(e.__context__)))
        try:
            total += d[i]
        except KeyError:
            total += 1
    return total, seen


def items():
    values, fixed, total, seen = [1, 2, 3], (4, 5), 0, []
    for i in range(N):
        try:
            total += values[i & 7]
        except IndexError as e:
            total -= 1
            if i == 2500 or i == 2501:
                seen.append((str(e), line(e)))
        try:
            total += fixed[i % 3]
        except IndexError:
            total += fixed[-1]
        try:
            total += values[-(i & 7)]
        except IndexError as e:
            total += len(str(e))
        if i == 2800:
            values.append(9)
    return total, seen


def divisions():
    total, seen = 0, []
    for i in range(N):
        try:
            total += 100 // (i & 3)
        except ZeroDivisionError as e:
            total += 1
            kept = e
        try:
            total += 100 % (i % 5)
        except ZeroDivisionError:
            try:
                total += int(100 / (i % 5))
            except ZeroDivisionError as e:
                total += e.__context__ is not None and e.__context__ is not e
                if i == 2000:
                    seen.append((repr(e), repr(e.__context__), line(e), line(e.__context__)))
        try:
            total += i // (i % 2.0 > 0.5)
        except ZeroDivisionError:
            total += 2
    return total, seen, repr(kept), line(kept)


def handled_outside():
    total = 0

    def inner(i):
        try:
            return {}[i]
        finally:
            nonlocal total
            total += 1

    for i in range(N):
        try:
            inner(i)
        except LookupError as e:
            total += e.args[0] & 1
    return total


def raised_while_handled():
    total = 0
    for i in range(N):
        try:
            try:
                [][i]
            except IndexError:
                {}[i]
        except KeyError as e:
            total += type(e.__context__) is IndexError
    return total


def in_generators():
    def numbers(n):
        d = {}
        for i in range(n):
            try:
                yield d[i]
            except KeyError as e:
                yield e.args[0]
            try:
                yield 1 // (i & 1)
            except ZeroDivisionError:
                yield -1

    return sum(numbers(N))


def uncaught(i):
    return [1, 2][i]


def leaves():
    out = 0
    for i in range(N):
        try:
            for j in range(4):
                out += uncaught(j)
        except IndexError as e:
            out += len(line(e))
    return out


class Count(dict):
    def __missing__(self, key):
        return 7


def subclasses():
    c, total = Count(), 0

    class L(list):
        pass

    empty = L()
    for i in range(N):
        total += c[i]
        try:
            total += empty[i]
        except IndexError as e:
            total += len(e.args)
    return total


for f in (keys, items, divisions, handled_outside, raised_while_handled, in_generators, leaves, subclasses):
    print(f.__name__, f())
