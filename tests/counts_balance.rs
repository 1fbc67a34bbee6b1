//! What is left when a program has ended does not depend on the JIT's mode: each case once lost or kept a count.

use std::process::Command;

/// What is left at exit by type, as `-X balance` says.
fn left(mode: &str, text: &str) -> Vec<String> {
    let done = Command::new(env!("CARGO_BIN_EXE_taipan"))
        .args(["-I", "-S", "-X", "balance", "-X", &format!("jit={mode}"), "-c", text])
        .env_clear()
        .env("PYTHONHASHSEED", "0")
        .output()
        .expect("the program starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let output = [done.stdout, done.stderr].concat();
    let lines = String::from_utf8_lossy(&output).lines().map(str::to_owned).collect::<Vec<_>>();
    // Strings are shared and kept, so how many are left is no fact about counts.
    let lines: Vec<String> =
        lines.into_iter().filter(|l| l.starts_with("balance: ") && !l.ends_with(" str")).collect();
    assert!(!lines.is_empty(), "-X balance says something");
    lines
}

fn balances(text: &str) {
    let wanted = left("off,threshold=300", text);
    for mode in [
        "on,threshold=300,exit_threshold=4,patience=0,step_share=3",
        "stress,forced_exits=3",
        "stress,forced_exits=20",
        "stress,no-peel,forced_exits=0",
    ] {
        assert_eq!(left(mode, text), wanted, "{mode}");
    }
}

#[test]
fn boxes_of_floats_that_traces_replace_in_frames() {
    balances(
        "
class A:
    def __init__(self):
        self.y = -float('inf')
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)
def run():
    a, b, o = 1, 2, A()
    for i in range(60):
        x = o.y - o.y
        a = b
        b = a
        a = b
run()
",
    );
}

#[test]
fn words_of_floats_that_loops_carry_raw() {
    balances(
        "
def drain(items):
    v = None
    while items:
        v = items.pop()
    return v
y = float('5e-324')
for i in range(300):
    drain([y] * 20)
",
    );
}

#[test]
fn boxes_of_floats_that_traces_replace_in_objects() {
    balances(
        "
class Holder:
    pass

def items(source):
    for item in source:
        yield item

def f(n):
    captured = 1e308
    def look():
        return captured
    holder, numbers = Holder(), [1e308]
    holder.number = 1e308
    for i in range(n):
        holder.number += 0.0
        numbers[0] += 0.0
        for j in items((i, i, i)):
            captured += 0.0
    return look()

f(400)
",
    );
}

#[test]
fn results_of_helpers_at_exits_right_behind_them() {
    balances(
        "
def run():
    a = 5
    for i in range(400):
        if -1 << 130 < a < 1 << 130:
            b = a
run()
",
    );
}

/// What ended frames hold goes over to the traceback that is made of them, in front of a loop's head and at a side's end.
#[test]
fn locals_of_frames_in_tracebacks_that_are_made_late() {
    balances(
        "
def lower(i):
    y, z = [i], i * 1e300 * 1e10
    raise ValueError
def kept(n):
    last = None
    for i in range(n):
        try:
            lower(i)
        except ValueError as e:
            last = e
    return last
def looked_at_across_a_loop(n):
    t = 0
    for i in range(n):
        try:
            lower(i)
        except ValueError as e:
            t += 1
            while t % 7:
                t += 1
    return t
kept(400)
looked_at_across_a_loop(700)
",
    );
}
