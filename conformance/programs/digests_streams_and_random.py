import _blake2
import _md5
import _random
import _sha1
import _sha2
import _sha3
import cmath
import zlib

text = b"The quick brown fox jumps over the lazy dog" * 5
for make in (_md5.md5, _sha1.sha1, _sha2.sha224, _sha2.sha256, _sha2.sha384, _sha2.sha512, _sha3.sha3_256):
    h = make(text[:50])
    copy = h.copy()
    h.update(text[50:])
    print(h.name, h.digest_size, h.block_size, h.hexdigest(), copy.hexdigest()[:8])
print(_sha3.shake_128(text).hexdigest(9))
print(_blake2.blake2b(text, key=b"k", salt=b"s", person=b"p", fanout=2, depth=3, leaf_size=9, node_offset=5).hexdigest())
print(_blake2.blake2s(text, digest_size=9, last_node=True).hexdigest())

packed = zlib.compress(text)
print(zlib.decompress(packed) == text, zlib.adler32(text), zlib.crc32(text))
d = zlib.decompressobj()
print(d.decompress(packed + b"tail", 20), d.eof, d.flush()[-5:], d.eof, d.unused_data)
c = zlib.compressobj(zdict=b"lazy dog")
copy = c.copy()
stream = c.compress(text) + c.flush()
print(zlib.decompressobj(zdict=b"lazy dog").decompress(stream) == text)
for broken in (packed[:-2], b"abc"):
    try:
        zlib.decompress(broken)
    except zlib.error as error:
        print(error)

r = _random.Random(5)
state = r.getstate()
first = r.random(), r.getrandbits(70), r.getrandbits(3)
r.setstate(state)
print(first, (r.random(), r.getrandbits(70), r.getrandbits(3)) == first)

print(cmath.sqrt(-4), cmath.exp(1j * cmath.pi).real, cmath.tanh(complex(1000, 1)), cmath.rect(2, 0), cmath.polar(-1))
for f in (cmath.log, cmath.atanh):
    try:
        f(0 if f is cmath.log else 1)
    except ValueError as error:
        print(error)
