"""Filters decide what becomes of a warning; registries remember what was shown."""
import _warnings


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, error)


attempt(_warnings.warn, "text", int)
attempt(_warnings.warn)
attempt(_warnings.warn, "text", skip_file_prefixes=5)
attempt(_warnings.warn, "text", skip_file_prefixes=(5,))
attempt(_warnings.warn_explicit, "text", UserWarning, "file", 1, registry=5)
attempt(_warnings.warn_explicit, "text", UserWarning, "file", 1, module_globals=5)
attempt(_warnings.warn_explicit, "text", UserWarning, 5, 1)
attempt(_warnings._release_lock)
attempt(_warnings._filters_mutated_lock_held)

filters = _warnings.filters
filters.insert(0, ("error", None, Warning, None, 0))
attempt(_warnings.warn, "raised")
attempt(_warnings.warn, RuntimeWarning("an object"))
attempt(compile, "1 is 1", "name", "eval")
for row in [("zork", None, Warning, None, 0), 5, (5, None, Warning, None, 0), ("all", 5, Warning, None, 0)]:
    filters[0] = row
    attempt(_warnings.warn, "with a bad filter")


class Pattern:
    def match(self, text):
        print("match", text)
        return False


filters[0] = ("error", Pattern(), Warning, None, 0)
filters.insert(1, ("once", None, Warning, None, 0))
registry = {}
for _ in range(2):
    _warnings.warn_explicit("told once", UserWarning, "dir/file.py", 3, registry=registry)
print(registry)
_warnings._acquire_lock()
_warnings._filters_mutated_lock_held()
_warnings._release_lock()
filters[:2] = [("ignore", None, Warning, None, 0)]
_warnings.warn_explicit("ignored", UserWarning, "dir/file.py", 3, registry=registry)
print(registry)

# Exit functions run even if the module was taken out of sys.modules.
import atexit
import sys

atexit.register(print, "at exit")
del sys.modules["atexit"]
