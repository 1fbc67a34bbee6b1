# Generators that a hot loop makes: of functions, methods, expressions, with cells, defaults, `__iter__`; their ends.
import gc
import weakref


def upto(n, step=1):
    i = 0
    while i < n:
        yield i
        i += step


def plain(n):
    total = 0
    for i in range(n):
        for x in upto(i & 3):
            total += x
        for x in upto(i & 7, step=2):
            total += x
    return total


def expressions(n):
    total = 0
    for i in range(n):
        total += any(x > 4 for x in range(i & 7))
        total += sum(x * i for x in (1, 2, 3))
        for t in (x + y for x in (i, 1) for y in (2, x)):
            total += t
    return total


class Bag:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        for item in self.items:
            yield item

    def pairs(self):
        yield from zip(self.items, self)

    def nested(self):
        yield from self
        yield from self.items


def methods(n):
    total = 0
    bag = Bag(1, 2, 3)
    for i in range(n):
        for x in bag:
            total += x
        for a, b in bag.pairs():
            total += a * b
        for x in bag.nested():
            total -= x
    return total


def cells(n):
    total = 0

    def local(k):
        bonus = 0

        def add(x):
            nonlocal bonus
            bonus += x
        for j in range(k):
            add(j)
            yield bonus + i

    for i in range(n):
        for x in local(3):
            total += x
    return total


def kept(n):
    alive = []
    for i in range(n):
        g = upto(3)
        next(g)
        if i % 50 == 0:
            alive.append(g)
        for x in g:
            if x:
                break
    return [list(g) for g in alive[:3]], len(alive)


def not_begun(n):
    references = 0
    for i in range(n):
        g = upto(i)
        r = weakref.ref(g)
        del g
        references += r() is None
    return references


def given_away(n):
    total = 0
    for i in range(n):
        g = upto(4)
        total += next(g) + sum(g)
        total += len(list(upto(i & 3)))
    return total


class Noisy:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        self.log.append(self.name)


def with_finally(n, log):
    try:
        noisy = Noisy(n)
        yield 1
        yield 2
    finally:
        log.append("end %d" % n)


def ends(n):
    log = Noisy.log = []
    for i in range(n):
        for x in with_finally(i, log):
            if i % 40 == 7:
                break
        log.append(i)
    return log[:3], log[18:30], len(log)


def raising(n):
    def failing(k):
        yield k
        if k % 30 == 29:
            raise KeyError(k)
        yield k

    total = 0
    caught = []
    for i in range(n):
        try:
            for x in failing(i):
                total += x
        except KeyError as e:
            caught.append((e.args, e.__traceback__.tb_next.tb_frame.f_code.co_name))
    return total, caught


def throwing(n):
    def stubborn():
        while True:
            try:
                yield "value"
            except ValueError:
                yield "caught"

    seen = []
    for i in range(n):
        g = stubborn()
        next(g)
        if i % 60 == 0:
            seen.append(g.throw(ValueError()))
            g.close()
            seen.append(next(g, "closed"))
    return seen


async def leaf(x):
    return x + 1


async def coroutines(n):
    total = 0
    for i in range(n):
        total += await leaf(i)
    return total


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value


def escaped(n):
    out = []
    for i in range(n):
        out.append(x * i for x in (1, 2))
    return sum(map(sum, out)), len(set(map(id, out)))


made = []


def make(n):
    g = upto(n)
    made.append(g)
    return g


def returned(n):
    return [next(g) for g in list(map(make, range(1, 60)))][:3], sum(next(make(3)) for _ in range(n)), len(made)


def recursive(depth):
    if depth:
        for x in recursive(depth - 1):
            yield x
        yield depth
        for x in recursive(depth - 1):
            yield x


for f in (plain, expressions, methods, cells, kept, not_begun, given_away, ends, raising, throwing, escaped, returned):
    print(f.__name__, f(300))
print(run(coroutines(300)))
print(sum(recursive(7)), sum(sum(recursive(3)) for _ in range(50)))
gc.collect()
print([type(o).__name__ for o in gc.get_objects() if type(o).__name__ == "Noisy"])
