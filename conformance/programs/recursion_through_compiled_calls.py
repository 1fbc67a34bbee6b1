"""Recursion that is hot enough to be compiled: its limit, exceptions through many activations, finalisers, frames."""
import functools
import sys
import traceback


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


class Tree:
    def __init__(self, depth):
        self.left = Tree(depth - 1) if depth else None
        self.right = Tree(depth - 1) if depth else None

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def queens(n):
    def place(row, columns, up, down):
        if row == n:
            return 1
        found = 0
        for column in range(n):
            if column in columns or row + column in up or row - column in down:
                continue
            found += place(row + 1, columns | {column}, up | {row + column}, down | {row - column})
        return found

    return place(0, frozenset(), frozenset(), frozenset())


@functools.cache
def ways(n, k):
    if n == 0:
        return 1
    if n < 0 or k == 0:
        return 0
    return ways(n - k, k) + ways(n, k - 1)


print(fib(18), ackermann(2, 30), is_even(300), is_odd(301), Tree(9).count(), queens(6), ways(60, 60))


def depth_reached(n):
    global deepest
    deepest = n
    return depth_reached(n + 1) + 1


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


for _ in range(30):
    down(200)
reached = set()
for _ in range(20):
    try:
        depth_reached(0)
    except RecursionError as error:
        reached.add((deepest, str(error)))
print(reached)
limit = sys.getrecursionlimit()
for n in (limit - 3, limit - 2, limit - 1, limit):
    try:
        print(n - limit, down(n))
    except RecursionError as error:
        print(n - limit, "RecursionError:", error)
sys.setrecursionlimit(200_000)
print(down(100_000))
sys.setrecursionlimit(limit)


def sink(n, bottom):
    if n == 0:
        return 10 // bottom
    above = sink(n - 1, bottom)
    return above + 1


for _ in range(300):
    sink(20, 2)
try:
    sink(6, 0)
except ZeroDivisionError as error:
    for entry in traceback.extract_tb(error.__traceback__):
        print(entry.name, entry.lineno)


def careful(n, bottom):
    try:
        if n == 0:
            return 10 // bottom
        return careful(n - 1, bottom) + 1
    except ZeroDivisionError:
        if n % 3:
            raise
        return -100
    finally:
        steps.append(n)


for bottom in (2, 0) * 100:
    steps = []
    result = careful(10, bottom)
    if bottom != 2:
        last = result, steps
print(last)


class Noisy:
    died = 0

    def __init__(self, n):
        self.n = n

    def __del__(self):
        Noisy.died += self.n
        if self.n == 77:
            names.append(sys._getframe(1).f_code.co_name)


def with_finalisers(n):
    here = Noisy(n)
    if n == 0:
        return 0
    below = with_finalisers(n - 1)
    here = None
    return below + 1


names = []
for _ in range(200):
    with_finalisers(12)
with_finalisers(80)
print(Noisy.died, names)


def look(n, at):
    mine = n * 2
    if n == at:
        frame = sys._getframe()
        found = []
        while frame.f_code.co_name == "look":
            found.append((frame.f_lineno, frame.f_locals["n"], frame.f_locals["mine"]))
            frame = frame.f_back
        return found
    result = look(n - 1, at)
    return result


for _ in range(300):
    look(9, 4)
print(look(9, 5))
print(look(3, 0))


def keeps_frames(n):
    kept.append(sys._getframe())
    value = n * n
    if n == 0:
        return 0
    return keeps_frames(n - 1) + value


for _ in range(300):
    kept = []
    keeps_frames(5)
print([sorted(frame.f_locals.items()) for frame in kept])


def key(pair):
    return pair[1] * 2 - pair[0]


pairs = [(i % 7, i * 37 % 101) for i in range(400)]
for _ in range(20):
    ordered = sorted(pairs, key=key)
print(ordered[:4], sum(map(key, pairs)), functools.reduce(lambda a, b: a ^ (b[1] + a), pairs, 1))


def sum_of(items):
    total = 0
    for item in items:
        total += item
    return total


def rows(n):
    total = 0
    for i in range(n):
        total += sum_of(range(i % 50)) + i
    return total


print(rows(3000))


class Init:
    def __init__(self, n):
        self.total = 0
        for i in range(n):
            self.total += i
        if n == 1999:
            return 3


def make(n):
    return sum(Init(i).total for i in range(n)) if n < 100 else [Init(i) for i in range(n)][-1].total


for n in (90, 1999):
    print(make(n))
try:
    make(2000)
except TypeError as error:
    print(error)
