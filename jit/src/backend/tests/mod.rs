//! Machine code against the table: traces given as text run both compiled and by `evaluate`.

mod evaluate;
mod exits;
mod random;

use crate::backend::sites;
use crate::context::ExitCode;
use crate::ir::Trace;
use crate::ir::text::parse;
use crate::ir::verify::{Form, verify};
use crate::parameters::Parameters;
use crate::registry::{ExitTaken, Registry};
use evaluate::{Ended, Evaluation, boxed};
use runtime::error::PyResult;
use runtime::frame::{Frame, Remainder};
use runtime::objects::float;
use runtime::objects::list::List;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Suspension, TraceHost, set_host};
use runtime::types::Type;
use runtime::types::registry as types;
use runtime::value::{Ref, Value};
use std::cell::{Cell, RefCell};
use std::sync::Mutex;

/// Frames without an interpreter: pcs are word indices times 8.
pub struct TestHost;

/// A frame that was pushed: function, first register, return register, the caller's pc.
pub struct Pushed {
    pub function: Ref,
    pub registers: *mut Value,
    pub return_register: u32,
    pub caller_pc: usize,
}

thread_local! {
    pub static PUSHED: RefCell<Vec<Pushed>> = const { RefCell::new(Vec::new()) };
    /// What the next `step` answers.
    pub static STEP: Cell<i64> = const { Cell::new(-1) };
}

impl TraceHost for TestHost {
    fn push_frame(
        &self,
        thread: &Thread,
        function: Value,
        _code: Value,
        registers: *mut Value,
        return_register: u32,
        instance: Value,
    ) {
        assert!(instance.is_null(), "no test makes instances");
        // SAFETY: the innermost frame is alive; the count of the function is given to us.
        let (caller, function) = unsafe { (&*thread.frame.get(), Ref::from_owned(function)) };
        let caller_pc = caller.pc.get() as usize / 8;
        PUSHED.with(|p| p.borrow_mut().push(Pushed { function, registers, return_register, caller_pc }));
        let frame = Frame::empty();
        frame.registers.set(registers);
        frame.previous.set(thread.frame.get());
        thread.frame.set(Box::into_raw(Box::new(frame)));
    }
    fn enter_special(&self, _: &Thread, _: Value, _: &[Value], _: Remainder) -> bool {
        false
    }
    unsafe fn bind_callable(&self, _: &Frame, _: usize, _: Value) {}
    fn python_init(&self, _class: &'static Type) -> Option<Value> {
        None
    }
    fn pop_frame(&self, thread: &Thread) {
        // SAFETY: made by `push_frame`.
        let frame = unsafe { Box::from_raw(thread.frame.get()) };
        thread.frame.set(frame.previous.get());
    }
    fn push_generator(&self, _: &Thread, _: Value) {
        unreachable!("no test here resumes generators");
    }
    fn pop_generator(&self, _: &Thread, _: *const u64, _: Suspension) {
        unreachable!("no test here resumes generators");
    }
    fn finish_generator(&self, _: &Thread) {
        unreachable!("no test here resumes generators");
    }
    fn step(&self, _: &Thread, _: u32) -> i64 {
        STEP.get()
    }
    fn operate(&self, _: &Thread, _: ir::register::Operation, _: u32, _: &[Value]) -> PyResult {
        Ok(Ref::NONE)
    }
    fn constant(&self, _: &Frame, _: usize) -> Value {
        Value::NULL
    }
    fn register_count(&self, _: &Thread, _: Value) -> Option<u32> {
        None
    }
    fn word_count(&self, _: &Frame) -> u32 {
        1
    }
    fn pc_index(&self, frame: &Frame) -> u32 {
        (frame.pc.get() as usize / 8) as u32
    }
    fn pc_at(&self, _: &Frame, index: u32) -> *const u64 {
        (index as usize * 8) as *const u64
    }
}

/// A frame to run traces in.
pub struct Rig<'t> {
    pub thread: &'t Thread,
    pub registry: Registry,
    frame: *mut Frame,
    pub slots: &'static mut [Value],
}

