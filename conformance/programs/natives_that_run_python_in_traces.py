"""Natives called from traces that run Python code, raise, or let objects die."""
import sys, functools, collections, heapq

def caller_locals():
    f = sys._getframe(1)
    names = []
    while f and f.f_code.co_name != "<module>":
        names.append((f.f_code.co_name, sorted(k for k in f.f_locals if k in ("i", "total", "word"))))
        f = f.f_back
    return names

class Word:
    def __init__(self, s): self.s = s
    def __lt__(self, other): return self.s < other.s
    def __hash__(self): return hash(self.s)
    def __eq__(self, other): return self.s == other.s
    def __len__(self): return len(self.s)
    def __str__(self): return "<" + self.s + ">"
    def __index__(self): return len(self.s)
    def __format__(self, spec): return self.s + spec

seen = set()
def key(x):
    f = sys._getframe(1)
    seen.add((f.f_code.co_name, f.f_locals["i"] >= 0, f.f_locals["total"] >= 0, f.f_lineno - f.f_code.co_firstlineno))
    return -x

def callbacks(n):
    total = 0
    words = [Word(s) for s in "the quick brown fox".split()]
    for i in range(n):
        total += sorted([i, 3, 7], key=key)[0]
        total += sum(x for x in (i, 1))
        total += len(list(map(key, (1, 2))))
        total += max([1, i], key=key)
        total += len(words[i % 4])
        total += len(str(words[i % 4]))
        total += [10, 20, 30, 40, 50, 60].__getitem__(words[i % 4])
        total += words.index(words[i % 4])
        total += len(format(words[i % 4], "x"))
        total += len("{} {}".format(words[i % 4], i))
        total += hash(words[i % 4]) == hash(words[i % 4].s)
        total += functools.reduce(lambda a, b: a + b, [i, 1], 0)
    return total

def raises(n):
    log = collections.Counter()
    for i in range(n):
        try:
            if i % 3 == 0: int("x%d" % (i % 5))
            elif i % 3 == 1: [].pop()
            else: sorted([1, "a"], key=lambda x: x)
        except (ValueError, IndexError, TypeError) as e:
            tb = e.__traceback__
            log[str(e), tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno, tb.tb_frame.f_locals["i"] == i] += 1
    return sorted(log.items())

def heap(n):
    h = []
    push, pop = heapq.heappush, heapq.heappop
    out = []
    for i in range(n):
        push(h, ((i * 7919) % 1009, i))
        if i % 3 == 2: out.append(pop(h))
    return len(h), out[-3:]

def queues(n):
    q = collections.deque(maxlen=5)
    r = collections.deque()
    c = collections.Counter()
    dd = collections.defaultdict(list)
    for i in range(n):
        q.append(i); r.append(i)
        if i % 2: r.popleft()
        c.update(("a", i % 3))
        dd[i % 4].append(i)
        r.rotate(1)
    return list(q), len(r), list(r)[:3], sorted(c.items(), key=str), {k: len(v) for k, v in dd.items()}

@functools.lru_cache(maxsize=64)
def cached(x): return x * 2
def wrapped(n):
    p = functools.partial(pow, 2)
    total = 0
    for i in range(n):
        total += p(i % 5) + cached(i % 70) + int("%x" % i, base=16)
    return total, cached.cache_info()

class Noisy:
    def __init__(self, log): self.log = log
    def __del__(self): self.log.append("gone")
def deaths(n):
    log = []
    d = {}
    for i in range(n):
        items = [Noisy(log)]
        items.clear()
        d["k"] = Noisy(log)
        d.pop("k")
        log.append(i)
    return len(log), log[-4:]

for f in callbacks, raises, heap, queues, wrapped, deaths:
    print(f.__name__, f(1500))
print(sorted(seen))
