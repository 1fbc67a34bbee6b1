"""Template strings: what they make, the types of string.templatelib, their errors."""
from string.templatelib import Template, Interpolation
x=5
t=t"a{x!r:>{x}}b{x}{x+1}c"
def q(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
print(t, t.strings, t.interpolations, t.values, list(t))
for T in (Template, Interpolation):
    print(T, T.__module__, T.__qualname__, T.__doc__, getattr(T,'__match_args__',None), T.__text_signature__)
i=t.interpolations[0]
q(lambda: (i.value,i.expression,i.conversion,i.format_spec))
q(lambda: Template('a','b',Interpolation(1,'x'),Interpolation(2)))
q(lambda: Template('a','b',Interpolation(1,'x')).strings)
q(lambda: Template())
q(lambda: Template().strings)
q(lambda: Template(5))
q(lambda: Template(x='a'))
q(lambda: Interpolation())
q(lambda: Interpolation(1,2))
q(lambda: Interpolation(1,'x','q'))
q(lambda: Interpolation(1,'x',5))
q(lambda: Interpolation(1,'x','r',5))
q(lambda: Interpolation(value=1,expression='x',conversion='r',format_spec='y'))
q(lambda: t+t)
q(lambda: t+'a')
q(lambda: 'a'+t)
q(lambda: 5+t)
q(lambda: t==t)
q(lambda: hash(t)==hash(t))
q(lambda: t.__reduce__()[1])
q(lambda: i.__reduce__())
q(lambda: setattr(t,'x',1))
q(lambda: setattr(i,'value',1))
q(lambda: t.strings.append)

q(lambda: next(iter(t)))
q(lambda: type('A',(Template,),{}))
q(lambda: type('A',(Interpolation,),{}))
q(lambda: Template[int]); q(lambda: Interpolation[int])
import copy
q(lambda: copy.copy(i))
match i:
    case Interpolation(v,e,c,s): print(v,e,c,s)

