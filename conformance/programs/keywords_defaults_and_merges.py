"""Keyword defaults in any order, merged keyword arguments, and the shortest forms of common calls."""
def f(a,b=2,*,c=3,d=4): return a,b,c,d
print(f(1),f(1,d=9),f(1,c=8),f(a=1))
f.__kwdefaults__={"d":1,"c":2}; print(f(1),f(1,d=5))
f.__kwdefaults__={"d":1}
try: f(1)
except TypeError as e: print(e)
try: f(*(1,),**{"d":2})
except TypeError as e: print(e)
f.__kwdefaults__=None
try: f(1)
except TypeError as e: print(e)
def g(**k): return k
def h(fn,*a,**k): return fn(*a,**k)
print(h(g),h(g,x=1),h(g,**{"y":1,"x":2}))
for m in ({1:2},{"a":1,3:4}):
    try: print(g(**m))
    except TypeError as e: print(e)
class S(str): pass
print(g(**{S("q"):1}), g(**{},**{"z":1}), {**{}}, {**{1:2}}, {**{"a":1},**{"a":2,"b":3}})
d={i:i for i in range(20)}
for i in range(0,20,2): del d[i]
e={**d}; print(e, len(e)); e[5]="x"; e["n"]=1; print(d[5], e, g(**{}))
k={"a":1}; r=g(**k); r["b"]=2; print(k,r)
print(max(1,2),min(1,2),max(3,3.0),max(True,1),min(1,True),max(-5,2**70),min(2**62,2**61),max(2,"b".__len__()),max([1,5,3]),min([4,2,2]))
print("%s %d %r %x %s%%"%(1,2,"a",255,None), "%(a)s-%(b)d"%{"a":1,"b":2}, b"%s %d %x"%(b"x",1,255))
for t,a in [("%s",()),("%d",("a",)),("%s",(1,2)),("%",1),("%x",(1.5,)),("%(a)s %s",{"a":1}),("%y",1),("%s%",1)]:
    try: print(t%a)
    except Exception as e: print(type(e).__name__,e)
for s in ["","a","\x1ca\x1d","\x85a\xa0"," \u2003é "]: print(ascii(s.strip()),ascii(s.split()))
for a in ["abc","é","a\u20ac"]:
    for b in ["","a","é","c","\u20ac","abcd"]: print(a.startswith(b),a.endswith(b),a.startswith((b,"x")),a.startswith(b,1),a.endswith(b,0,1))
try: "a".startswith(1)
except TypeError as e: print(e)
try: "a".startswith("a",x=1)
except TypeError as e: print(e)


class WithMethod:
    def method(self, **keywords):
        pass


# Messages name the callable with its module and class.
for call in ("takes(**{'a': 1}, **{'a': 2})", "takes(**3)", "takes(*3)", "int(**{'a': 1}, **{'a': 2})",
             "WithMethod().method(**{'a': 1}, **{'a': 2})"):
    try:
        eval(call, {"takes": lambda **keywords: None, "WithMethod": WithMethod})
    except TypeError as error:
        print(error)
