"""Modules are cached in .pyc files, by time stamp and by hash; what is wrong with one is told."""
import importlib
import importlib.util
import os
import py_compile
import sys
import tempfile

sys.dont_write_bytecode = False


def fresh(name):
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name).value
    except Exception as e:
        return type(e).__name__, str(e).replace(folder, "FOLDER").replace(sys.implementation.cache_tag, "TAG")


with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)
    source = os.path.join(folder, "cached.py")

    def write(text, stamp):
        with open(source, "w") as f:
            f.write(text)
        os.utime(source, (stamp, stamp))

    write("value = 1\n", 1_000_000_000)
    print(fresh("cached"))
    compiled = importlib.util.cache_from_source(source)
    print(os.path.basename(compiled).replace(sys.implementation.cache_tag, "TAG"), os.path.exists(compiled))
    with open(compiled, "rb") as f:
        data = f.read()
    print(data[:4] == importlib.util.MAGIC_NUMBER, data[4:8], int.from_bytes(data[8:12], "little"),
          int.from_bytes(data[12:16], "little"))

    # Same size and time: the old code is used. Another time: it is compiled again.
    write("value = 2\n", 1_000_000_000)
    print(fresh("cached"))
    write("value = 3\n", 1_000_000_007)
    print(fresh("cached"))
    print(sys.modules["cached"].__cached__ == compiled, oct(os.stat(compiled).st_mode & 0o777))

    # By hash: checked, then unchecked.
    py_compile.compile(source, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    write("value = 4\n", 1_000_000_007)
    print(fresh("cached"))
    py_compile.compile(source, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    write("value = 5\n", 1_000_000_009)
    print(fresh("cached"))

    # A file without source.
    os.rename(compiled, os.path.join(folder, "bare.pyc"))
    print(fresh("bare"))

    # Damaged ones.
    for name, content in [
        ("short", data[:7]),
        ("magic", b"abcd" + data[4:]),
        ("flags", data[:4] + b"\xff\0\0\0" + data[8:]),
        ("cut", data[:20]),
        ("other", data[:16] + b"i\1\0\0\0"),
    ]:
        with open(os.path.join(folder, name + ".pyc"), "wb") as f:
            f.write(content)
        print(name, fresh(name))
