"""Native functions with rules of their own in traces: conversions, mathematics, kinds, containers."""
import math
class A: pass
class B(A): pass
def numbers(n):
    out = []
    for i in range(n):
        x = i * 0.37 - 20
        out.append((int(x), float(i), round(x), math.floor(x), math.ceil(x), math.trunc(x), math.exp(x / 10), math.atan2(x, 2), math.pow(abs(x), .5),
           math.sqrt(abs(x)), math.isnan(x), math.isinf(x), math.fabs(x), min(x, 1.5), max(x, -2.25, 3.0), min(i, 5, 7), math.copysign(2, x), math.degrees(x), math.hypot(x, 1)))
    return out
def errors(n):
    log = []
    for i in range(n):
        x = 1000.0 - i
        try:
            log.append(math.log(x))
        except ValueError as e:
            log.append(str(e))
        try:
            log.append(math.exp(x))
        except OverflowError as e:
            log.append(str(e))
        try:
            log.append(chr(0x10ff00 + i))
        except ValueError as e:
            log.append(str(e))
        try:
            log.append(int(float('nan') if i == 700 else x))
        except ValueError as e:
            log.append(str(e))
        try:
            log.append(ord("ab"[: 1 + i // 600]))
        except TypeError as e:
            log.append(str(e))
    return log
def kinds(n):
    things = [1, True, 2.5, "s", None, A(), B(), [], (1,), 10**30]
    out = []
    for i in range(n):
        t = things[i // 7 % len(things)]
        out.append((isinstance(t, (int, str)), isinstance(t, A), isinstance(t, (A, float)), type(t).__name__, bool(t), str(t)[:5] if not isinstance(t, A) else 0))
    return out
def containers(n):
    d = {}
    out = []
    pop = out.pop
    get = d.get
    for i in range(n):
        k = str(i % 50)
        d[k] = d.get(k, 0) + get(k, 1)
        if d.get(k + "x") is None:
            out.append(k)
        out.insert(0, i)
        out.extend((1, 2))
        pop(); pop(-1)
        if i % 3: pop(0)
        it = iter(out)
        next(it)
        if next(it, None) is None: out.append(0)
    return d, len(out), out[:5], "-".join(map(str, out))[-20:]
import hashlib
for f, n in ((numbers, 900), (errors, 1300), (kinds, 2500), (containers, 1500)):
    r = f(n)
    print(f.__name__, hashlib.md5(repr(r).encode()).hexdigest(), repr(r)[-150:])
