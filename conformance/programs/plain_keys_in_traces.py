"""Keys of dicts and sets in hot loops: strings, ints, tuples of these, and such as run Python code when compared."""


class Odd:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v)
    def __eq__(self, other):
        Odd.asked += 1
        return self.v == (other.v if isinstance(other, Odd) else other)
    asked = 0


def visit(n):
    seen, d, hits = set(), {}, 0
    for i in range(n):
        p = (i * 7 % 31, i % 17)
        if p in seen:
            hits += 1
        seen.add(p)
        seen.add(i % 13)
        d[p] = d.get(p, 0) + 1
        d[str(i % 5), None, True] = i
        if (i % 31, "x") in d:
            hits += 1000
    return hits, len(seen), len(d), sorted(v for k, v in d.items() if type(k[1]) is int)[-3:]


def odd(n):
    seen, d, hits = {Odd(3), (Odd(4), 5)}, {Odd("k"): 0, (Odd(1), 2): 1}, 0
    for i in range(n):
        if i % 7 in seen:
            hits += 1
        seen.add(i % 5)
        if (i % 6, 5) in seen:
            hits += 100
        hits += d.get((i % 3, 2), 0) * 10000
        hits += ("k" in d) + (1.0 * (i % 3), 2) .__eq__((1, 2))
        d[True if i % 2 else 1, i % 3] = i
    return hits, len(seen), len(d), Odd.asked > n


print(visit(2000))
print(odd(2000))
