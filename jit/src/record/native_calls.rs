//! Calls of whatever is no Python function: what has no rule of its own in `natives` is called through a helper.
//!
//! A native function is called by its address, with its slots filled at recording time; any other object through the call
//! protocol. What the function may do decides the rest: one that stays *quiet* (runs no Python code, looks at no frame)
//! is called with slots in the trace's hands; for any other, frames and slots are brought to memory first.

use super::calls::Callee;
use super::iteration::runs_no_code;
use super::operands::{Operand, is_float};
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Op, Reference};
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::function::{Function, Method};
use runtime::objects::tuple::Tuple;
use runtime::trace_interface::{Field, Helper};
use runtime::types::binding::signature_of;
use runtime::types::native::{Effects, MethodDef, NativeFn};
use runtime::types::registry::{
    BYTEARRAY, BYTES, CALLABLE_PROXY, COMPLEX, DICT, DICT_ITEMS, DICT_KEYS, DICT_VALUES, ENUMERATE, FLOAT,
    FROZENSET, INT, LIST, MAPPINGPROXY, MODULE, OBJECT, PROXY, RANGE, REVERSED, SET, SLICE, STR, SUPER,
    TUPLE, ZIP,
};
use runtime::types::{Type, TypeFlags};
use runtime::value::{Ref, Value};

/// What a call came to.
pub struct NativeCall {
    pub result: Reference,
    /// The call's registers were dropped already.
    pub dropped: bool,
}

/// What a callee may do, as far as traces care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reach {
    /// Reads only.
    Reads,
    /// Writes inside a container, and drops nothing.
    Touches,
    /// Runs no Python code but finalisers.
    Writes,
    /// Anything.
    Runs,
}

/// How a callee is called.
enum Way {
    /// The row's function, with receiver and slots.
    Row(&'static MethodDef, Operand, Vec<Option<Operand>>),
    /// The call protocol, with a tuple of names or NULL.
    Object(Value),
}

/// More arguments are left to the interpreter.
const MAX_ARGUMENTS: usize = 16;

impl Recorder {
    /// A call of what has no rule of its own.
    pub fn general_call(&mut self, site: &Site, callee: &Callee, names: Value) -> Rule<NativeCall> {
        let callable = callee.callable.now;
        let is_python =
            callable.cast_exact::<Function>().is_some() || callable.cast_exact::<Method>().is_some();
        if is_python || callee.arguments.len() > MAX_ARGUMENTS || looks_at_frames(callee) {
            return Err(NoRule::Step);
        }
        if let Some(descriptor) = callable.cast_exact::<MethodDescriptor>()
            && let Some((receiver, rest)) = callee.arguments.split_first()
            && receiver.now.is_instance(descriptor.owner())
        {
            let def = descriptor.def;
            let way = way(def, *receiver, rest, names);
            self.guard_is(callee.callable);
            self.guard_kind(*receiver);
            return self.call_row(site, callee, way, def, *receiver, rest);
        }
        if let Some(function) = callable.cast_exact::<BuiltinFunction>() {
            let (def, receiver_now) = (function.def, function.receiver.peek());
            let is_static = receiver_now.is_null() || !receiver_now.is_pointer() || is_module(receiver_now);
            let receiver = if is_static {
                self.guard_is(callee.callable);
                Operand { reference: self.constant(receiver_now), now: receiver_now }
            } else {
                self.guard_row(callee.callable, def)?
            };
            if receiver_now.cast::<Type>().is_some_and(|class| class.has(TypeFlags::HEAP)) {
                return self.call_way(site, callee, Way::Object(names), Reach::Runs);
            }
            if receiver_now.cast::<Type>().is_some() {
                self.guard_is(receiver);
            }
            let way = way(def, receiver, &callee.arguments, names);
            return self.call_row(site, callee, way, def, receiver, &callee.arguments);
        }
        if let Some(class) = callable.cast::<Type>()
            && names.is_null()
            && quiet_constructor(class, &callee.arguments)
        {
            self.guard_is(callee.callable);
            for argument in &callee.arguments {
                self.guard_kind(*argument);
            }
            return self.call_way(site, callee, Way::Object(names), Reach::Reads);
        }
        self.call_way(site, callee, Way::Object(names), Reach::Runs)
    }

    /// Guards that an operand is a native method with this row, bound to whatever; the receiver.
    pub fn guard_row(&mut self, callable: Operand, def: &'static MethodDef) -> Rule<Operand> {
        let now = callable.now.cast_exact::<BuiltinFunction>().ok_or(NoRule::Step)?.receiver.peek();
        let address = self.guard_object(callable)?;
        let row = self.load_field(address, Field::BuiltinRow);
        let wanted = self.trace.pointer(def);
        let same = self.emit(Op::EqPointer, &[row, wanted]);
        self.expect(same, true);
        Ok(Operand { reference: self.load_field(address, Field::BuiltinReceiver), now })
    }

