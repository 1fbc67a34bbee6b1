# Closures share cells; each call makes new ones.
def counter():
    count = 0

    def increment():
        nonlocal count
        count += 1
        return count
    return increment


a, b = counter(), counter()
print(a(), a(), b(), a())
print(a.__closure__[0].cell_contents, b.__closure__[0].cell_contents)
print(a.__code__.co_freevars, counter.__code__.co_cellvars)
functions = [lambda: value for value in (1, 2, 3)]
print([f() for f in functions])
functions = [lambda value=value: value for value in (1, 2, 3)]
print([f() for f in functions])
