"""Subscripts, slices, membership, building, strings and ints of any size in hot loops, errors included."""
from collections import defaultdict, Counter, deque
from array import array


class Odd:
    """Equal to everything of its hash, and tells of being asked."""
    asked = 0

    def __init__(self, h):
        self.h = h

    def __hash__(self):
        return self.h

    def __eq__(self, other):
        Odd.asked += 1
        return True


def keys(n):
    grid, seen = {}, set()
    for i in range(n):
        key = (i % 17, i % 13)
        grid[key] = grid.get(key, 0) + 1
        if (key, 1.5) in seen:
            grid[key] += 100
        seen.add((key, 1.5))
        seen.add(key[0])
    floats = {0.5: 1, 1: 2, None: 3, b'x': 4, True: 5}
    t = 0
    for i in range(n):
        t += floats[0.5] + floats[1.0] + floats[None] + floats[b'x'] + floats[True]
        if 2.5 in floats or 'a' in floats:
            t += 1
    d = {Odd(5): 'odd', 'x': 1}
    for i in range(n):
        t += len(str(d[5]))
        if 5 in d:
            t += 1
    return sorted(grid.items())[:3], len(seen), t, Odd.asked


def words(n):
    text = ['the', 'cat', 'and', 'the', 'dog', 'and', 'a', 'mouse'] * (n // 8)
    counts, groups, plain = defaultdict(int), defaultdict(list), {}
    counter = Counter()
    for w in text:
        counts[w] += 1
        groups[len(w)].append(w)
        counter[w] += 1
        if w not in plain:
            plain[w] = 0
        plain[w] += 1
        if w > 'dog':
            counts['later'] += 1
    return dict(counts), {k: len(v) for k, v in groups.items()}, counter.most_common(2), plain


def slices(n):
    l, s, b = list(range(40)), 'abcdefghij' * 4, bytearray(range(40))
    out = 0
    for i in range(n):
        k = i % 20
        out += len(l[k:k + 3]) + len(s[:k]) + len(b[k:]) + s[k:k + 2].count('a') + l[-k - 1] + b[k] + b[-1]
        l[k:k + 2] = [k, k + 1]
        b[k] = (k * 7) & 255
        if i % 5 == 0:
            del l[k]
            l.append(i)
        a, *rest, z = l
        out += a + z + len(rest)
    sieve = bytearray([1]) * n
    for p in range(2, int(n ** 0.5) + 1):
        if sieve[p]:
            sieve[p * p::p] = bytes(len(range(p * p, n, p)))
    return out, sum(sieve), l[:5]


def arrays(n):
    a, q, d = array('d', [0.5] * 64), array('q', range(64)), deque(range(64))
    t = 0.0
    for i in range(n):
        k = i & 63
        a[k] = a[k] * 1.5 + q[k - 1]
        q[k] = (q[k] + i) % 1000
        d[k] = d[-1] + 1
        d.rotate(1)
        t += a[k] % 10
    return round(t, 3), sum(q), sum(d)


def big(n):
    mask, h, x, f, p = (1 << 64) - 1, 14695981039346656037, 1, 1, 3
    for i in range(n):
        h = ((h ^ (i & 255)) * 1099511628211) & mask
        x = (x * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        if i < 200:
            f *= i + 1
        p = p ** 2 % (2 ** 89 - 1)
        if h > x:
            p += 1
        x ^= x >> 12
        x -= -x >> 3
    return h, x, f % 10 ** 30, p, -f // 10 ** 370, ~h


def texts(n):
    s, parts, t = '', [], ''
    for i in range(n):
        s += 'ab' if i % 3 else f'<{i}>'
        t = t + str(i)
        parts.append(f'{i:>4}|{i!r}|{s[-1]}')
        if s[-1] in 'xyz>' and 'ab' < s[-2:]:
            t += '!' * (i % 3)
    return len(s), s[-9:], len(t), t[-9:], parts[-1], hash(s) == hash(s + '')


def built(n):
    out = []
    for i in range(n):
        m = {'a': i, i: 'b', None: 2}
        st = {1, i, 'x'}
        l = [1, 2] + [i]
        l += (4, i)
        l += [5]
        t = (1,) * 3 + (i,)
        u = {k: v for k, v in zip('abc', l)}
        v = {x % 5 for x in l}
        w = [*t, *l]
        z = {**m, 'q': 1}
        c = complex(i, 1) * 2j
        out.append((len(m), len(st), len(l), t[-1], len(u), len(v), len(w), len(z), c.imag, st & v, len(st | {9})))
    return out[-1], len(out)


def errors(n):
    log = set()
    l, d, s, z = [1, 2, 3], {'a': 1}, 'abc', 0
    for i in range(n):
        for f in range(9):
            try:
                if f == 0:
                    l[i % 4]
                elif f == 1:
                    d['a' if i % 2 else 'b']
                elif f == 2:
                    s[i % 5:] + (1 if i % 7 == 6 else '')
                elif f == 3:
                    (1 << 70) // (i % 3)
                elif f == 4:
                    a, b = l[:i % 4]
                elif f == 5:
                    [] < (1 if i % 2 else [])
                elif f == 6:
                    {[]} if i % 9 == 8 else {1}
                elif f == 7:
                    (1 << 70) << (-1 if i % 5 == 4 else 1)
                else:
                    f'{i:{"q" if i % 6 == 5 else "d"}}'
            except Exception as e:
                log.add((f, type(e).__name__, str(e)))
    return sorted(log)


for f in (keys, words, slices, arrays, big, texts, built, errors):
    for _ in range(2):
        print(f.__name__, f(2000 if f is not errors else 400))
