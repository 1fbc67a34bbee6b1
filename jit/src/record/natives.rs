//! Native functions with rules of their own.

use super::calls::Callee;
use super::native_calls::{NativeCall, is_plain};
use super::operands::{EXACT, Operand, is_float};
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use runtime::attributes::is_generic_setattr;
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::set::set_of;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::state::STATE;
use runtime::trace_interface::{Field, Helper, float_function, float_pair_function};
use runtime::types::ready::native_new_owner;
use runtime::types::registry::{BOOL, FLOAT, INT, LIST, OBJECT, SET, STR, TUPLE, TYPE};
use runtime::types::{Type, TypeFlags};
use runtime::value::Value;

impl Recorder {
    /// A call of anything but a Python function: by a rule of its own, or in general.
    pub fn native_call(&mut self, site: &Site, callee: &Callee, names: Value) -> Rule<NativeCall> {
        if names.is_null() {
            let before = self.trace.instructions.len();
            if is_generic_setattr(callee.callable.now) {
                match self.store_generically(site, callee.callable, &callee.arguments) {
                    Ok(()) => return Ok(NativeCall { result: self.constant(Value::NONE), dropped: false }),
                    Err(NoRule::Step) => self.trace.instructions.truncate(before),
                    Err(other) => return Err(other),
                }
            }
            match self.own_rule(callee) {
                Ok(result) => return Ok(NativeCall { result, dropped: false }),
                Err(NoRule::Step) => self.trace.instructions.truncate(before),
                Err(other) => return Err(other),
            }
        }
        self.general_call(site, callee, names)
    }

    fn own_rule(&mut self, callee: &Callee) -> Rule<Reference> {
        let (callable, arguments) = (callee.callable, &callee.arguments[..]);
        if let Some(function) = callable.now.cast_exact::<BuiltinFunction>() {
            let (receiver, name) = (function.receiver.peek(), function.def.name);
            if let Some(owner) = native_new_owner(callable.now) {
                return self.native_new(callable, owner, arguments);
            }
            if module_is(receiver, "builtins") {
                self.guard_is(callable);
                return self.builtin(name, arguments);
            }
            if module_is(receiver, "math") {
                self.guard_is(callable);
                return self.math(name, arguments);
            }
            if receiver.is_null() || !receiver.is_pointer() || receiver.ty().has(TypeFlags::HEAP) {
                return Err(NoRule::Step);
            }
            let mut all = vec![self.guard_row(callable, function.def)?];
            all.extend_from_slice(arguments);
            return self.native_method(name, &all);
        }
        if let Some(method) = callable.now.cast_exact::<MethodDescriptor>() {
            if !arguments.first().is_some_and(|receiver| receiver.now.is_instance(method.owner())) {
                return Err(NoRule::Step);
            }
            self.guard_is(callable);
            return self.native_method(method.def.name, arguments);
        }
        if let Some(class) = callable.now.cast::<Type>() {
            self.guard_is(callable);
            return self.constructor(class, arguments);
        }
        Err(NoRule::Step)
    }

    /// `object.__new__(class)` or `tuple.__new__(class, items)`, for a class derived from just that.
    fn native_new(&mut self, callable: Operand, owner: &Type, arguments: &[Operand]) -> Rule<Reference> {
        let [first, rest @ ..] = arguments else { return Err(NoRule::Step) };
        let class = first.now.cast::<Type>().filter(|class| class.has(TypeFlags::HEAP));
        let class = class.filter(|class| !class.has(TypeFlags::ABSTRACT)).ok_or(NoRule::Step)?;
        let native = class.mro().iter().find(|base| !base.has(TypeFlags::HEAP));
        if !native.is_some_and(|native| std::ptr::eq(*native, owner)) {
            return Err(NoRule::Step);
        }
        let is = |other: &Type| std::ptr::eq(owner, other);
        match rest {
            [] if is(&OBJECT) => {
                self.guard_is(callable);
                let class_word = self.guard_is(*first);
                self.guard_version(class)?;
                Ok(self.call_helper(Helper::NewInstance, &[class_word]))
            }
            [items] if is(&TUPLE) && items.now.is_exact(&TUPLE) => {
                self.guard_is(callable);
                let class_word = self.guard_is(*first);
                self.guard_version(class)?;
                self.guard_object(*items)?;
                let made = self.call_helper(Helper::TupleOfClass, &[class_word, items.reference]);
                let ty = self.type_constant(class);
                self.emit(Op::KnownType, &[made, ty]);
                Ok(made)
            }
            _ => Err(NoRule::Step),
        }
    }

