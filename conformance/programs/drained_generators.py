# Native functions that take all that a generator yields: what they may take at once, what suspends the generator.
import sys
from collections import deque


def squares(n):
    for i in range(n):
        yield i * i


def mixed(n):
    for i in range(n):
        if i % 100 == 50:
            yield 0.5
        elif i % 100 == 70:
            yield True
        elif i % 100 == 90:
            yield 2**70
        else:
            yield i


def floats(n):
    for i in range(n):
        yield i / 7


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n & 3

    def __eq__(self, other):
        return isinstance(other, Key) and states.append(g.gi_running) is None and self.n == other.n

    def __lt__(self, other):
        states.append(g.gi_running)
        return self.n < other.n

    def __gt__(self, other):
        states.append(g.gi_running)
        return self.n > other.n

    def __bool__(self):
        states.append(g.gi_running)
        return self.n > 40

    def __add__(self, other):
        states.append(g.gi_running)
        return Key(self.n + other)

    __radd__ = __add__


def keys(n):
    for i in range(n):
        yield Key(i % 50)


def with_keys(n):
    for i in range(n):
        yield i if i != n - 3 else Key(i)


def pairs(n):
    for i in range(n):
        yield (i % 70, i) if i % 9 else [str(i), i]


def bad_pairs(n):
    for i in range(n):
        yield (i, i) if i != 65 else (i, i, i)


def delegating(n):
    yield from squares(n)
    yield from (x + 1 for x in range(n))
    yield from [1, 2]


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


def failing(n):
    for i in range(n):
        if i == 88:
            raise KeyError(i)
        yield i


def sees_frames(n):
    for i in range(n):
        frame = sys._getframe()
        yield frame.f_back.f_code.co_name if i % 50 == 49 else "-"


def within(n):
    for i in range(n):
        yield sum(squares(i % 4)) + len(list(squares(2)))


def itself():
    for i in range(70):
        if i == 66:
            try:
                next(g)
            except ValueError as e:
                yield str(e)
        yield str(i)


def grows(into):
    for i in range(70):
        yield len(into)
        if i == 30:
            del into[:]


class Noisy:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        states.append((self.n, g.gi_running))


def noisy(n):
    for i in range(n):
        yield Noisy(i)


states = []
for _ in range(3):
    print(sum(squares(300)), sum(mixed(300)), sum(floats(300)), sum(mixed(120), 0.25), sum(squares(60), 2**70))
    print(len(list(squares(200))), tuple(squares(70))[-1], sorted(x % 11 for x in squares(80))[-3:])
    print(len(set(x % 77 for x in mixed(300))), len(frozenset(squares(90))), max(mixed(200)), min(floats(99)))
    print(max(x % 31 for x in squares(100)), min((x - 50 for x in squares(100)), key=abs), max((), default=3))
    print(any(x > 8000 for x in squares(99)), all(x < 8000 for x in squares(99)), any(x for x in ()), all(mixed(9)))
    print(list(map(any, [[], [0]])), any(iter([0, "", 3])), any((x == 5 for x in squares(80))))
    print(",".join(str(x) for x in squares(80))[-9:], len(bytes(x & 255 for x in squares(80))))
    d = deque(squares(100), maxlen=5)
    d.extend(squares(70))
    d.extendleft(x for x in range(66))
    print(d, len(deque(squares(70))), deque(squares(70), maxlen=0))
    print(len(dict(pairs(300))), dict(pairs(70))["63"])
    try:
        dict(bad_pairs(90))
    except ValueError as e:
        print(e)
    print(list(delegating(70))[60:75], sum(delegating(80)), sum(tree(7)), len(list(tree(6))))
    for consume in (list, sum, set, max):
        try:
            consume(failing(100))
        except KeyError as e:
            print(consume.__name__, e, e.__traceback__.tb_next.tb_frame.f_code.co_name)
    print(sum(within(90)), [x for x in list(sees_frames(100)) if x != "-"])
    g = itself()
    print(list(g)[64:69])
    into = []
    into.extend(grows(into))
    print(into[:3], into[-3:], len(into))
    for consume in (set, max, min, any, sum):
        states = []
        g = with_keys(70) if consume is sum else keys(120)
        result = consume(g)
        print(consume.__name__, getattr(result, "n", result if consume is any else None), len(states), set(states))
    states = []
    g = noisy(70)
    deque(g, maxlen=0)
    print(len(states), states[:2])
    states = []
    g = noisy(70)
    deque(g, maxlen=2).clear()
    print(len(states), states[-3:])
    print(sum(x * i for i in range(40) for x in range(i % 3)), sum(sum(j * i for j in range(10)) for i in range(80)))
g = squares(200)
print(next(g), sum(g), next(g, "end"))