pub fn with_rig<R>(test: impl FnOnce(&mut Rig) -> R) -> R {
    static LOCK: Mutex<()> = Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let thread = Thread::new();
    Thread::install(thread);
    types::ready_all();
    set_host(&TestHost);
    let base = thread.stack_base.get();
    // SAFETY: the register stack is larger than that, and nobody else uses this one.
    let slots = unsafe { std::slice::from_raw_parts_mut(base, 64) };
    slots.fill(Value::NULL);
    let frame = Frame::empty();
    frame.registers.set(base);
    let frame = Box::into_raw(Box::new(frame));
    thread.frame.set(frame);
    // Code is made quickly at first, as it can be with care at any time.
    let parameters = Parameters { refine_share: 100, ..Parameters::DEFAULT };
    let mut rig = Rig { thread, registry: Registry::new(&parameters).unwrap(), frame, slots };
    let result = test(&mut rig);
    drop(guard);
    result
}

impl Rig<'_> {
    /// Compiles a trace, which must be well formed.
    pub fn add(&mut self, text: &str) -> u32 {
        let trace = parse(text).unwrap();
        self.add_trace(trace)
    }
    pub fn add_trace(&mut self, trace: Trace) -> u32 {
        if let Err(error) = verify(&trace, Form::Optimised) {
            panic!("{error}\n{trace}");
        }
        self.registry.add(trace, 77).unwrap()
    }
    /// Runs a trace on these slots.
    pub fn enter(&mut self, number: u32, slots: &[Value]) -> ExitTaken {
        self.slots.fill(Value::NULL);
        self.slots[..slots.len()].copy_from_slice(slots);
        self.thread.frame.set(self.frame);
        self.registry.enter(self.thread, number).unwrap()
    }
    pub fn pc(&self) -> u32 {
        // SAFETY: the innermost frame is alive.
        TestHost.pc_index(unsafe { &*self.thread.frame.get() })
    }
    /// Runs a trace both ways, with code that was made quickly and with care: the exits and all slots must be the same. The
    /// exit is the result.
    pub fn compare(&mut self, number: u32, slots: &[Value]) -> usize {
        let exit = self.compare_once(number, slots);
        self.registry.refine(number).unwrap();
        assert_eq!(self.compare_once(number, slots), exit);
        exit
    }
    fn compare_once(&mut self, number: u32, slots: &[Value]) -> usize {
        let compiled = self.registry.get(number).unwrap();
        let trace = &compiled.trace;
        let mut expected = self.slots.to_vec();
        expected.fill(Value::NULL);
        expected[..slots.len()].copy_from_slice(slots);
        let sites = sites(trace);
        let ended = Evaluation::new(trace, &sites, &mut expected, &[]).run();
        let Ended::Exit(exit, live) = ended else { panic!("a link") };
        let snapshot = &trace.snapshots[sites[exit].snapshot.index()];
        for entry in &snapshot.entries {
            let bits = match trace.as_constant(entry.value) {
                Some(constant) => constant.bits(),
                None => live[sites[exit].live.iter().position(|r| *r == entry.value).unwrap()],
            };
            expected[entry.slot as usize] = boxed(trace, entry.value, bits).into_value();
        }
        let taken = self.enter(number, slots);
        assert_eq!(taken.code, ExitCode { trace: number, exit: exit as u32 }, "{slots:?}\n{trace}");
        if !snapshot.in_memory {
            assert_eq!(self.pc(), snapshot.pc);
        }
        for (slot, (found, wanted)) in self.slots.iter().zip(&expected).enumerate() {
            let same = match (found.is_null() || wanted.is_null(), float::get(*found), float::get(*wanted)) {
                // A NaN's sign and payload are for the processor to choose.
                (false, Some(found), Some(wanted)) if found.is_nan() => wanted.is_nan(),
                (false, Some(found), Some(wanted)) => found.to_bits() == wanted.to_bits(),
                _ => found == wanted,
            };
            assert!(same, "slot {slot}: {found:?}, not {wanted:?}, for {slots:?}\n{trace}");
        }
        exit
    }
}

