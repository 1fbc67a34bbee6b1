"""Sources nested as deep as CPython allows, and deeper; also in a thread."""
import threading


def attempt(name, source):
    try:
        compile(source, name, "exec")
        print(name, "ok")
    except (MemoryError, RecursionError, SyntaxError) as e:
        print(name, type(e).__name__, getattr(e, "msg", e))


def all():
    for n in (900, 5000, 7000):
        attempt(f"neg {n}", "-" * n + "1")
        attempt(f"not {n}", "not " * n + "a")
        attempt(f"if {n}", "1 if a else " * n + "1")
        attempt(f"elif {n}", "if a: pass\n" + "elif a: pass\n" * n)
        attempt(f"attributes {n}", "a" + ".b" * n)
        attempt(f"sum {n}", "a+" * n + "1")
    for n in (200, 201):
        attempt(f"parentheses {n}", "(" * n + "1" + ")" * n)
    for n in (99, 100):
        attempt(f"blocks {n}", "".join(" " * i + "if 1:\n" for i in range(n)) + " " * n + "pass")


all()
thread = threading.Thread(target=all)
thread.start()
thread.join()
print(eval("+".join(["1"] * 5000)), eval("-" * 5000 + "1"))
