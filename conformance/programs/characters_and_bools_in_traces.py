# Characters of strs, bools as numbers, appending and missing keys, in hot loops.
from collections import Counter, defaultdict


def scan(text, n):
    t = [0] * 8
    for _ in range(n):
        for i, c in enumerate(text):
            if c == "o":
                t[0] += i
            elif c >= "a" and c <= "z":
                t[1] += ord(c) - 97
            elif "A" <= c < "Z":
                t[2] += 1
            elif c in " \t":
                t[3] += 1
            elif c == "\xe9" or c == "\u0416":
                t[4] += ord(c)
            if text[i] == text[-1 - i]:
                t[5] += 1
            if c != text[i - 1] and c < text[i - 1]:
                t[6] += 1
            if chr(ord(c)) == c and len(c) == 1:
                t[7] += 1
    return t


def odd_singles(n):
    # Strs of one character that are made in other ways.
    t = 0
    pieces = ["", "x", "ab"]
    for i in range(n):
        s = pieces[i % 2] + ("x" if i % 2 == 0 else "")
        grown = ""
        grown += s
        for c in "xyz":
            if c == grown:
                t += 1
            if c > grown:
                t += 10
            if c is "xyz"[0]:
                t += 100
    return t


def bools(n):
    a = b = 0
    f = 0.0
    flags = [True, False, True]
    for i in range(n):
        p = i % 3 == 0
        a += p
        a -= flags[i % 3]
        b = b + (i > 5) * 2 - p
        f += p + 0.5
        f *= flags[0]
        if p == True or p < flags[0]:
            a += 1
        if p & flags[1] is False:
            b += 1
        b ^= p
        b += -p + (p | 2)
        if (p | flags[0]) is True and (p + 0) is not True:
            a += 3
        if flags[p] >= 1:
            b += 1
        if p != (i % 2 == 0):
            a += 5
    return a, b, f


def appends(n):
    lists = [[] for _ in range(3)]
    objects = [object(), 1.5e300, "text"]
    for i in range(n):
        lists[i % 3].append(i)
        lists[i % 3].append(objects[i % 3])
        k = [x for x in lists[0][:5]]
        lists[1].append(k)
        if len(lists[1]) > 50:
            lists[1].clear()
    return [len(l) for l in lists], lists[2][-1], lists[0][-2]


class Missing(dict):
    def __missing__(self, key):
        if key == 7:
            raise KeyError("seven")
        self[key] = value = key * 2
        return value


def missing(n):
    t = 0
    for i in range(n):
        m = Missing()
        for k in (1, 2, 1, 3):
            t += m[k]
        try:
            m[7]
        except KeyError as e:
            t += len(e.args[0])
        c = Counter()
        c[i % 4] += 1
        c[i % 4] += 1
        t += c[i % 4] + c[99]
        d = defaultdict(list)
        d[i % 3].append(i)
        t += len(d[i % 3]) + len(d)
    return t


def joined(n):
    t = 0
    u = ()
    for i in range(n):
        a = [1, 2] + [i]
        b = a
        a += (3, object)
        a += a
        b.extend([i])
        l = [*a, *u, *b]
        u = u[-3:] + (i,) + ()
        w = u + u
        t += len(a) + len(l) + len(w) + w[0] + (b is a)
        b = b + [5]
        t += len(b) - len(a)
    return t, u, w, l[:4]


def sums(n):
    t = 0
    items = [1, 2, True, 3]
    for i in range(n):
        items[0] = i
        t += sum(items) + sum((1, 2.5, 3)) + sum([2**70, 1]) + sum([], 5)
        t += len(sum([[1], [2, 3]], []))
    return t


print(scan("The quick brown fox", 60), scan("\xe9t\xe9 oOo\tZ", 60), scan("\u0416\u0443\u043a aoz", 60))
print(odd_singles(500), bools(3000))
print(joined(900), appends(1500)[0], missing(700), sums(500))
