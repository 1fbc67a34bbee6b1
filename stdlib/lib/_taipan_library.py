"""Finder and loader of the Python library embedded in the program.

The library looks like the directory that sys._stdlib_dir names; no such directory need exist.  Files that do exist
there (site-packages) are the business of the other path hooks.
"""

import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _bootstrap_external
import _library
import sys

_root = None


def _inside(path):
    """The path relative to the root of the library, or None."""
    if path == _root:
        return ''
    if path.startswith(_root) and path[len(_root)] == '/':
        return path[len(_root) + 1:]
    return None


class LibraryLoader(_bootstrap_external.SourceFileLoader):

    """Loader of a module of the embedded library."""

    def get_code(self, fullname):
        path = self.path
        code = _library.code(path[len(_root) + 1:], path) if sys.flags.optimize == 0 else None
        if code is None:
            code = self.source_to_code(self.get_data(path), path)
        return code

    def get_data(self, path):
        """The bytes of a file of the library, or of a real file."""
        inside = _inside(path)
        data = None if inside is None else _library.source(inside)
        return super().get_data(path) if data is None else data

    def path_stats(self, path):
        inside = _inside(path)
        data = None if inside is None else _library.source(inside)
        return super().path_stats(path) if data is None else {'mtime': 0, 'size': len(data)}

    def set_data(self, path, data, *, _mode=0o666):
        """Nothing is cached: the code is in the library."""


class LibraryFinder:

    """Path entry finder for a directory of the embedded library."""

    def __init__(self, path):
        inside = _inside(path)
        if inside is None or not (inside == '' or _library.entries(inside)):
            raise ImportError('not in the library', path=path)
        self.path = path
        self._base = inside + '/' if inside else ''

    def __repr__(self):
        return f'{type(self).__name__}({self.path!r})'

    def find_spec(self, fullname, target=None):
        found = _library.find(self._base + fullname.rpartition('.')[2])
        if found is None:
            return None
        path, is_package = found
        path = _root + '/' + path
        spec = _bootstrap.ModuleSpec(fullname, LibraryLoader(fullname, path), origin=path, is_package=is_package)
        spec._set_fileattr = True
        if is_package:
            spec.submodule_search_locations.append(path.rpartition('/')[0])
        return spec

    def invalidate_caches(self):
        """Nothing is cached."""

    def iter_modules(self, prefix=''):
        """What pkgutil.iter_modules() asks for."""
        for entry in _library.entries(self._base[:-1]) or ():
            name, dot, suffix = entry.partition('.')
            if suffix == 'py' and name != '__init__':
                yield prefix + name, False
            elif not dot and _library.find(self._base + name):
                yield prefix + name, True


def install(root):
    """Put the finder in front of the other path hooks."""
    global _root
    _root = root
    sys.path_hooks.insert(0, LibraryFinder)
