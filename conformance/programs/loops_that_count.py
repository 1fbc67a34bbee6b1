# Loops that count through lists: where the list ends before the loop does, or changes.
def outside(a, n):
    t = 0
    try:
        for i in range(n):
            t += a[i]
    except IndexError as e:
        return t, i, str(e)
    return t, i
def ahead(a, n, off):
    t = 0
    i = 0
    try:
        while i < n:
            t += a[i + off]
            i += 1
    except IndexError:
        return 'E', t, i
    return t, i
def back(a, n):
    t = 0
    try:
        for i in range(n - 1, -3, -1):
            t += a[i] * (i + 5)
    except IndexError:
        return 'E', t, i
    return t, i
def down(a, i):
    t = 0
    while i >= 0:
        t = t * 3 + a[i]
        if t > 1 << 40: t %= 1000003
        i -= 1
    return t
def shrink(a, n):
    t = 0
    try:
        for i in range(n):
            t += a[i]
            if i % 50 == 49: a.pop()
    except IndexError:
        return 'E', t, i, len(a)
    return t, i, len(a)
def grow(a):
    t = 0
    for i in range(300):
        t += a[i]
        a.append(i)
    return t, len(a)
def branch(a, n):
    t = 0
    for i in range(n):
        if i < len(a): t += a[i]
        else: t += 1
    return t
def sentinel(a):
    i = 0
    while True:
        if a[i] == 77: return i
        i += 1
def strings(s, n):
    c = 0
    try:
        for i in range(n):
            if s[i] == 'b': c += 1
    except IndexError:
        return 'E', c, i
    return c, i
def alias(a, b, n):
    try:
        for i in range(n):
            for k in range(n):
                a[i][k] += b[k][i]
    except IndexError:
        return 'E', i, k
    return sum(map(sum, a))
def rows(a, n):
    t = 0.0
    for i in range(n):
        r = a[i]
        for j in range(1, len(r) - 1):
            r[j] = r[j - 1] + r[j + 1] * 0.5
            t += r[j]
        if i % 7 == 6: r.pop()
    return t
def huge(n):
    t = 0
    for i in range((1 << 62) - n, 1 << 62):
        t += i & 7
    for i in range(-(1 << 62) + n, -(1 << 62) - 1, -1):
        t += i & 7
    return t
def unpaired(a, n):
    t = 0
    j = len(a)
    for i in range(n):
        j -= 1
        t += a[j] * i
    return t, j
def steps(a, n):
    t = 0
    for s in (2, 3, 5, -1, -2, -4):
        lo, hi = (0, n) if s > 0 else (n - 1, -1)
        try:
            for i in range(lo, hi, s):
                t += a[i] * s
        except IndexError:
            t += 1000003
    return t
def inner_break(a, n):
    t = 0
    for i in range(n):
        for j in range(i, n):
            if a[j] == i % 11 * 3: break
            t += j
        else:
            t += 100
    return t
def leaves(a, n, f):
    t = 0
    for i in range(n):
        t += a[i]
        if i % 97 == 3:
            f(a, i)
    return t
a = [(i * 7) % 13 for i in range(400)]
for _ in range(30):
    out = [
        outside(a, 500), outside(a, 400), outside(a, 3), ahead(a, 400, 0), ahead(a, 400, 3), ahead(a, 400, -5),
        back(a, 400), back(a, 401), down(a, 399), shrink(a[:], 400), shrink(a[:], 300), grow(a[:]),
        branch(a, 380), branch(a, 800), sentinel(a + [77]), strings('abcb' * 60, 240), strings('abcb' * 60, 250),
        huge(200), unpaired(a, 400), steps(a, 400), inner_break(a, 120),
    ]
print(out)
m = [[float(i * j % 7) for j in range(40)] for i in range(40)]
for _ in range(10):
    out = [alias(m, m, 40), alias(m, [m[3]] * 40, 40), alias(m, m[:30], 40), rows(m, 40), len(m[6])]
print([round(x, 3) if isinstance(x, float) else x for x in out][3:], sum(map(len, m)))
def cut(a, i):
    if i == 100: del a[200:]
for _ in range(10):
    try:
        out = leaves(a[:], 400, cut)
    except IndexError as e:
        out = str(e)
print(out, leaves(a[:], 200, cut))
z = [0.0, -0.0, float('nan'), float('inf'), 1e-310, -1e308, 1e308, 2.5]
def floats(z, n):
    w = z * n
    for i in range(1, len(w)):
        w[i] = w[i - 1] - w[i] if i % 8 else w[i] * 2.0
    for i in range(len(w) - 1):
        w[i] = -w[i + 1]
    return w[:20]
for _ in range(10): out = floats(z, 60)
print(out)
def mixed(n):
    w = [0.0] * n
    for i in range(n):
        w[i] = i if i % 3 == 0 else i * 0.5
    t = 0
    for i in range(n):
        t += w[i]
        w[i] = w[i - 1]
    return t, w[:5]
for _ in range(10): out = mixed(300)
print(out)