    fn builtin(&mut self, name: &str, arguments: &[Operand]) -> Rule<Reference> {
        match (name, arguments) {
            ("len", [x]) => self.length_of(*x),
            ("abs", [x]) => self.absolute(*x),
            ("isinstance", [x, class]) => self.is_instance(*x, *class),
            ("min" | "max", [first, rest @ ..]) if !rest.is_empty() => {
                self.extreme(name == "min", *first, rest)
            }
            ("ord", [x]) => self.code_point(*x),
            ("chr", [x]) => self.character(*x),
            ("round", [x]) if is_float(x.now) => {
                let f = self.float_of(*x)?;
                let rounded = self.call_helper(Helper::FloatRound, &[f]);
                self.whole(rounded, *x)
            }
            ("round", [x]) => self.int_of(*x),
            _ => Err(NoRule::Step),
        }
    }

    /// A float without a fraction as an int.
    fn whole(&mut self, whole: Reference, before: Operand) -> Rule<Reference> {
        if !runtime::objects::float::get(before.now).is_some_and(|f| f.abs() < (1i64 << 61) as f64) {
            return Err(NoRule::Step);
        }
        Ok(self.emit(Op::FloatToInt, &[whole]))
    }

    /// `min` and `max` of ints or of floats.
    fn extreme(&mut self, least: bool, first: Operand, rest: &[Operand]) -> Rule<Reference> {
        if first.now.is_small_int() {
            let mut so_far = self.int_of(first)?;
            for other in rest {
                let other = self.int_of(*other)?;
                so_far = self.emit(if least { Op::MinInt } else { Op::MaxInt }, &[so_far, other]);
            }
            return Ok(so_far);
        }
        let mut so_far = self.float_of(first)?;
        for other in rest {
            let other = self.float_of(*other)?;
            so_far =
                self.call_helper(if least { Helper::FloatMin } else { Helper::FloatMax }, &[so_far, other]);
        }
        Ok(so_far)
    }

