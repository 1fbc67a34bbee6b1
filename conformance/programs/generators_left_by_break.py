# Loops over generators that are left early: what is on top of the generator at the break ends it there and then.
ended = []


def guarded(n, name):
    try:
        for i in range(n):
            yield i
    finally:
        ended.append(name)


def left_by_break():
    total = 0
    for k in range(300):
        for v in guarded(10, k):
            total += v
            if v == 5:
                break
        if len(ended) != k + 1:
            print("late", k, len(ended))
    print(total, len(ended), ended[:4], ended[-4:])


def left_by_a_short_genexpr():
    n = 0
    for i in range(2000):
        for y in (x == i & 15 for x in (3, 5, 7)):
            if y:
                n += 1
                break
        else:
            n -= 1
    print(n)


def asked_by_natives():
    n = 0
    for i in range(1500):
        n += any(x == i & 15 for x in (3, 5, 7))
        n += all(x != i & 15 for x in (3, 5, 7))
        n += next((x for x in (3, 5, 7) if x > i & 7), 1)
    print(n)


def kept_behind_the_loop():
    ended.clear()
    kept = [None] * 4
    total = 0
    for k in range(400):
        g = kept[k & 3] = guarded(k & 7, k)
        for v in g:
            total += v
            if v == 2:
                break
        other = kept[k + 1 & 3]
        if other is not None:
            total += next(other, 100)
    print(total, len(ended), ended[-5:])


left_by_break()
left_by_a_short_genexpr()
asked_by_natives()
kept_behind_the_loop()