pub fn int(i: i64) -> Value {
    Value::small_int(i)
}

/// A float's word; the box of one that is boxed lives for ever.
pub fn number(f: f64) -> Value {
    float::new(f).into_value()
}

const EDGES: [i64; 16] =
    [0, 1, -1, 2, -2, 3, 7, -7, 8, 62, 63, 64, 1 << 40, (1 << 62) - 1, -(1 << 62), -(1 << 62) + 1];

/// One instruction on two ints; `check` says that it is followed by one.
fn int_trace(op: &str, b: &str, checked: bool) -> String {
    format!(
        "%0: value = LoadSlot 0
         %1: value = LoadSlot 1
         GuardInt %0 !0
         GuardInt %1 !1
         %a: int = UnboxInt %0
         %b: int = UnboxInt %1
         {op}
         {}
         Exit !3
         snapshot pc 1
         snapshot pc 2
         snapshot pc 3 slots 2=%a
         snapshot pc 4 slots 2={b}",
        if checked { "CheckInt %r !2" } else { "" }
    )
}

#[test]
fn ints() {
    with_rig(|rig| {
        let operations: &[(&str, bool)] = &[
            ("%r: int = AddInt %a %b", true),
            ("%r: int = SubInt %a %b", true),
            ("%r: int = AndInt %a %b", false),
            ("%r: int = OrInt %a %b", false),
            ("%r: int = XorInt %a %b", false),
            ("%r: int = MulChecked %a %b !2", false),
            ("%r: int = MulChecked %a 7 !2", false),
            ("%r: int = MulChecked -3 %b !2", false),
            ("%r: int = MinInt %a %b", false),
            ("%r: int = MaxInt %a %b", false),
            ("%r: bool = EqInt %a %b", false),
            ("%r: bool = NeInt %a %b", false),
            ("%r: bool = LtInt %a %b", false),
            ("%r: bool = LeInt %a %b", false),
            ("%r: bool = LtUnsigned %a %b", false),
            ("CheckShift %a %b !2\n%r: int = ShiftLeft %a %b", false),
            ("CheckShift %a 5 !2\n%r: int = ShiftLeft %a 5", false),
            ("CheckShift %a 63 !2\n%r: int = ShiftLeft %a 5", false),
            ("%z: bool = LtInt %b 0\nGuardFalse %z !2\n%r: int = ShiftRight %a %b", false),
            ("%r: int = ShiftRight %a 70", false),
            (
                "%z: bool = EqInt %b 0\n%y: bool = NotBool %z\nGuardTrue %y !2\n%r: int = FloorDivide %a %b",
                true,
            ),
            ("%z: bool = NeInt %b 0\nGuardTrue %z !2\n%r: int = Modulo %a %b", false),
            ("%r: int = Modulo %a 1", false),
            ("%r: int = Modulo %a 8", false),
            ("%r: int = Modulo %a 7", false),
            ("%r: int = Modulo %a -7", false),
            ("%r: int = Modulo %a 1000000007", false),
            ("%r: int = FloorDivide %a 1", false),
            ("%r: int = FloorDivide %a 4", false),
            ("%r: int = FloorDivide %a 3", false),
            ("%r: int = FloorDivide %a 10", false),
            ("%r: int = FloorDivide %a 4611686018427387903", false),
            ("%r: int = FloorDivide %a -1", true),
            ("%r: int = FloorDivide %a -10", false),
            ("%z: bool = LtInt %a %b\n%r: bool = NotBool %z", false),
        ];
        for (text, checked) in operations {
            let number = rig.add(&int_trace(text, "%r", *checked));
            for a in EDGES {
                for b in EDGES {
                    rig.compare(number, &[int(a), int(b)]);
                }
            }
            assert_eq!(rig.compare(number, &[number_word(), int(1)]), 0);
            assert_eq!(rig.compare(number, &[int(1), Value::NONE]), 1);
        }
    });
}