    fn call_row(
        &mut self,
        site: &Site,
        callee: &Callee,
        way: Way,
        def: &MethodDef,
        receiver: Operand,
        arguments: &[Operand],
    ) -> Rule<NativeCall> {
        let effects = def.effects;
        let loud = Effects::RUNS_PYTHON | Effects::READS_FRAMES | Effects::EXTERNAL;
        let touches = effects.contains(Effects::TOUCHES_RECEIVER);
        let quiet = if touches { Reach::Touches } else { Reach::Reads };
        let reach = if !effects.intersects(loud) {
            if effects.contains(Effects::WRITES_HEAP) { Reach::Writes } else { quiet }
        } else if effects.contains(Effects::QUIET_IF_PLAIN)
            && arguments
                .iter()
                .all(|a| is_plain(a.now) && (!a.now.is_exact(&TUPLE) || a.reference.is_constant()))
        {
            for argument in arguments {
                self.guard_kind(*argument);
            }
            quiet
        } else if let Some((reach, guarded)) = quiet_with(def, receiver, arguments) {
            self.guard_kind(receiver);
            for argument in &arguments[..guarded] {
                self.guard_kind(*argument);
            }
            reach
        } else {
            Reach::Runs
        };
        self.call_way(site, callee, way, reach)
    }

    fn call_way(&mut self, site: &Site, callee: &Callee, way: Way, reach: Reach) -> Rule<NativeCall> {
        let (shape, arguments) = match way {
            Way::Row(def, receiver, slots) => {
                let null = self.trace.constant(Constant::Value(Ref::NULL));
                let slots = slots.iter().map(|slot| slot.map_or(null, |operand| operand.reference));
                let (shape, address) = match def.function {
                    NativeFn::NoArgs(f) => (0, f as *const ()),
                    NativeFn::One(f) => (1, f as *const ()),
                    NativeFn::Bound(f) => (2, f as *const ()),
                    NativeFn::Raw(f) => (3, f as *const ()),
                };
                let function = self.trace.pointer(address);
                let mut arguments = vec![function, receiver.reference];
                arguments.extend(slots);
                (shape, arguments)
            }
            Way::Object(names) => {
                let names = self.constant(names);
                let mut arguments = vec![callee.callable.reference, names];
                arguments.extend(callee.arguments.iter().map(|a| a.reference));
                (4, arguments)
            }
        };
        use Helper::*;
        let helper = match reach {
            Reach::Reads => [NativeRead0, NativeRead1, NativeReadN, NativeReadRaw, CallRead],
            Reach::Touches => [NativeTouch0, NativeTouch1, NativeTouchN, NativeTouchRaw, CallWrite],
            Reach::Writes => [NativeWrite0, NativeWrite1, NativeWriteN, NativeWriteRaw, CallWrite],
            Reach::Runs => [NativeRun0, NativeRun1, NativeRunN, NativeRunRaw, CallRun],
        }[shape];
        if reach == Reach::Runs {
            // The call holds its arguments; their registers need not come to memory.
            self.drop_registers(site.b, site.window());
            self.emit(Op::Sync, &[]);
        }
        let result = self.call_helper(helper, &arguments);
        Ok(NativeCall { result, dropped: reach == Reach::Runs })
    }

