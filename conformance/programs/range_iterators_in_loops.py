"""Loops over ranges: iterators that the loop alone sees, that others see too, that are made anew with other steps."""


def triangle(n):
    out = 0
    for i in range(n):
        for j in range(i):
            out += i * j
        out ^= i
    return out


def steps(n, step):
    out = []
    for i in range(n):
        total = 0
        for j in range(i, n * step, step):
            total += j
        for j in range(i, -i, -step):
            total = total * 3 + j & 0xFFFFFF
        out.append(total)
    return out


def alternating(n):
    total = 0
    for i in range(n):
        for j in range(0, 40, 1 + i % 3):
            total += j
    return total, j


def shared(n):
    seen = []
    it = iter(range(n))
    for i in it:
        if i % 5 == 0:
            seen.append(next(it, None))
    seen.append(list(it))
    for i in range(3):
        again = iter(range(n))
        for j in again:
            if j == n - 3:
                break
        seen.append(list(again))
    return seen[-5:], len(seen)


def left_early(n):
    seen = []
    for i in range(n):
        for j in range(0, n, 3):
            if j > i:
                break
        else:
            seen.append((i, j))
        try:
            for k in range(n):
                1 // (k - i)
        except ZeroDivisionError:
            seen.append(k)
    return seen[-6:], i, j, k


def bounds():
    big = 2**62 - 1
    out = []
    for start, stop, step in [(big - 40, big, 1), (-big - 1, -big + 39, 1), (big, big - 80, -2), (0, 2**63, 2**57)]:
        total = 0
        for i in range(start, stop, step):
            total += i % 7
            last = i
        out.append((total, last))
    for n in [5, 0, -3, 5, big]:
        for i in range(n):
            if i > 50:
                break
        out.append(i)
    return out


def kinds(n):
    out = 0
    for i in range(n):
        for j in range(True) if i % 2 else range(n % 7):
            out += j + 1
    try:
        for i in range(n):
            for j in range(0, 5, 1 if i < n - 2 else 0):
                out += j
    except ValueError as error:
        return out, str(error)


def items(n):
    def give():
        for i in range(n):
            for j in range(i, i + 3):
                yield j

    total = 0
    for x in give():
        total = total * 5 + x & 0xFFFFFFF
    return total


for _ in range(3):
    print(triangle(90), alternating(60), shared(80), left_early(60))
    print(steps(40, 1)[-3:], steps(40, 2)[-3:], steps(40, 5)[-3:])
    print(bounds(), kinds(70), items(120))
