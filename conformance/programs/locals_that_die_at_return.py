"""A function's many locals die at its return, once each, whatever they are; functions are traced from entry to return."""

deaths = []


class Noted:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        deaths.append(self.name)


def descend(depth, note):
    items = [depth]
    half = depth * 0.5
    text = str(depth)
    first = Noted(("first", depth)) if note else None
    table = {depth: text}
    second = Noted(("second", depth)) if note else half
    pair = (items, table)
    if depth < 0:
        never = depth
    third = Noted(("third", depth)) if note else text
    if depth == 0:
        return len(text) + len(pair)
    return descend(depth - 1, note) + len(table)


total = 0
for round in range(400):
    total += descend(12, False)
print("total", total)

for round in range(40):
    deaths.clear()
    total += descend(12, True)
print("deaths", sorted(deaths)[:7], len(deaths))
print("total", total)


def key(word):
    length = len(word)
    doubled = word + word
    letters = list(doubled)
    share = length / 3
    last = letters[-1]
    return last, share, length


words = [chr(97 + n * 7 % 26) * (n % 5 + 1) for n in range(3000)]
words.sort(key=key)
print("words", words[:3], words[-3:])