fn number_word() -> Value {
    number(1.5)
}

#[test]
fn floats() {
    with_rig(|rig| {
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            1e300,
            -1e-300,
            f64::INFINITY,
            f64::NAN,
            4.6e18,
            4.7e18,
            -4.7e18,
            0.5,
        ];
        let operations = [
            "%r: float = AddFloat %a %b",
            "%r: float = SubFloat %a %b",
            "%r: float = MulFloat %a 2.5",
            "%r: float = DivFloat %a %b",
            "%r: float = NegFloat %a",
            "%r: float = AbsFloat %a",
            "%r: float = SqrtFloat %a",
            "%r: float = FloorFloat %a",
            "%r: float = CeilFloat %a",
            "%r: float = TruncFloat %a",
            "%t: float = TruncFloat %a\n%r: int = FloatToInt %t !2",
            "%t: float = FloorFloat %a\n%i: int = FloatToInt %t !2\n%r: float = IntToFloat %i",
            "%r: bool = EqFloat %a %b",
            "%r: bool = NeFloat %a %b",
            "%r: bool = LtFloat %a %b",
            "%r: bool = LeFloat %a 0.0",
            "%c: bool = LtFloat %a %b\nGuardTrue %c !2\n%r: float = AddFloat %a 1.0",
            "%c: bool = LeFloat %a %b\nGuardFalse %c !2\n%r: float = AddFloat %a 1.0",
            "%c: bool = EqFloat %a %b\nGuardTrue %c !2\n%r: float = AddFloat %a 1.0",
            "%c: bool = NeFloat %a %b\nGuardTrue %c !2\n%r: float = AddFloat %a 1.0",
            "%z: bool = EqFloat %b 0.0\nGuardFalse %z !2\n%r: float = Call FloatModulo %a %b",
            "%z: bool = EqFloat %b 0.0\nGuardFalse %z !2\n%r: float = Call FloatFloorDivide %a %b",
        ];
        for text in operations {
            let trace = rig.add(&format!(
                "%0: value = LoadSlot 0
                 %1: value = LoadSlot 1
                 GuardFloat %0 !0
                 %a: float = UnboxFloat %0
                 GuardFloat %1 !1
                 %x: bool = EqValue %0 %1
                 %b: float = UnboxFloat %1
                 {text}
                 Exit !3
                 snapshot pc 1
                 snapshot pc 2 slots 2=%a
                 snapshot pc 3 slots 2=%a 3=7
                 snapshot pc 4 slots 2=%r 3=%x 4=%a 5=2.5"
            ));
            for a in edges {
                for b in edges {
                    rig.compare(trace, &[number(a), number(b)]);
                }
            }
            assert_eq!(rig.compare(trace, &[int(3), number(1.0)]), 0);
            assert_eq!(rig.compare(trace, &[number(1.0), Value::NULL]), 1);
            assert_eq!(rig.compare(trace, &[number(1.0), *List::from_refs(Vec::new())]), 1);
        }
    });
}

