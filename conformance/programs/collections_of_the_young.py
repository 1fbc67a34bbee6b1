# Garbage in cycles goes whether it is young or has survived a collection, and what is alive stays, while programs only make objects.
import gc
import weakref


class Node:
    def __init__(self, other):
        self.other = other
        self.me = self


def churn(n):
    for i in range(n):
        Node(i)


kept = [Node(i) for i in range(3000)]
watched = [weakref.ref(node) for node in kept]
churn(60000)
print(all(ref() is node and node.me is node for ref, node in zip(watched, kept)))
# They are old now: it takes a look at everything to find that they are garbage.
del kept[:2000]
node = None
alive = [Node(i) for i in range(60000)]
gc.collect()
print(sum(ref() is not None for ref in watched), len(alive), all(n.me is n for n in alive))
told = []


class Told(Node):
    def __del__(self):
        told.append(self.other)


def telling(n):
    for i in range(n):
        (Told if i % 5000 == 0 else Node)(i)


telling(40000)
gc.collect()
print(told)
back = []


class Back(Node):
    def __del__(self):
        back.append(self)


for i in range(3):
    Back(Node(i))
gc.collect()
print(sorted(b.other.other for b in back), all(b.me is b for b in back))
