# `==` of instances without one is identity, whatever is on the other side; classes derived from lists and tuples are walked.
class Plain:
    pass


class Same:
    def __eq__(self, other):
        return True


class Items(list):
    pass


class Pair(tuple):
    pass


class Odd(list):
    def __iter__(self):
        return iter([1])

    def __getitem__(self, index):
        return -1

    def __len__(self):
        return 0

    def __bool__(self):
        return True


def equal(objects, others):
    found = []
    for _ in range(200):
        count = 0
        for x in objects:
            for y in others:
                if x == y:
                    count += 1
                if not x != y:
                    count += 100
                if y == x:
                    count += 10000
        found.append(count)
    return found[0], found[-1]


def walk(sequence, rounds):
    total = 0
    for _ in range(rounds):
        for item in sequence:
            total += item
        total += sequence[1] + len(sequence)
        if sequence:
            total += 1
        if not sequence:
            total -= 1
    return total


a, b = Plain(), Plain()
print(equal([a, b], [a, b, None, 5, 2.5, "s", b"s", True, 1 << 80, (), [], {}, Plain, int]))
print(equal([a, None, 5, (a,)], [a, Same(), None]))
print(equal([Plain, int], [Plain, int, type, a]))
print(walk(Items([1, 2, 3]), 200), walk(Pair((4, 5)), 200), walk(Odd([7, 8]), 200))
print([walk(s, 50) for s in (Items([1, 2]), Odd([3, 4]), [5, 6], Pair((7, 8))) for _ in range(3)])
Plain.__eq__ = lambda self, other: True
print(equal([a], [b, None, 5]))
