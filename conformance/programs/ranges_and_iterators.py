"""range, enumerate, zip, map, filter, reversed, anext: edges where implementations differ."""


def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(type(error).__name__, error)


# Ranges of any size; slices and places.
show(lambda: range(True))
show(lambda: range(2**70)[2**69:][:3])
show(lambda: range(2**70)[::-1])
show(lambda: range(10, 0, -3).index(4))
show(lambda: range(3).index(7))
show(lambda: range(3).index("a"))
show(lambda: (range(0) == range(5, 5), hash(range(0)) == hash(range(5, 5)), range(1, 4, 7) == range(1, 3, 9)))
show(lambda: len(range(2**63)))
show(lambda: (2**63 in range(2**64), 5.0 in range(10), "a" in range(3)))
for start in (2**62 - 2, -(2**62) - 1, 2**63 - 2):
    print(list(range(start, start + 4)), list(reversed(range(start, start + 4))))
walk = iter(range(1, 10, 2))
next(walk)
print(walk.__reduce__(), walk.__length_hint__())
walk.__setstate__(2)
print(list(walk))
print(iter(range(2**70)).__reduce__(), reversed(range(0)).__reduce__())

# A result tuple that is still held is not changed.
kept = list(zip(range(3), "abc"))
print(kept, [pair for pair in enumerate("ab", 2**62 - 1)])


class Nosy:
    """Looks at the zip while it makes a tuple."""

    def __init__(self):
        self.seen = []

    def __iter__(self):
        return self

    def __next__(self):
        if len(self.seen) > 3:
            raise StopIteration
        self.seen.append(len(self.seen))
        if len(self.seen) == 2:
            print("inner", next(pairs))
        return self.seen[-1]


pairs = zip("abcdef", Nosy())
print(list(pairs))

# The lengths that strict asks for.
show(lambda: list(zip([1], [], strict=True)))
show(lambda: list(zip([1], [1], [1, 2], strict=True)))
show(lambda: list(map(max, [1], [1, 2], strict=True)))
show(lambda: zip([], strict=1, foo=2))
show(lambda: enumerate(start=1))
show(lambda: reversed({1}))

# sum keeps what rounding loses.
print(sum([0.1] * 10), sum([1e100, 1, -1e100, 1]), sum([1, 2.5, 3j]), sum([True, 2**62, 2**62]))
show(lambda: sum(["a"], ""))


class Countdown:
    def __init__(self, start):
        self.left = start

    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


async def main():
    numbers = Countdown(1)
    return await anext(numbers, "end"), await anext(numbers, "end"), await anext(numbers, None)


try:
    main().send(None)
except StopIteration as stop:
    print(stop.value)
