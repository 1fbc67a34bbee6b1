"""any() and all() over generator expressions expand in place only while the names mean the built-in functions."""
import builtins

def some(items):
    return any(x > 2 for x in items)

def every(items):
    return all(x > 2 for x in items)

print(some([1, 2, 3]), some([]), every([3, 4]), every([1]))
original = builtins.any
builtins.any = lambda items: ("replaced", list(items))
print(some([1, 2, 3]))
builtins.any = original
print(some([1, 2, 3]))
del builtins.all
try:
    every([1])
except NameError as error:
    print(error)
