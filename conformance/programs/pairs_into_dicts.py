# Dicts take pairs from generators as they come: what keys and dying values do happens where it did, and a wrong element is counted.
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("dies", self.name)

def pairs():
    for i in range(3):
        yield ("k", Loud(i))
        print("after", i)

d = dict(pairs())
print(list(d))
del d

def mixed():
    yield ("a", 1)
    yield ["b", 2]
    yield "cd"
    yield (1, 2)
    yield bad

for bad in [(1, 2, 3), 5, "x", ([], 1)]:
    d = {}
    try:
        d.update(mixed())
    except Exception as e:
        print(type(e).__name__, e, getattr(e, "__notes__", None), d)

class Key:
    def __init__(self, pair):
        self.pair = pair
    def __hash__(self):
        self.pair.clear()
        return 1

pair = []
pair.extend([Key(pair), Loud("value")])
d = dict([pair])
print(len(d), pair)
del pair
d.clear()

def changing():
    for i in range(40):
        yield (i % 7, str(i))
        if i % 9 == 0:
            target.pop(i % 7, None)

target = {}
target.update(changing())
print(target)

# Tuples are sorted as their items compare.
class Odd:
    def __init__(self, n):
        self.n = n
    def __eq__(self, other):
        print("eq", self.n, other.n)
        return self.n == other.n
    def __lt__(self, other):
        print("lt", self.n, other.n)
        return self.n < other.n
    def __repr__(self):
        return f"Odd({self.n})"

print(sorted([(2, "b"), (1, "z"), (2, "a"), (1, "a")]))
print(sorted([(2, Odd(1)), (1, Odd(2)), (1, Odd(0))]))
nan = float("nan")
print(sorted([(nan, 1), (1.0, 2), (nan, 0), (0.5, 1)]))
print(sorted([(1, 2), (1,), (1, 2, 3), ()]))
print(sorted([("b", 1.5, 3), ("a", 2.5, 1), ("b", 1.5, 2), ("a", 0.0, 9), ("a", -0.0, 8)], reverse=True))
print(sorted([(True, 1), (0, 2), (1, 0)]))
for items in [[(1, "a"), (1, 2)], [(1, None), (2, None), (1, None), (1, 3)]]:
    try:
        print(sorted(items))
    except TypeError as e:
        print(e)

# Splitting.
for text in ["", " ", "a", " a  b\tc ", "x" * 70 + " y", "a,b,,c,", "," * 70 + "z", "\x1c\x1fq\x85"]:
    print([text.split(), text.split(None, 1), text.split(","), text.split(",", 2), text.split(", "), text.split("é")])
s = "whole"
print(s.split()[0] is s, s.split(",")[0] is s)
