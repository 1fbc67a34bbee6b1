//! Programs of shapes that tracing compilers dislike end well, with the right result and in bounded memory.
//!
//! Each runs with a low threshold, checks its own result, and says with `limit` how many traces and bytes of code it may have had.

use std::process::Command;

const START: &str = "
import sys
def limit(traces, kilobytes=4000):
    found = sys._jit.statistics()
    assert found['traces'] <= traces, found
    assert found['code_bytes'] <= kilobytes * 1024, found
    assert len(sys._jit.traces()) <= traces
";

/// Runs a program; it must end without an exception.
fn check(settings: &str, text: &str) {
    let done = Command::new(env!("CARGO_BIN_EXE_taipan"))
        .args(["-I", "-S", "-X", &format!("jit={settings}"), "-c", &format!("{START}{text}")])
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{:?} with jit={settings}\n{errors}\n{text}", done.status);
}

/// With a low threshold, and under stress.
fn check_both(text: &str) {
    check("on,threshold=200,exit_threshold=3,patience=0", text);
    check("stress,seed=3", text);
}

#[test]
fn many_branches_in_a_loop() {
    check_both(
        "
lines = ['def f(n):', '    t = 0', '    for i in range(n):', '        r = i * 7919 % 500']
for k in range(500):
    lines += [f'        if r == {k}:', f'            t += {k}']
lines.append('    return t')
exec('\\n'.join(lines))
assert f(1500) == sum(i * 7919 % 500 for i in range(1500))
limit(700, 20000)
",
    );
}

#[test]
fn many_types_in_a_loop() {
    check_both(
        "
classes = [type(f'C{k}', (), {'m': lambda self, k=k: k, 'attribute': k}) for k in range(50)]
objects = [c() for c in classes] * 20
t = 0
for o in objects:
    t += o.m() + o.attribute
assert t == 20 * 2 * sum(range(50))
limit(400, 8000)
",
    );
}

#[test]
fn deep_recursion() {
    check_both(
        "
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
for i in range(30):
    assert depth(400) == 400
def endless(n):
    for i in range(3):
        endless(n + 1)
for i in range(3):
    try:
        endless(0)
    except RecursionError:
        pass
    else:
        assert False
limit(100)
",
    );
}

#[test]
fn a_function_of_thousands_of_lines() {
    check_both(
        "
lines = ['def f(n):', '    a = b = 1', '    for i in range(n):']
for k in range(2500):
    lines += [f'        a = (a + b * {k}) & 0xFFFFF', '        b = a ^ i']
lines.append('    return a, b')
exec('\\n'.join(lines))
a = b = 1
for i in range(12):
    for k in range(2500):
        a = (a + b * k) & 0xFFFFF
        b = a ^ i
assert f(12) == (a, b)
limit(300, 20000)
",
    );
}

#[test]
fn a_loop_that_raises_every_time() {
    check_both(
        "
caught = 0
def fail(i):
    raise ValueError(i)
for i in range(2000):
    try:
        fail(i)
    except ValueError as error:
        caught += error.args[0]
assert caught == sum(range(2000))
def through():
    for i in range(5):
        {}[i]
for i in range(500):
    try:
        through()
    except KeyError:
        caught += 1
assert caught == sum(range(2000)) + 500
limit(200)
",
    );
}

/// Inner loops of every length below `end`, entered one after the other, `turns` times over.
fn check_inner_loops(end: u32, turns: u32) {
    check_both(&format!(
        "
def f(n):
    t = 0
    for length in range(1, n):
        for k in range(length):
            t += k
        j = length
        while j > 0:
            j -= 1
            t -= 1
    return t
for turn in range({turns}):
    assert f({end}) == sum(n * (n - 1) // 2 - n for n in range(1, {end}))
limit(100)
"
    ));
}

#[test]
fn inner_loops_of_every_length() {
    check_inner_loops(250, 1);
}

#[test]
fn code_that_is_made_and_dies() {
    check(
        "on,threshold=50,exit_threshold=3,patience=0",
        "
import gc
source = '''
def f(n):
    t = 0
    for i in range(n):
        t += i if i % 2 else 1
    return t
result = f(60)
'''
code = compile(source, 'made', 'exec')
for k in range(150):
    scope = {}
    exec(compile(source, 'made', 'exec'), scope)
    assert scope['result'] == 930
    if k % 50 == 49:
        del scope
        gc.collect()
        limit(60)
assert sys._jit.statistics()['loops_recorded'] > 100, sys._jit.statistics()
",
    );
    // The collector comes by itself, although the program makes no cycles.
    check(
        "on,threshold=50,patience=0",
        "
source = '''
def f(n):
    t = 0
    for i in range(n):
        t += i & 31
    return t
result = f(60)
'''
for k in range(2000):
    scope = {}
    exec(source, scope)
    scope.clear()
limit(1000)
assert sys._jit.statistics()['loops_recorded'] > 1500, sys._jit.statistics()
",
    );
}

#[test]
fn classes_made_in_a_loop() {
    check_both(
        "
def f(n):
    t = 0
    for i in range(n):
        class C:
            step = i
            def __init__(self, x):
                self.x = x
            def get(self):
                return self.x + self.step
        for k in range(3):
            t += C(k).get()
    return t
assert f(200) == sum(3 * i + 3 for i in range(200))
limit(300, 8000)
",
    );
}

#[test]
fn a_site_with_attributes_of_all_kinds() {
    check_both(
        "
class Slots:
    __slots__ = 'x',
class Computed:
    @property
    def x(self): return 3
class Asked:
    def __getattr__(self, name): return 4
class Inherited(Computed): x = 5
class Plain: pass
objects = []
for k in range(40):
    s, p = Slots(), Plain()
    s.x = k
    for name in 'abcdefgh'[:k % 8]:
        setattr(p, name, 0)
    p.x = k
    objects += [s, p, Computed(), Asked(), Inherited(), Slots, Plain()]
    objects[-1].x = 6
t = 0
for turn in range(20):
    for o in objects:
        if isinstance(o, type):
            continue
        t += o.x
assert t == 20 * (2 * sum(range(40)) + 40 * (3 + 4 + 5 + 6)), t
limit(400, 8000)
",
    );
}

/// Inner loops of each length up to a thousand; code made and thrown away a hundred thousand times, of which nothing may stay.
#[test]
#[ignore = "takes a minute"]
fn at_full_size() {
    check_inner_loops(1001, 3);
    let made = "
import resource
source = '''
def f(n):
    t = 0
    for i in range(n):
        t += i & 31
    return t
result = f(60)
'''
def make(times):
    for k in range(times):
        scope = {}
        exec(source, scope)
        assert scope['result'] == 874
        scope.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = make(10_000)
after = make(90_000)
assert after < before + 10_000, (before, after)
# As many as one collection is due for, and those of code that survived one, until it is time to look at all objects.
limit(1_100)
";
    check("on", made);
    check("on,threshold=50,patience=0", made);
}
