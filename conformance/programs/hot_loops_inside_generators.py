# Hot loops in the frames of generators and coroutines, whose consumers are native or not hot.
import itertools
import sys


def primes(n):
    for i in range(2, n):
        for j in range(2, int(i**0.5) + 1):
            if i % j == 0:
                break
        else:
            yield i


def collatz(limit):
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > 110:
            yield start, steps


def helper(x):
    return x * 2 + 1


class Counter:
    def __init__(self):
        self.seen = 0

    def bump(self, x):
        self.seen += x
        return self.seen


def calling(n):
    counter = Counter()
    for i in range(n):
        if counter.bump(helper(i)) % 97 == 0:
            yield counter.seen
    return counter.seen


def floats(n):
    x = 0.0
    for i in range(n):
        x = x * 0.5 + i
        if i % 64 == 63:
            received = yield x
            if received:
                x += received


def around(n):
    result = yield from calling(n)
    yield "result", result


def nested(n):
    for x in collatz(n):
        for y in range(x[0] % 5):
            if y * x[1] % 7 == 3:
                yield x[0], y


def frames(n):
    for i in range(n):
        if i % 100 == 99:
            frame = sys._getframe()
            yield frame.f_lineno - frame.f_code.co_firstlineno, sorted(frame.f_locals), frame.f_back.f_code.co_name


def raising(n):
    total = 0
    for i in range(n):
        total += i
        if i == 250:
            raise LookupError(total)
    yield total


def catching(n):
    caught = 0
    for i in range(n):
        try:
            if i % 50 == 49:
                raise ValueError(i)
        except ValueError as e:
            caught += e.args[0]
    try:
        yield caught
    finally:
        for i in range(n):
            caught += i & 1
        print("finally", caught)


def resumed_within(n):
    for i in range(n):
        if i % 120 == 119:
            try:
                next(g)
            except ValueError as e:
                yield str(e)


def growing(n):
    data = []
    for i in range(n):
        data.append(str(i))
        if len(data) > 150:
            yield ",".join(data)[-6:]
            data = []


async def compute(n):
    total = 0
    for i in range(n):
        total += await plus_one(i)
    return total


async def plus_one(i):
    return i + 1


async def items(n):
    for i in range(n):
        if i % 70 == 0:
            yield i


async def consume(n):
    total = 0
    async for x in items(n):
        for k in range(x):
            total += k & x
    return total + await compute(n)


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as e:
        return e.value


print(sum(primes(3000)), max(primes(2000)), len(list(primes(1000))))
print(list(collatz(400)))
print(list(calling(2000))[-3:], list(around(500))[-1])
g = floats(500)
print(next(g), g.send(1000.0), list(g))
print(list(nested(300)))
print(list(itertools.islice(frames(500), 3)), [next(frames(150))])
try:
    print(next(raising(300)))
except LookupError as e:
    print(e, e.__traceback__.tb_next.tb_lineno - raising.__code__.co_firstlineno)
for x in catching(300):
    print(x)
g = catching(200)
print(next(g))
del g
g = resumed_within(400)
print(list(g))
print(list(growing(500)))
print(run(consume(600)))
print(run(compute(1000)))
