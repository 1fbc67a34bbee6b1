"""_collections, _functools, _operator, _heapq, _bisect and _queue without the Python modules in front of them."""
from _bisect import bisect_left, bisect_right, insort_left
from _collections import _count_elements, _tuplegetter, defaultdict, deque
from _functools import Placeholder, _lru_cache_wrapper, cmp_to_key, partial, reduce
from _heapq import heapify, heapify_max, heappop, heappop_max, heappushpop
from _operator import attrgetter, itemgetter, methodcaller
from _queue import Empty, SimpleQueue


def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(type(error).__name__, error)


bounded = deque("abcdef", 3)
bounded.appendleft("x")
bounded.rotate(1)
print(bounded, bounded * 3, deque([1]) + deque([2]), deque([1, 2]) < deque([1, 3]))
show(lambda: bounded.insert(0, 1))


class Greedy:
    def __init__(self, target):
        self.target = target

    def __eq__(self, other):
        self.target.append(1)
        return False


def mutated(use):
    target = deque()
    target.append(Greedy(target))
    target.append(3)
    return use(target)


show(lambda: mutated(lambda d: 5 in d))
show(lambda: mutated(lambda d: d.remove(5)))
missing = defaultdict(list)
missing["a"].append(1)
print(missing, missing | {"b": 2}, missing.get("c"))
counts = {}
_count_elements(counts, "abca")
print(counts, _tuplegetter(1, "doc").__get__((1, 2)))


def collect(*args, **kwargs):
    return args, kwargs


some = partial(collect, Placeholder, 2, x=1)
print(some(1, 3, x=2, y=3), partial(some, 5).args, partial(some, 5).keywords)
show(lambda: some())
show(lambda: partial(collect, Placeholder))
some.note = 1
some.__setstate__((collect, (1,), {}, {"a": 1}))
some.__setstate__((collect, (1,), {}, {"b": 1}))
print(some.__dict__)
print(reduce(lambda a, b: a * b, [1, 2, 3], 10), sorted("bca", key=cmp_to_key(lambda a, b: (a < b) - (a > b))))
calls = []
remembered = _lru_cache_wrapper(lambda *a, **k: calls.append((a, k)) or len(calls), 2, False, lambda *a: a)
print([remembered(x) for x in (1, 1, 2, 1, 3, 2, 1.0)], remembered(x=1), remembered.cache_info())
show(lambda: remembered([]))
print(itemgetter(0, -1)("abc"), attrgetter("real.imag", "imag")(3), methodcaller("split", sep="b")("abc"))
numbers = [(i * 7919) % 101 for i in range(12)]
lowest, highest = numbers[:], numbers[:]
heapify(lowest)
heapify_max(highest)
print(lowest, highest, heappushpop(lowest, 1), heappop(lowest), heappop_max(highest))
insort_left(numbers := sorted(numbers), 50)
print(numbers, bisect_left(numbers, 50), bisect_right(numbers, 50), bisect_left(numbers, -50, key=lambda x: -x))
queue = SimpleQueue()
queue.put(1)
print(queue.get(), queue.empty())
try:
    queue.get(timeout=0.001)
except Empty as error:
    print(repr(error))
