"""The first base in the MRO that is a mapping or a sequence decides which patterns match."""
import collections, collections.abc
def k(x):
    match x:
        case [*_]: return "seq"
        case {}: return "map"
class C: pass
class M0(collections.UserDict):pass
class M1(collections.UserDict, collections.abc.Sequence): pass
class M2(C, collections.UserDict, collections.abc.Sequence): pass
class M3(collections.UserDict, C, list): pass
class M4(dict, collections.abc.Sequence, C): pass
print([k(x()) for x in (M0,M1,M2,M3,M4)])