    /// Guards what kind of thing an operand is: an immediate of its sort, or an object of exactly its type.
    pub fn guard_kind(&mut self, operand: Operand) {
        if operand.reference.is_constant() {
            return;
        }
        if operand.now.is_small_int() {
            self.emit(Op::GuardInt, &[operand.reference]);
        } else if is_float(operand.now) {
            self.emit(Op::GuardFloat, &[operand.reference]);
        } else if operand.now.is_bool() {
            self.emit(Op::GuardBool, &[operand.reference]);
        } else if operand.now.is_pointer() {
            let ty = self.type_constant(operand.now.ty());
            self.emit(Op::GuardType, &[operand.reference, ty]);
        } else {
            self.guard_is(operand);
        }
    }
}

/// How a row is called with these arguments behind the receiver.
fn way(def: &'static MethodDef, receiver: Operand, arguments: &[Operand], names: Value) -> Way {
    let slots = match (def.function, arguments) {
        (NativeFn::NoArgs(_), []) => Some(Vec::new()),
        (NativeFn::Raw(_), _) if names.is_null() => Some(arguments.iter().map(|a| Some(*a)).collect()),
        (NativeFn::One(_), [argument]) if names.is_null() => Some(vec![Some(*argument)]),
        (NativeFn::Bound(_), _) => {
            let keywords = if names.is_null() { None } else { names.cast::<Tuple>() };
            let places = signature_of(def).places(arguments.len(), keywords.map_or(&[][..], |t| t.items()));
            places.map(|p| p.into_iter().map(|place| place.map(|i| arguments[i])).collect())
        }
        _ => None,
    };
    slots.map_or(Way::Object(names), |slots| Way::Row(def, receiver, slots))
}

fn is_module(v: Value) -> bool {
    v.is_instance(&MODULE)
}

/// Functions whose result depends on the frame that calls them, or that keep it.
fn looks_at_frames(callee: &Callee) -> bool {
    let callable = callee.callable.now;
    if let Some(class) = callable.cast::<Type>() {
        return std::ptr::eq(class, &SUPER) && callee.arguments.is_empty();
    }
    let Some(function) = callable.cast_exact::<BuiltinFunction>() else { return false };
    let names = [
        "locals",
        "vars",
        "dir",
        "eval",
        "exec",
        "breakpoint",
        "__import__",
        "_getframe",
        "_getframemodulename",
        "_current_frames",
        "_current_exceptions",
        "settrace",
        "setprofile",
        "_settraceallthreads",
        "_setprofileallthreads",
        "set_events",
        "set_local_events",
        "getrefcount",
    ];
    names.contains(&function.def.name)
}

/// A value of a kind whose operations are all native: None, exact bool, int, float, complex, str, bytes, and tuples of these.
pub fn is_plain(v: Value) -> bool {
    if v.is_null() {
        return false;
    }
    if !v.is_pointer() {
        return true;
    }
    let kinds: [&Type; 5] = [&STR, &INT, &FLOAT, &BYTES, &COMPLEX];
    if kinds.iter().any(|ty| v.is_exact(ty)) {
        return true;
    }
    v.is_exact(&TUPLE)
        && v.cast_exact::<Tuple>()
            .is_some_and(|t| t.len() <= 8 && t.items().iter().all(|i| is_plain(*i) && !i.is_exact(&TUPLE)))
}

/// Functions that stay quiet for arguments of these very types, beyond what their rows say: what they do then, and how many
/// arguments have to be of their types.
fn quiet_with(def: &MethodDef, receiver: Operand, arguments: &[Operand]) -> Option<(Reach, usize)> {
    let walkable = |v: Value| v.is_pointer() && SOURCES.iter().any(|ty| v.is_exact(ty));
    let is = |ty: &'static Type| receiver.now.is_pointer() && receiver.now.is_exact(ty);
    let counted = |v: Value| v.is_pointer() && !v.ty().has(TypeFlags::HEAP) && !refers_to_others(v.ty());
    match (def.name, arguments) {
        ("len", [x]) if is(&MODULE) && counted(x.now) => Some((Reach::Reads, 1)),
        ("iter", [x]) if is(&MODULE) && walkable(x.now) => Some((Reach::Reads, 1)),
        ("next", [iterator, ..]) if is(&MODULE) && runs_no_code(iterator.now.ty()) => {
            Some((Reach::Writes, 1))
        }
        ("join", [x])
            if is(&STR) && x.now.is_pointer() && (x.now.is_exact(&LIST) || x.now.is_exact(&TUPLE)) =>
        {
            Some((Reach::Reads, 1))
        }
        ("extend", [x]) if is(&LIST) && walkable(x.now) => Some((Reach::Touches, 1)),
        ("insert", [index, _]) if is(&LIST) && index.now.is_small_int() => Some((Reach::Touches, 1)),
        _ => None,
    }
}

/// Types whose objects ask another object, which may be of a class.
fn refers_to_others(ty: &Type) -> bool {
    [&MAPPINGPROXY, &PROXY, &CALLABLE_PROXY].iter().any(|other| std::ptr::eq(ty, *other))
}

/// Whether a built-in type makes an instance of arguments of these types without running Python code.
fn quiet_constructor(class: &Type, arguments: &[Operand]) -> bool {
    let is = |ty: &Type| std::ptr::eq(class, ty);
    let among = |types: &[&'static Type]| {
        arguments.iter().all(|a| a.now.is_pointer() && types.iter().any(|ty| a.now.is_exact(ty)))
    };
    let plain = || arguments.iter().all(|a| is_plain(a.now) && !a.now.is_exact(&TUPLE));
    if is(&INT) || is(&FLOAT) || is(&STR) || is(&COMPLEX) || is(&SLICE) || is(&RANGE) {
        return plain();
    }
    if is(&BYTES) || is(&BYTEARRAY) {
        return arguments.len() <= 1 && (plain() || among(&[&BYTES, &BYTEARRAY]));
    }
    if is(&LIST) || is(&TUPLE) {
        return arguments.len() <= 1 && among(&SOURCES);
    }
    if is(&ENUMERATE) || is(&REVERSED) {
        return arguments.len() == 1 && among(&SOURCES);
    }
    if is(&ZIP) {
        return among(&SOURCES);
    }
    if is(&OBJECT) || is(&SET) || is(&FROZENSET) || is(&DICT) {
        return arguments.is_empty();
    }
    false
}

/// Containers that are walked without running Python code.
static SOURCES: [&Type; 12] = [
    &LIST,
    &TUPLE,
    &STR,
    &BYTES,
    &BYTEARRAY,
    &RANGE,
    &DICT,
    &DICT_KEYS,
    &DICT_VALUES,
    &DICT_ITEMS,
    &SET,
    &FROZENSET,
];
