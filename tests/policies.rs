//! What is traced and when: each test fails without the policy that it is named after.

use std::process::Command;

/// Runs a program with these settings of the JIT; it must end without an exception. `told` looks into `sys._jit.statistics()`.
fn check(settings: &str, text: &str) {
    let start = "
import sys
from collections import deque
def told(name): return sys._jit.statistics()[name]
def traces_of(name): return len([t for t in sys._jit.traces() if t['function'] == name])
";
    let done = Command::new(env!("CARGO_BIN_EXE_taipan"))
        .args(["-I", "-S", "-X", &format!("jit={settings}"), "-c", &format!("{start}{text}")])
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{:?} with jit={settings}\n{errors}\n{text}", done.status);
}

const LOOP: &str = "
def f(n):
    t = 0
    for i in range(n):
        t += i & 7
    return t
f(40_000)
";

#[test]
fn a_loop_is_compiled_when_interpreting_it_has_cost_as_much() {
    check("on,threshold=20000,compile_time=100000", &format!("{LOOP}assert traces_of('f') == 0"));
    check("on,threshold=20000,patience=0", &format!("{LOOP}assert traces_of('f') == 1"));
    check(
        "on,threshold=20000,compile_time=100000",
        &format!("{LOOP}f(3_000_000)\nassert traces_of('f') == 1"),
    );
}

#[test]
fn what_called_functions_cost_counts() {
    let text = "
def f(x):
    if x & 1: x += 1
    if x & 2: x += 2
    if x & 4: x += 4
    if x & 8: x += 8
    return x
def g(n):
    t = 0
    for i in range(n):
        t += f(i) + f(i + 1) + f(i + 2) + f(i + 3)
    return t
g(20_000)
assert traces_of('g') == 1
";
    // Interpreting the loop alone costs 20,000 times some 20 instructions.
    check("on,threshold=20000,max_depth=0,shortest_function=1000,compile_time=10000,patience=40", text);
}

#[test]
fn compiling_that_does_not_pay_is_bounded() {
    let text = "
lines = []
for k in range(60):
    lines += [f'def f{k}(x):', f'    if x & 1: x += {k}', '    if x & 2: x += 2', '    return x + len(str(x))']
exec('\\n'.join(lines))
for k in range(60):
    deque(map(globals()['f%d' % k], range(3000)), maxlen=0)
count = told('loops_recorded')
";
    let settings =
        "on,threshold=500,patience=1,shortest_function=0,return_time=0,share=0,late_share=0,returns=0";
    check(&format!("{settings},claim=100000000,trial=10000000"), &format!("{text}assert count >= 60, count"));
    check(&format!("{settings},claim=100000000,trial=0"), &format!("{text}assert count <= 2, count"));
    check(&format!("{settings},claim=0"), &format!("{text}assert count == 0, count"));
}

#[test]
fn a_function_that_does_next_to_nothing_has_no_trace() {
    let text = "
deque(map(lambda x: x + 1, range(20_000)), maxlen=0)
";
    check("on,threshold=2000,patience=0", &format!("{text}assert traces_of('<lambda>') == 0"));
    check(
        "on,threshold=2000,patience=0,shortest_function=0",
        &format!("{text}assert traces_of('<lambda>') == 1"),
    );
}

#[test]
fn a_trace_whose_runs_are_short_is_given_back() {
    let text = "
def f(n):
    i = 0
    while i < n:
        i += 1
    return i
f(5000)
deque(map(f, [2] * 20_000), maxlen=0)
assert told('traces') >= 1
entered = lambda: sum(trace['entered'] for trace in sys._jit.traces())
before = entered()
deque(map(f, [2] * 20_000), maxlen=0)
";
    let settings =
        "on,threshold=2000,patience=1,compile_time=100,max_sides=0,max_depth=0,shortest_function=1000";
    let retired = format!("{text}assert told('retired') == 1 and entered() == before");
    check(&format!("{settings},exit_time=100000,return_time=100000"), &retired);
    check(
        &format!("{settings},exit_time=0,return_time=0"),
        &format!("{text}assert told('retired') == 0 and entered() > before"),
    );
}

#[test]
fn a_trace_whose_assumption_broke_is_recorded_anew() {
    check(
        "on,threshold=2000,patience=0",
        "
class C:
    step = 1
    def get(self): return self.step
def f(n, c):
    t = 0
    for i in range(n):
        t += c.get() + len('ab')
    return t
changes = [
    lambda: setattr(C, 'other', 1),
    lambda: setattr(C, 'get', lambda self: self.step + 1),
    lambda: globals().__setitem__('new', 1),
]
assert f(20_000, C()) == 60_000
for number, change in enumerate(changes):
    change()
    more = 20_000 if number else 0
    assert f(20_000, C()) == 60_000 + more
    assert f(2_000_000, C()) == 100 * (60_000 + more)
    newest = max((t for t in sys._jit.traces() if t['function'] == 'f'), key=lambda t: t['number'])
    assert newest['exits'] < 100, newest
assert told('renewed') >= 2 and told('sides_recorded') <= 2, sys._jit.statistics()
",
    );
}

#[test]
fn a_loop_whose_values_have_other_types_from_now_on_is_recorded_anew() {
    check(
        "on,threshold=2000,patience=5,trial=1000000",
        "
def total(xs):
    t = 0.0
    for x in xs:
        t += x * 2.0
    return t

for i in range(20):
    total([1] * 300)
for i in range(2000):
    total([1.0] * 300)
for i in range(200):
    total([1] * 300)
    total([1.0] * 300)
assert told('renewed') == 1, sys._jit.statistics()
",
    );
}

#[test]
fn assumptions_that_break_all_the_time_cost_little() {
    check(
        "on,threshold=2000,patience=0",
        "
class C:
    count = 0
    def get(self): return 1
c = C()
t = 0
for i in range(200_000):
    C.count = i
    t += c.get()
assert t == 200_000
assert told('traces') + told('sides_recorded') <= 40, sys._jit.statistics()
",
    );
}

const LONG_FUNCTIONS: &str = "
lines = []
for name in 'abcdef':
    lines += [f'def {name}(x, y):', *[f'    x = (x * {k} + y) & 0xFFFF; y = [x, y][x & 1]' for k in range(3, 90)]]
    lines += ['    return x']
lines += ['def all(x):', '    return a(x, 1) + b(x, 2) + c(x, 3) + d(x, 4) + e(x, 5) + f(x, 6)']
exec('\\n'.join(lines))
for i in range(3000):
    all(i)
traced = {trace['function'] for trace in sys._jit.traces()}
";

#[test]
fn what_makes_a_recording_too_long_gets_a_trace_of_its_own() {
    check(
        "on,threshold=3000,patience=0,record_length=6000,record_callee=100000",
        &format!("{LONG_FUNCTIONS}\nassert 'all' in traced, sys._jit.statistics()\n"),
    );
}

#[test]
fn a_long_function_is_called_rather_than_followed() {
    check(
        "on,threshold=3000,patience=0",
        &format!("{LONG_FUNCTIONS}\nassert {{'all', *'abcdef'}} <= traced, sys._jit.statistics()\n"),
    );
}
