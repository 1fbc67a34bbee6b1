"""OrderedDict keeps its order through moves to either end, removals at both, rebuilding, and tells of changes under way."""
from collections import OrderedDict
import random

random.seed(11)
ordered, model = OrderedDict(), []
for step in range(6000):
    key = random.randrange(60)
    action = random.randrange(7)
    if action < 2:
        if key not in ordered:
            model.append(key)
        ordered[key] = step
    elif action == 2 and key in ordered:
        ordered.move_to_end(key)
        model.remove(key)
        model.append(key)
    elif action == 3 and key in ordered:
        ordered.move_to_end(key, last=False)
        model.remove(key)
        model.insert(0, key)
    elif action == 4 and ordered and step % 3:
        assert ordered.popitem(last=False)[0] == model.pop(0)
    elif action == 5 and ordered and not step % 3:
        assert ordered.popitem()[0] == model.pop()
    elif action == 6 and key in ordered:
        del ordered[key]
        model.remove(key)
    assert list(ordered) == model and list(reversed(ordered)) == model[::-1]
print(len(ordered), list(ordered.items())[:3])

for change in (lambda k: ordered.move_to_end(k), lambda k: ordered.pop(k), lambda k: ordered.update(new=1)):
    try:
        for key in ordered:
            change(key)
    except RuntimeError as error:
        print(error)
for key in ordered:
    ordered[key] = None


class Noisy(OrderedDict):
    def __setitem__(self, key, value):
        print("set", key)
        super().__setitem__(key, value)

    def __getitem__(self, key):
        print("get", key)
        return super().__getitem__(key)


noisy = Noisy([("a", 1)], b=2)
print(noisy.copy(), noisy | {"c": 3}, noisy.setdefault("a", 5), noisy.pop("b"), noisy)
print(OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == {"b": 2, "a": 1})
noisy.attribute = 1
print(noisy.__reduce__()[:4], noisy.keys(), noisy.items(), noisy.values())
first_in_first_out = dict.fromkeys(range(3000))
while first_in_first_out:
    del first_in_first_out[next(iter(first_in_first_out))]
print(first_in_first_out)
