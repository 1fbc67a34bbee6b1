import sys
def g(k):
    for i in range(k):
        try:
            if i % 7 == 3:
                raise ValueError(i)
            yield i
        except ValueError as e:
            yield -e.args[0]
def h(k):
    for i in range(k):
        try:
            yield i
            if i % 5 == 2: raise KeyError(i)
        except KeyError:
            try:
                raise TypeError(i)
            except TypeError as t:
                c = t.__context__
                yield (type(c).__name__, c.args[0])
def d(k):
    t = {1: 1}
    for i in range(k):
        try:
            v = t[i % 3]
        except KeyError as e:
            v = sys.exc_info()[1] is e
        yield v
def boom(k):
    for i in range(k):
        yield i
        if i == k - 1:
            raise OSError(i)
def main():
    s = 0
    for x in g(3000): s += x
    print(s)
    n = 0
    for x in h(3000):
        if isinstance(x, tuple): n += x[1]
    print(n)
    print(sum(d(3000)))
    s = 0
    for x in d(3000): s += x
    print(s)
    m = 0
    for i in range(800):
        try:
            for x in boom(3): m += x
        except OSError as e:
            m += e.args[0]
            tb = e.__traceback__; ln = []
            while tb: ln.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
    print(m, ln, sys.exception())
    # handled in consumer and in generator
    q = []
    for i in range(600):
        try:
            raise IndexError(i)
        except IndexError:
            for x in g(9):
                if x < 0:
                    try:
                        raise KeyError(x)
                    except KeyError as e:
                        q.append(e.__context__.args[0])
    print(len(q), sum(q), sys.exception())
    r = []
    def inner():
        for i in range(4):
            try:
                raise RuntimeError(i)
            except RuntimeError as e:
                r.append(type(e.__context__).__name__)
                yield i
                r.append(repr(sys.exception()))
    for i in range(500):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            for x in inner():
                r.append(type(sys.exception()).__name__)
    from collections import Counter
    print(sorted(Counter(r).items()))
main()
