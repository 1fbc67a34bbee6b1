"""Exceptions that hot loops raise and drop, and the rare iterations in which somebody looks after all."""

import sys


class Boom(Exception):
    def __init__(self, code, more=None):
        super().__init__(code)
        self.code = code
        self.more = more


class Plain(Boom):
    pass


def entries(tb):
    out = []
    while tb is not None:
        frame, code = tb.tb_frame, tb.tb_frame.f_code
        back = frame.f_back.f_code.co_name if frame.f_back else None
        names = sorted((k, v) for k, v in frame.f_locals.items() if isinstance(v, (int, str)))
        out.append((code.co_name, tb.tb_lineno - code.co_firstlineno, frame.f_lineno - code.co_firstlineno, back, names))
        tb = tb.tb_next
    return out


def chain(e):
    out = []
    while e is not None:
        out.append((repr(e), len(entries(e.__traceback__))))
        e = e.__context__
    return out


def lower(i, text):
    x = i + 0.5
    y = [i]
    if i >= 0:
        raise Plain(i & 3, text)
    return y, x


def upper(i):
    a = i * 2
    r = lower(i, "text")
    return r, a


def look(n, k):
    t = 0
    for i in range(n):
        try:
            upper(i)
        except Boom as e:
            t += e.code
            if i % k == k - 1:
                print(entries(e.__traceback__), chain(e), e.more)
    return t


print(look(1200, 500))


def nested(n, k):
    t = 0
    for i in range(n):
        try:
            try:
                upper(i)
            except Boom as e:
                t += len(e.args)
                raise ValueError(i)
        except ValueError as f:
            t += 1
            if i % k == k - 1:
                print(chain(f), entries(f.__traceback__))
            if i % k == k - 2:
                print(sys.exc_info()[1] is f, f.__context__.code)
    return t


print(nested(1200, 500))


class Holder:
    def __init__(self, i):
        self.i = i
        try:
            upper(i)
        except Boom as e:
            self.error = e
        self.done = True


def stored(n, k):
    kept, t = [], 0
    for i in range(n):
        h = Holder(i)
        t += h.error.code
        if i % k == 0:
            kept.append(h)
        try:
            raise Plain(i)
        except Plain as e:
            last = e
        t += last.code
        if i % k == 1:
            kept.append(last)
    for h in kept[:2]:
        e = getattr(h, "error", h)
        print(chain(e), entries(e.__traceback__))
    return t, len(kept)


print(stored(900, 400))


def returned(i):
    z = i
    try:
        lower(i, "r")
    except Boom as e:
        return e


def returns(n, k):
    t = 0
    for i in range(n):
        e = returned(i)
        t += e.code
        if i % k == k - 1:
            print(entries(e.__traceback__), chain(e))
    return t


print(returns(1000, 450))


def itself(i):
    e = Plain(i)
    me = [e]
    raise e


def cycles(n, k):
    t = 0
    for i in range(n):
        try:
            itself(i)
        except Plain as f:
            t += f.code & 1
            if i % k == k - 1:
                print(entries(f.__traceback__), f.__traceback__.tb_next.tb_frame.f_locals["me"] == [f])
    return t


print(cycles(1000, 450))


class Fails:
    def __init__(self, i):
        self.i = i
        raise KeyError(i)


class FailsItself(Exception):
    def __init__(self, i):
        self.i = i
        raise self


def in_init(n, k):
    t = 0
    for i in range(n):
        try:
            Fails(i)
        except KeyError as e:
            t += e.args[0] & 1
            if i % k == k - 1:
                print(entries(e.__traceback__), e.__traceback__.tb_next.tb_frame.f_locals["self"].i)
        try:
            FailsItself(i)
        except FailsItself as e:
            t += e.i & 1
            if i % k == k - 1:
                print(entries(e.__traceback__), e.args)
    return t


print(in_init(900, 400))


def loops_in_handlers(n, k):
    t = 0
    for i in range(n):
        try:
            upper(i)
        except Boom as e:
            for j in range(4):
                t += e.code + j
                if i % k == k - 1 and j == 2:
                    print(entries(e.__traceback__))
            while t % 7:
                t += 1
        assert sys.exception() is None
    return t


print(loops_in_handlers(700, 300))


class Noisy:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(sys.exception() is None)


def noisy(log, i):
    n = Noisy(log)
    raise Plain(i)


def deaths(n):
    log = []
    for i in range(n):
        try:
            noisy(log, i)
        except Plain as e:
            log.append(e.code)
        log.append("behind")
        if len(log) > 30:
            del log[:15]
    return log[-6:]


print(deaths(600))


def through(i):
    try:
        upper(i)
    finally:
        x = i + 1


def again(n, k):
    t = 0
    for i in range(n):
        try:
            try:
                through(i)
            except KeyError:
                t += 1000
        except Boom as e:
            t += e.code
            if i % k == k - 1:
                print(entries(e.__traceback__))
        try:
            try:
                upper(i)
            except Boom:
                raise
        except Plain as e:
            t += 1
            if i % k == k - 1:
                print(entries(e.__traceback__))
    return t


print(again(900, 400))
