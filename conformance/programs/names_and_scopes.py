# Name binding in module, function, class and nested scopes.
x = "module"


def function():
    x = "function"

    def nested():
        nonlocal x
        x = "changed"
        return x
    nested()
    return x


class Class:
    x = "class"
    y = x + " body"

    def method(self):
        return x


def with_global():
    global z
    z = "made global"


with_global()
print(x, function(), Class.x, Class.y, Class().method(), z)
try:
    print(undefined_name)
except NameError as error:
    print(error)


def unbound():
    try:
        print(local)
    except UnboundLocalError as error:
        print(error)
    local = 1
    return local


print(unbound())
del x
try:
    x
except NameError as error:
    print(error)
