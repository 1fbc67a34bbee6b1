import _struct
import binascii
from array import array


def attempt(f, *arguments):
    try:
        print(f(*arguments))
    except Exception as error:
        print(type(error).__name__, error)


# Alignment, repeats, byte order.
for code in ("bi", "<bi", "3s2p", "@bxq0h", ">eFd", "?c"):
    print(code, _struct.calcsize(code))
print(_struct.pack(">hIq", -2, 7, 1 << 40), _struct.unpack("<e2h", bytes(range(6))))
attempt(_struct.pack, "B", 256)
attempt(_struct.pack, "e", 65520)
attempt(_struct.unpack_from, "i", b"1234", 1)
print([x for (x,) in _struct.Struct("<H").iter_unpack(b"abcd")])

# An array is a list of one kind; converting an item may change the array.
a = array("h", [1, 2, 3])
a[1:1] = array("h", [7, 8])
del a[::2]
print(a, a * 2, a.tobytes())
attempt(a.append, 40000)


class Clears:
    def __index__(self):
        b.clear()
        return 1


b = array("i", [1, 2])
attempt(b.__setitem__, 0, Clears())

# A view shows the array's items and keeps it from growing.
with memoryview(a) as view:
    print(view.format, view.tolist(), view[::-1].tobytes(), view.cast("B", (2, 2)).tolist())
    attempt(a.append, 1)
a.append(1)
print(a)

# Base 64 refuses at the first place that is wrong.
for text in (b"YQ==", b"YQ=", b"Y=Q=", b"YQ==YQ==", b"AAAA="):
    attempt(binascii.a2b_base64, text)
    attempt(lambda: binascii.a2b_base64(text, strict_mode=True))
print(binascii.b2a_qp(b"a=b \nx" + b"y" * 80), binascii.a2b_uu(b"#86)C\n"), binascii.crc32(b"123456789"))
