# A generator that a hot function makes and returns is one that others can resume.
def upto(n):
    i = 0
    while i < n:
        yield i
        i += 1
made = []
def make(n):
    g = upto(n)
    made.append(g)
    return g
bad = 0
for k in range(40):
    g = make(3)
    try:
        next(g)
    except ValueError:
        bad += 1
print(bad)
def run():
    bad = 0
    for g in list(map(make, range(1, 60))):
        try: next(g)
        except ValueError: bad += 1
    return bad
print(run())
