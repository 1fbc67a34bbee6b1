"""itertools: results still held, iterators that use themselves, numbers that leave the machine word."""
from itertools import (
    accumulate, batched, chain, combinations, combinations_with_replacement, compress, count, cycle, groupby, islice,
    pairwise, permutations, product, repeat, starmap, tee, zip_longest,
)


def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(type(error).__name__, error)


print(list(permutations("abc", 2)), list(combinations(range(4), 3)))
print(list(combinations_with_replacement("ab", 3)), list(product("ab", repeat=2)))
print([sum(choice) for choice in product((0, 1), (0, 2), (0, 4))])
print(list(islice(count(2**62 - 2), 4)), list(islice(count(-(2**62), -1), 3)), count(1.5), count(3, 2))
print(list(islice(cycle("ab"), 5)), repeat(1, 2), list(accumulate([3, 1, 2], max, initial=0)))
print([(key, list(group)) for key, group in groupby("aabbbc")], [list(g) for _, g in list(groupby("aab"))])
print(list(batched("abcde", 2)), list(zip_longest("ab", "x", fillvalue=0)), list(pairwise("abc")))
first, second = tee(iter(range(200)))
print(sum(first), next(second), list(starmap(pow, [(2, 3)])), list(compress("abc", [1, 0, 1])))
show(lambda: list(batched("abc", 2, strict=True)))
show(lambda: islice([], -1))
show(lambda: islice([], 1, 2, 0))
show(lambda: next(chain.from_iterable([1])))
show(lambda: combinations("a", -1))
show(lambda: compress([], [], x=1))


class Reentrant:
    def __iter__(self):
        return self

    def __next__(self):
        return next(copy)


copy, _ = tee(Reentrant())
show(lambda: next(copy))


class Exhausting:
    """Runs the pairs to their end while giving the first item."""

    def __init__(self):
        self.calls = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.calls += 1
        if self.calls == 1:
            return list(neighbours)
        if self.calls > 4:
            raise StopIteration
        return self.calls


neighbours = pairwise(Exhausting())
print(list(neighbours))
