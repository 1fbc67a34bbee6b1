"""The collector runs while iterators hold the only reference to what they walk."""
import gc

for make in (list, tuple, dict.fromkeys, set, lambda v: reversed(list(v)), lambda v: zip(list(v), tuple(v)),
             lambda v: map(str, list(v)), lambda v: enumerate(list(v)), lambda v: filter(None, tuple(v))):
    iterator = iter(make(["a", "b", "c"]))
    found = []
    for item in iterator:
        gc.collect()
        found.append(item)
    print(type(iterator).__name__, sorted(found) if type(iterator).__name__ == "set_iterator" else found)

for item in [[1], [2]]:
    gc.collect()
    print(item)