    fn code_point(&mut self, x: Operand) -> Rule<Reference> {
        if x.now.cast_exact::<Str>().is_none_or(|s| s.len() != 1) {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(x)?;
        let (length, one) = (self.load_field(address, Field::StrLength), self.int(1));
        let is_one = self.emit(Op::EqInt, &[length, one]);
        self.expect(is_one, true);
        let point = self.call_helper(Helper::FirstCodePoint, &[x.reference]);
        Ok(self.emit(Op::KnownInt, &[point]))
    }

    fn character(&mut self, x: Operand) -> Rule<Reference> {
        const END: i64 = 0x11_0000;
        if !x.now.as_small_int().is_some_and(|i| (0..END).contains(&i)) {
            return Err(NoRule::Step);
        }
        if x.now.as_small_int().is_some_and(|i| i < 256) {
            let (point, end) = (self.int_of(x)?, self.int(256));
            let within = self.emit(Op::LtUnsigned, &[point, end]);
            self.expect(within, true);
            return Ok(self.single_str(point));
        }
        let (point, end) = (self.int_of(x)?, self.int(END));
        let within = self.emit(Op::LtUnsigned, &[point, end]);
        self.expect(within, true);
        Ok(self.call_helper(Helper::StrOfCodePoint, &[point]))
    }

    /// Calls of built-in types that convert between numbers, or give their argument back.
    fn constructor(&mut self, class: &Type, arguments: &[Operand]) -> Rule<Reference> {
        let is = |ty: &Type| std::ptr::eq(class, ty);
        match arguments {
            [] if is(&LIST) => Ok(self.call_helper(Helper::BuildList, &[])),
            [] if is(&TUPLE) => Ok(self.call_helper(Helper::BuildTuple, &[])),
            [x] if is(&TYPE) => {
                self.guard_kind(*x);
                Ok(self.constant(Value::of(x.now.ty())))
            }
            [x] if is(&INT) && x.now.is_small_int() => self.int_of(*x),
            [x] if is(&INT) && is_float(x.now) => {
                let f = self.float_of(*x)?;
                let whole = self.emit(Op::TruncFloat, &[f]);
                self.whole(whole, *x)
            }
            [x] if is(&FLOAT) && (x.now.is_small_int() || is_float(x.now)) => self.number_of(*x),
            [x] if is(&BOOL) => self.truth_of(*x),
            [x] if is(&STR) && x.now.cast_exact::<Str>().is_some() => {
                self.guard_object(*x)?;
                Ok(x.reference)
            }
            [x] if (is(&STR) || is(&INT) || is(&FLOAT)) && is_plain(x.now) && !x.now.is_exact(&TUPLE) => {
                self.guard_kind(*x);
                let helper = if is(&STR) {
                    Helper::StrOf
                } else if is(&INT) {
                    Helper::IntOf
                } else {
                    Helper::FloatOf
                };
                Ok(self.call_helper(helper, &[x.reference]))
            }
            _ => Err(NoRule::Step),
        }
    }

    fn absolute(&mut self, x: Operand) -> Rule<Reference> {
        if is_float(x.now) {
            let f = self.float_of(x)?;
            return Ok(self.emit(Op::AbsFloat, &[f]));
        }
        let (i, zero) = (self.int_of(x)?, self.int(0));
        let negated = self.emit(Op::SubInt, &[zero, i]);
        let result = self.emit(Op::MaxInt, &[i, negated]);
        self.emit(Op::CheckInt, &[result]);
        Ok(result)
    }

    /// `isinstance` for classes without a say of their own in it: what the object's type decides.
    fn is_instance(&mut self, x: Operand, class: Operand) -> Rule<Reference> {
        let Some(classes) = class.now.cast_exact::<Tuple>() else {
            self.guard_is(class);
            let holds = self.holds_by_type(x, class.now)?;
            return Ok(self.trace.bool(holds));
        };
        let address = self.guard_object(class)?;
        let (length, wanted) = (self.load_field(address, Field::TupleLength), self.int(classes.len() as i64));
        let same = self.emit(Op::EqInt, &[length, wanted]);
        self.expect(same, true);
        let mut holds = false;
        for (i, class) in classes.items().iter().enumerate() {
            let index = self.int(i as i64);
            let reference = self.load_item(address, index, Field::TupleItem);
            self.guard_is(Operand { reference, now: *class });
            holds = self.holds_by_type(x, *class)?;
            if holds {
                break;
            }
        }
        Ok(self.trace.bool(holds))
    }

    /// Whether the type that an object has now, guarded, makes it an instance of a class.
    fn holds_by_type(&mut self, x: Operand, class: Value) -> Rule<bool> {
        let wanted = class.cast::<Type>().filter(|_| class.is_exact(&TYPE)).ok_or(NoRule::Step)?;
        let ty = x.now.ty();
        self.guard_kind(x);
        if x.now.is_pointer() {
            // The object may claim another class through a property `__class__`.
            if !ty.is_subtype(wanted) && !ty.uses_generic_get() {
                return Err(NoRule::Step);
            }
            self.guard_version(ty)?;
        }
        let claim = ty.lookup(runtime::names::get().__class__);
        if !ty.is_subtype(wanted) && claim.is_some_and(|v| !is_plain_class(v)) {
            return Err(NoRule::Step);
        }
        Ok(ty.is_subtype(wanted))
    }

    fn math(&mut self, name: &str, arguments: &[Operand]) -> Rule<Reference> {
        let is_whole = arguments.first().is_some_and(|x| x.now.is_small_int());
        match (name, arguments) {
            ("floor" | "ceil" | "trunc", [x]) if is_whole => self.int_of(*x),
            ("floor" | "ceil" | "trunc", [x]) => {
                let f = self.float_of(*x)?;
                let whole = match name {
                    "floor" => Op::FloorFloat,
                    "ceil" => Op::CeilFloat,
                    _ => Op::TruncFloat,
                };
                let whole = self.emit(whole, &[f]);
                self.whole(whole, *x)
            }
            ("isnan", [x]) => {
                let f = self.number_of(*x)?;
                Ok(self.emit(Op::NeFloat, &[f, f]))
            }
            ("isinf" | "isfinite", [x]) => {
                let f = self.number_of(*x)?;
                let (size, infinity) = (self.emit(Op::AbsFloat, &[f]), self.trace.float(f64::INFINITY));
                let compare = if name == "isinf" { Op::EqFloat } else { Op::LtFloat };
                Ok(self.emit(compare, &[size, infinity]))
            }
            ("fabs", [x]) => {
                let f = self.number_of(*x)?;
                Ok(self.emit(Op::AbsFloat, &[f]))
            }
            ("sqrt", [x]) => {
                if !number(x.now).is_some_and(|f| f >= 0.0) {
                    return Err(NoRule::Step);
                }
                let (f, zero) = (self.number_of(*x)?, self.trace.float(0.0));
                let not_negative = self.emit(Op::LeFloat, &[zero, f]);
                self.expect(not_negative, true);
                Ok(self.emit(Op::SqrtFloat, &[f]))
            }
            (_, [x]) => {
                let function = float_function(name).ok_or(NoRule::Step)?;
                let f = self.number_of(*x)?;
                let address = self.trace.pointer(function as *const ());
                let result = self.call_helper(Helper::Apply, &[address, f]);
                self.finite(result, number(x.now).map(|x| function(x)))
            }
            (_, [x, y]) => {
                let function = float_pair_function(name).ok_or(NoRule::Step)?;
                let (f, g) = (self.number_of(*x)?, self.number_of(*y)?);
                let address = self.trace.pointer(function as *const ());
                let result = self.call_helper(Helper::ApplyPair, &[address, f, g]);
                let now = number(x.now).zip(number(y.now)).map(|(x, y)| function(x, y));
                self.finite(result, now)
            }
            _ => Err(NoRule::Step),
        }
    }

    /// Guards that a result is finite: then it is what Python gives, and no error.
    fn finite(&mut self, result: Reference, now: Option<f64>) -> Rule<Reference> {
        if !now.is_some_and(f64::is_finite) {
            return Err(NoRule::Step);
        }
        let (infinity, size) = (self.trace.float(f64::INFINITY), self.emit(Op::AbsFloat, &[result]));
        let finite = self.emit(Op::LtFloat, &[size, infinity]);
        self.expect(finite, true);
        Ok(result)
    }

    fn native_method(&mut self, name: &str, arguments: &[Operand]) -> Rule<Reference> {
        match (name, arguments) {
            ("append", [list, item]) if list.now.cast_exact::<List>().is_some() => {
                self.guard_object(*list)?;
                self.call_helper(Helper::ListAppend, &[list.reference, item.reference]);
                Ok(self.constant(Value::NONE))
            }
            ("pop", [list, index @ ..]) if index.len() < 2 && list.now.cast_exact::<List>().is_some() => {
                let now = list.now.cast_exact::<List>().ok_or(NoRule::Step)?;
                let address = self.guard_object(*list)?;
                let length = self.load_field(address, Field::ListLength);
                let index = match index {
                    [index] => *index,
                    _ => Operand { reference: self.int(-1), now: Value::small_int(-1) },
                };
                let index = self.index_within(index, now.len(), length)?;
                Ok(self.call_helper(Helper::ListRemove, &[list.reference, index]))
            }
            ("extend", [list, more]) if list.now.cast_exact::<List>().is_some() => {
                self.extend_list(*list, *more)?;
                Ok(self.constant(Value::NONE))
            }
            ("insert", [list, index, item]) if list.now.cast_exact::<List>().is_some() => {
                self.guard_object(*list)?;
                let index = self.int_of(*index)?;
                self.call_helper(Helper::ListInsert, &[list.reference, index, item.reference]);
                Ok(self.constant(Value::NONE))
            }
            ("add", [set, key]) if set.now.is_pointer() && set.now.is_exact(&SET) => {
                set_of(set.now).and_then(|s| s.contains_plain(key.now)).ok_or(NoRule::Step)?;
                self.guard_object(*set)?;
                self.guard_plain_key(*key)?;
                let added = self.call_helper(Helper::SetAdd, &[set.reference, key.reference]);
                // 2: it would run Python code, and did nothing.
                let two = self.int(2);
                let done = self.emit(Op::LtInt, &[added, two]);
                self.expect(done, true);
                Ok(self.constant(Value::NONE))
            }
            ("get", [dict, key, default @ ..]) if default.len() < 2 => {
                let now = dict.now.cast_exact::<Dict>().ok_or(NoRule::Step)?;
                now.lookup_plain(key.now).ok_or(NoRule::Step)?;
                self.guard_object(*dict)?;
                self.guard_plain_key(*key)?;
                let default = match default {
                    [default] => default.reference,
                    _ => self.constant(Value::NONE),
                };
                let value = self.call_helper(Helper::DictGetOr, &[dict.reference, key.reference, default]);
                self.guard_bound(value);
                self.emit(Op::Own, &[value]);
                Ok(value)
            }
            _ => Err(NoRule::Step),
        }
    }
}

/// A float, or an int that a float holds exactly.
fn number(v: Value) -> Option<f64> {
    match v.as_small_int() {
        Some(i) => (i.abs() <= EXACT).then_some(i as f64),
        None => runtime::objects::float::get(v),
    }
}

/// Whether a value is the native function of this name of the module `builtins`.
pub fn is_builtin(v: Value, name: &str) -> bool {
    v.cast_exact::<BuiltinFunction>()
        .is_some_and(|f| f.def.name == name && module_is(f.receiver.peek(), "builtins"))
}

/// Whether a value is the module of this name, as it was made.
fn module_is(module: Value, name: &str) -> bool {
    if module.is_null() {
        return false;
    }
    let modules = STATE.modules.peek();
    let found = modules.cast::<runtime::objects::dict::Dict>().and_then(|m| m.get_str(name));
    found.is_some_and(|m| m.is(module))
}

/// `object.__class__`.
fn is_plain_class(v: Value) -> bool {
    let object = &runtime::types::registry::OBJECT;
    object.lookup(runtime::names::get().__class__).is_some_and(|plain| plain.is(v))
}
