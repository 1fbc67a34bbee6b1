# The collector takes an object whose dict lives on elsewhere: the dict keeps its entries.
import gc
class Slotted:
    __slots__ = ("me", "__dict__")
instance = Slotted()
instance.me, instance.x = instance, 5
namespace = instance.__dict__
del instance
print(gc.collect() > 0, namespace)


class Module(type(gc)):
    pass


module = Module("made")
exec("value = 7\ndef function(): return value", module.__dict__)
function = module.function
cell = [module]
cell.append(cell)
del module, cell
gc.collect()
print(function())
