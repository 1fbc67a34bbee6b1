"""`len` of objects whose `__len__` gives more than a small int holds, in loops that are being recorded and elsewhere."""
import sys


class Long:
    def __len__(self):
        return sys.maxsize - 1


def length(items):
    found = len(items)
    return found if 0 < found else "wrong"


def rounds(items, limit=None):
    if limit is None:
        limit = len(items)
    count = 0
    while count < limit:
        count += 1
        if count > 3:
            return "many"
    return count


results = set()
for number in range(300):
    for items in [1], [1, 1], [1, 2, 3], [1, 1, 2, 2, 3]:
        length(items)
        rounds(items)
    results.add((length(Long()), rounds(Long())))
print(results)