#[test]
fn words_and_guards() {
    with_rig(|rig| {
        let list = List::from_refs(vec![Ref::immediate(int(5))]);
        let words = [
            int(0),
            int(-9),
            number(0.0),
            number(1.5),
            Value::NULL,
            Value::NONE,
            Value::TRUE,
            Value::FALSE,
            *list,
        ];
        let list_type = &raw const types::LIST as usize;
        let guards = [
            ("GuardInt %0 !0\n%i: int = UnboxInt %0\n%r: value = BoxInt %i", vec![0, 1]),
            ("GuardFloat %0 !0\n%f: float = UnboxFloat %0\n%r: bool = EqFloat %f 1.5", vec![2, 3]),
            ("GuardFloat %0 !0\n%r: bool = EqValue %0 #1.5", vec![2, 3]),
            ("GuardBool %0 !0\n%b: bool = UnboxBool %0\n%r: value = BoxBool %b", vec![6, 7]),
            (&format!("GuardType %0 @{list_type:#x} !0\n%r: bool = EqValue %0 %0"), vec![8]),
            ("GuardIs %0 #None !0\n%r: value = BoxInt 3", vec![5]),
            ("GuardIsNot %0 #NULL !0\n%r: value = BoxInt 3", vec![0, 1, 2, 3, 5, 6, 7, 8]),
        ];
        for (guard, pass) in guards {
            let trace = rig.add(&format!(
                "%0: value = LoadSlot 0\n{guard}\nExit !1\nsnapshot pc 1\nsnapshot pc 2 slots 1=%r"
            ));
            for (i, word) in words.iter().enumerate() {
                let wanted = usize::from(pass.contains(&i));
                assert_eq!(rig.compare(trace, &[*word]), wanted, "{guard}: {word:?}");
            }
        }
    });
}

#[test]
fn loops_with_phis() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             GuardInt %0 !0
             %n: int = UnboxInt %0
             Loop
             %i: int = Phi 0 %next
             %sum: float = Phi 0.5 %sum2
             %a: int = Phi 1 %b
             %b: int = Phi 2 %a
             %flag: bool = Phi true %other
             %c: bool = LtInt %i %n
             GuardTrue %c !1
             %f: float = IntToFloat %i
             %g: float = MulFloat %f 0.25
             %sum2: float = AddFloat %sum %g
             %next: int = AddInt %i 1
             %other: bool = NotBool %flag
             GuardPoll !0
             Repeat
             snapshot pc 1
             snapshot pc 2 slots 1=%i 2=%sum 3=%a 4=%b 5=%flag",
        );
        for n in [0, 1, 2, 1000] {
            assert_eq!(rig.compare(trace, &[int(n)]), 1);
        }
        // Three guards may leave; the breaker does, and an invalid trace is not entered.
        rig.thread.request(1 << 3);
        assert_eq!(rig.enter(trace, &[int(10)]).code.exit, 2);
        rig.thread.eval_breaker.store(0, std::sync::atomic::Ordering::Relaxed);
        let entered = rig.registry.get(trace).unwrap().statistics.entered.get();
        assert_eq!(entered, 9);
        rig.registry.invalidate(trace);
        assert!(rig.registry.enter(rig.thread, trace).is_none());
    });
}

/// A loop that runs for long is left once, so that better code can take its place.
#[test]
fn code_of_long_runs_is_made_anew() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             GuardInt %0 !0
             %n: int = UnboxInt %0
             Loop
             %i: int = Phi 0 %next
             %less: bool = LtInt %i %n
             GuardTrue %less !1
             %next: int = AddInt %i 1
             GuardPoll !0
             Repeat
             snapshot pc 1
             snapshot pc 2 slots 1=%i",
        );
        let compiled = rig.registry.get(trace).unwrap();
        compiled.set_countdown(100);
        let taken = rig.enter(trace, &[int(1000)]);
        assert_eq!((taken.code.exit, taken.hot), (2, Some(trace)));
        let quick = compiled.statistics.code_bytes.get();
        rig.registry.refine(trace).unwrap();
        assert!(compiled.statistics.code_bytes.get() < quick);
        let taken = rig.enter(trace, &[int(1000)]);
        assert_eq!((taken.code.exit, taken.hot, rig.slots[1]), (1, None, int(1000)));
    });
}

