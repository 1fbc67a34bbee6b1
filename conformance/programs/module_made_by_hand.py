# A module is a namespace in which a body ran.
import sys
module = type(sys)("handmade", "its doc")
exec(compile("def twice(n):\n    return factor * n\nfactor = 2", "<handmade>", "exec"), module.__dict__)
print(module.__name__, module.__doc__, module.twice(21))
module.factor = 3
print(module.twice(7), module.__dict__["factor"])
sys.modules["handmade"] = module
import handmade
print(handmade is module, handmade.twice.__globals__ is module.__dict__)
