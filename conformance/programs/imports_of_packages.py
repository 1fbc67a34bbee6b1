"""Packages written to a folder: from-lists, relative levels, errors, circular imports, what sys.modules holds."""
import os
import sys
import tempfile

FILES = {
    "pack/__init__.py": "print('pack runs', __name__, __package__)\nvalue = 1\n",
    "pack/one.py": "from . import value\nfrom .sub import deep\nfrom .sub.deep import name as n\nresult = (value, deep.__name__, n)\n",
    "pack/sub/__init__.py": "from .. import value as v\n__all__ = ['deep', 'x']\nx = v + 1\n_y = 3\n",
    "pack/sub/deep.py": "from ..sub import x\nname = __name__\n",
    "pack/beyond.py": "from ... import nothing\n",
    "circle_a.py": "import circle_b\nname = 1\n",
    "circle_b.py": "from circle_a import name\n",
    "broken.py": "value = 1\n1 / 0\n",
    "lazy.py": "def __getattr__(name):\n    if name.startswith('dyn'):\n        return name.upper()\n    raise AttributeError(f'lazy has no {name}')\n",
    "spaces/part/leaf.py": "here = __spec__.parent\n",
    "replaced.py": "import sys\nsys.modules[__name__] = 'instead'\n",
}


def attempt(text):
    names = {"__name__": "__main__", "__package__": None, "__spec__": None}
    try:
        exec(text, names)
        shown = {k: v for k, v in names.items() if not k.startswith("__")}
        print(text, "->", {k: getattr(v, "__name__", v) for k, v in sorted(shown.items())})
    except Exception as e:
        message = str(e).replace(folder, "FOLDER")
        print(text, "->", type(e).__name__, message, getattr(e, "name", None))


with tempfile.TemporaryDirectory() as folder:
    for path, text in FILES.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True

    attempt("import pack.one")
    attempt("import pack.one as o; r = o.result")
    attempt("from pack import one, sub")
    attempt("from pack.sub import *")
    attempt("from pack.sub import _y, deep as d")
    attempt("from pack import missing")
    attempt("import pack.missing")
    attempt("import pack.one.further")
    attempt("import pack.beyond")
    attempt("import circle_a")
    print("circle_a" in sys.modules, "circle_b" in sys.modules)
    attempt("import broken")
    print("broken" in sys.modules)
    attempt("from lazy import dynamic")
    attempt("from lazy import other")
    attempt("import spaces.part.leaf as leaf; h = leaf.here")
    print(type(sys.modules["spaces"].__path__).__name__, sys.modules["spaces"].__file__)
    attempt("import replaced")
    attempt("from . import x")
    sys.modules["blocked"] = None
    attempt("import blocked")
    del sys.modules["pack.one"]
    attempt("import pack.one as again; same = again is __import__('sys').modules['pack.one']")
    print(sorted(m for m in sys.modules if m.startswith(("pack", "spaces"))))
    spec = sys.modules["pack.sub"].__spec__
    print(spec.name, spec.parent, os.path.relpath(spec.origin, folder), spec.has_location)
    print(repr(sys.modules["pack"]).replace(folder, "FOLDER"))

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name.startswith("virtual"):
                print("asked for", name)
                import importlib.machinery
                return importlib.machinery.ModuleSpec(name, Loader())

    class Loader:
        def create_module(self, spec):
            return None

        def exec_module(self, module):
            module.loaded = module.__name__ * 2

    sys.meta_path.append(Finder)
    attempt("import virtual_one; value = virtual_one.loaded")
    attempt("import virtual_one; value = virtual_one.loaded")

    import builtins
    original = builtins.__import__

    def logged(name, globals=None, locals=None, fromlist=(), level=0):
        print("import", name, fromlist, level)
        return original(name, globals, locals, fromlist, level)

    builtins.__import__ = logged
    from pack.sub import deep
    import pack.one
    builtins.__import__ = original