/// 3n + 1 or n / 2, a side of a side, and a side that leaves.
#[test]
fn sides_come_back_to_the_loop() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             GuardInt %0 !0
             %n: int = UnboxInt %0
             Loop
             %x: int = Phi %n %half
             %steps: int = Phi 0 %more
             %more: int = AddInt %steps 1
             %two: int = Modulo %x 2
             %even: bool = EqInt %two 0
             GuardTrue %even
             %half: int = ShiftRight %x 1
             GuardPoll !0
             Repeat
             Side 9
             %one: bool = EqInt %x 1
             GuardFalse %one
             %m: int = MulChecked %x 3 !1
             %odd: int = AddInt %m 1
             Rejoin %odd %more
             Side 15
             Exit !2
             snapshot pc 1
             snapshot pc 2 slots 1=%x 2=%steps
             snapshot pc 3 slots 1=%one 2=%steps",
        );
        for n in [1, 2, 7, 27, (1 << 61) - 1] {
            rig.compare(trace, &[int(n)]);
        }
        assert_eq!(rig.compare(trace, &[int(97)]), 3);
        assert_eq!(rig.slots[2], int(118));
    });
}

#[test]
fn objects() {
    with_rig(|rig| {
        let list = List::from_refs(vec![Ref::immediate(int(5)), Ref::immediate(Value::TRUE)]);
        let kept = float::new(1e300);
        let list_type = &raw const types::LIST as usize;
        let trace = rig.add(&format!(
            "%0: value = LoadSlot 0
             GuardType %0 @{list_type:#x} !0
             %p: pointer = Address %0
             %n: int = LoadField ListLength %p
             %items: pointer = LoadField ListItems %p
             %i: int = AddInt %n -1
             %x: value = LoadItem ListItem %items %i
             %y: value = LoadItem ListItem %items 0
             StoreItem ListItem %items 0 %x
             StoreItem ListItem %items %i %y
             IncRef %0
             IncRef %x
             DecRef %x !0
             %k: value = LoadSlot 1
             IncRef %k
             DecRef %0 !0
             %t: value = Call BuildTuple %x %y %k #None
             StoreSlot 6 #3
             Exit !1
             snapshot pc 1
             snapshot pc 2 slots 2=%x 3=%y 4=+%k 5=+%t 7=%n 8=%0"
        ));
        let header = |v: Value| v.header().unwrap().refcount();
        let before = (header(*list), header(*kept));
        let taken = rig.enter(trace, &[*list, *kept]);
        assert_eq!(taken.code.exit, 3);
        assert_eq!(rig.slots[2..5], [Value::TRUE, int(5), *kept]);
        assert_eq!(rig.slots[6..9], [int(3), int(2), *list]);
        let tuple = rig.slots[5].cast::<runtime::objects::tuple::Tuple>().unwrap();
        assert_eq!(tuple.items(), [Value::TRUE, int(5), *kept, Value::NONE]);
        let list_items = list.cast::<List>().unwrap();
        assert_eq!(list_items.items()[0], Value::TRUE);
        // One new count for the snapshot's borrowed entry, one that moved to a slot, one in the tuple.
        assert_eq!((header(*list), header(*kept)), (before.0 + 1, before.1 + 2));
    });
}

#[test]
fn the_last_count_releases() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             DecRef %0
             %1: value = LoadSlot 1
             DecRef %1
             Exit !0
             snapshot pc 1 slots 0=#NULL",
        );
        let inner = List::from_refs(Vec::new());
        let outer = List::from_refs(vec![inner.clone()]);
        let count = inner.header().unwrap().refcount();
        rig.enter(trace, &[outer.into_value(), int(1)]);
        assert_eq!(inner.header().unwrap().refcount(), count - 1);
        assert_eq!(Field::ListLength.name(), "ListLength");
    });
}

#[test]
fn static_boxes_are_floats() {
    with_rig(|rig| {
        let trace = rig.add(
            "%0: value = LoadSlot 0
             GuardFloat %0 !0
             %f: float = UnboxFloat %0
             %r: value = BoxFloat %f
             Exit !1
             snapshot pc 1
             snapshot pc 2 slots 0=+%r",
        );
        for f in [0.0, -0.0, 1.0, f64::INFINITY, f64::NAN, 1e-300, -1e300] {
            let taken = rig.enter(trace, &[number(f)]);
            assert_eq!(taken.code.exit, 1, "{f}");
            assert_eq!(float::get(rig.slots[0]).map(f64::to_bits), Some(f.to_bits()));
        }
    });
}
