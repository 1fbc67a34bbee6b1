# Deleting attributes of instances: order, values, finalisers, what comes back, and objects whose `__dict__` somebody has.
N = 2500


class Dying:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Dying.log.append(self.name)


class P:
    def __init__(self, i):
        self.a, self.b, self.c, self.d = i, i * 2, i * 3, i * 4


def delete_and_add():
    total, last = 0, None
    for i in range(N):
        p = P(i)
        del p.b
        total += p.a + p.c + p.d
        p.b = total
        del p.a, p.d
        p.e = Dying(i)
        del p.c
        total ^= p.b
        last = p
    return total, sorted(vars(last)), list(vars(last)), len(Dying.log)


def missing():
    seen = 0
    for i in range(N):
        p = P(i)
        del p.a
        try:
            p.a
        except AttributeError as e:
            seen += len(str(e))
        try:
            del p.a
        except AttributeError as e:
            seen += len(str(e))
    return seen


class WithDefault:
    x = 5


def back_to_the_class():
    total, w = 0, WithDefault()
    for i in range(N):
        w.x = i
        total += w.x
        del w.x
        total += w.x
    return total


def many_ways():
    class Q:
        pass

    total = 0
    for i in range(N):
        q = Q()
        for k in range(6):
            setattr(q, "n%d" % ((i * 7 + k * 5) % 11), k)
        names = list(vars(q)) if i % 3 == 0 else ["n%d" % ((i * 7 + k * 5) % 11) for k in range(6)]
        for name in names[i % 4 :: 2]:
            total += getattr(q, name)
            delattr(q, name)
        total += sum(vars(q).values())
    return total


def with_dict():
    total = 0
    for i in range(N):
        p = P(i)
        d = p.__dict__
        total += p.b + d["c"]
        p.b = -1
        p.z = d["b"]
        total += p.z
        del p.a
        total += len(d)
        if i == 2000:
            p.__dict__ = {"c": 1}
            total += p.c
    return total


def replaced_dict():
    p, total = P(1), 0
    for i in range(N):
        if i % 500 == 499:
            p.__dict__ = {"a": i, "q": 2}
        total += p.a
        p.a = total & 255
    return total, list(p.__dict__)


def finaliser_sees():
    class Holder:
        pass

    seen = []

    class Last:
        def __init__(self, holder):
            self.holder = holder

        def __del__(self):
            seen.append((hasattr(self.holder, "x"), self.holder.y))

    h = Holder()
    for i in range(N):
        h.x = Last(h)
        h.y = i
        del h.x
    return len(seen), seen[0], seen[-1]


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow
        self.seen = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.seen += kind is ValueError and value.args[0] & 1
        self.line = traceback.tb_lineno if traceback else None
        return self.swallow


def with_that_raises():
    m, through = Manager(True), 0
    for i in range(N):
        with m:
            if i % 3:
                raise ValueError(i)
        m.swallow = i % 5 != 4
        try:
            with m as k:
                if i & 1:
                    raise ValueError(i)
                through += 1
        except ValueError as e:
            through += len(e.args)
        m.swallow = True
    return m.seen, through, m.line is None or m.line > 0


def exit_that_raises():
    class Bad:
        def __enter__(self):
            return self

        def __exit__(self, kind, value, traceback):
            raise KeyError(kind.__name__) from value

    total = 0
    for i in range(N):
        try:
            with Bad():
                raise IndexError(i)
        except KeyError as e:
            total += e.__cause__.args[0] + (e.args[0] == "IndexError") + (e.__context__ is e.__cause__)
    return total


def suppressed():
    import contextlib

    @contextlib.contextmanager
    def manager(x):
        log.append(x & 1)
        try:
            yield x
        except KeyError as e:
            log.append(e.args[0])
        finally:
            log.append(2)

    d, log = {3: 4}, []
    for i in range(N):
        with contextlib.suppress(KeyError, IndexError):
            log.append(d[i & 7])
        with manager(i) as k:
            log.append(d[k & 3])
    return len(log), sum(log)


for f in (delete_and_add, missing, back_to_the_class, many_ways, with_dict, replaced_dict, finaliser_sees, with_that_raises,
          exit_that_raises, suppressed):
    print(f.__name__, f())
