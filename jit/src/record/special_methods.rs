//! Special methods of classes: an instruction whose operand's class has a Python method for it opens that method's window.
//!
//! The recorder itself has the interpreter enter the method (`TraceHost::enter_special`); the frame is of kind `Operator`, so
//! that the interpreter finishes the instruction, should the trace be left inside. `finish_special` does the same for the
//! trace: what it guards is guarded in front of the method's return.

use super::calls::{Callee, PendingCall};
use super::containers::length_of_derived;
use super::natives::is_builtin;
use super::operands::{Operand, is_float};
use super::{Anchor, NoRule, Pending, Recorder, Rule, Site};
use crate::abort::Abort;
use crate::ir::{Constant, Op, Reference};
use ir::opcode::{BinaryOperator, COMPARE_TO_BOOL};
use ir::register::{Operation, flags};
use runtime::attributes::{Place, classify, is_generic_getattribute};
use runtime::cell::GilCell;
use runtime::frame::{Frame, FrameKind, Remainder};
use runtime::instance;
use runtime::names;
use runtime::objects::function::Function;
use runtime::objects::property::Property;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper, OPERATOR};
use runtime::types::registry::{LIST_ITERATOR, TUPLE_ITERATOR};
use runtime::types::{CompareOp, Type, TypeFlags, slot_functions};
use runtime::value::{Ref, Value};
use std::collections::BTreeSet;

/// Instructions whose methods gave something that isn't followed (NotImplemented). Code objects may die and others come in
/// their place; then an instruction is refused for nothing.
static REFUSED: GilCell<BTreeSet<Anchor>> = GilCell::new(BTreeSet::new());

/// What is left of an instruction behind its special method.
pub enum Finish {
    /// The operands that die are dropped.
    Nothing,
    /// The same, and this is the result.
    Value(Reference),
    /// The same, and NULL stands behind it.
    Callable(Reference),
    /// A call's window is dropped, and this is the result.
    Call(Reference),
}

/// The names of a binary operator's method, its reflected one and the one in place.
fn names_of(operator: BinaryOperator) -> Option<(Value, Value, Value)> {
    use BinaryOperator::*;
    let n = names::get();
    Some(match operator.plain() {
        NB_ADD => (n.__add__, n.__radd__, n.__iadd__),
        NB_SUBTRACT => (n.__sub__, n.__rsub__, n.__isub__),
        NB_MULTIPLY => (n.__mul__, n.__rmul__, n.__imul__),
        NB_TRUE_DIVIDE => (n.__truediv__, n.__rtruediv__, n.__itruediv__),
        NB_FLOOR_DIVIDE => (n.__floordiv__, n.__rfloordiv__, n.__ifloordiv__),
        NB_REMAINDER => (n.__mod__, n.__rmod__, n.__imod__),
        NB_MATRIX_MULTIPLY => (n.__matmul__, n.__rmatmul__, n.__imatmul__),
        NB_AND => (n.__and__, n.__rand__, n.__iand__),
        NB_OR => (n.__or__, n.__ror__, n.__ior__),
        NB_XOR => (n.__xor__, n.__rxor__, n.__ixor__),
        NB_LSHIFT => (n.__lshift__, n.__rlshift__, n.__ilshift__),
        NB_RSHIFT => (n.__rshift__, n.__rrshift__, n.__irshift__),
        _ => return None,
    })
}

/// Whether an object's class was made by a `class` statement.
pub fn is_class_instance(v: Value) -> bool {
    v.is_pointer() && v.ty().has(TypeFlags::HEAP)
}

/// The Python function that a class has under a name.
pub fn python_method(ty: &Type, name: Value) -> Option<Value> {
    ty.lookup(name).filter(|v| v.cast_exact::<Function>().is_some())
}

/// Whether a class has nothing of its own under a name: what `object` has, or nothing.
fn is_inherited_from_object(ty: &Type, name: Value) -> bool {
    let plain = runtime::types::registry::OBJECT.lookup(name);
    ty.lookup(name) == plain
}

impl Recorder {
    /// Tries the instruction as one that calls a special method.
    pub fn record_special(&mut self, thread: &Thread, site: &Site) -> Rule {
        use Operation::*;
        let n = names::get();
        if self.is_refused(site) {
            return Err(NoRule::Step);
        }
        match site.operation {
            BinaryOp => self.special_binary(thread, site),
            Negative => self.special_unary(thread, site, n.__neg__),
            Invert => self.special_unary(thread, site, n.__invert__),
            Subscript => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                if self.dict_like(b).is_some_and(|dict| dict.contains_plain(c.now) == Some(false)) {
                    return self.missing_item(thread, site, b, c);
                }
                self.special_method(thread, site, b, n.__getitem__, &[c])
            }
            StoreSubscript => {
                let (value, b, c) = (self.operand_a(site), self.operand_b(site), self.operand_c(site));
                self.special_method(thread, site, b, n.__setitem__, &[c, value])
            }
            DeleteSubscript => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                self.special_method(thread, site, b, n.__delitem__, &[c])
            }
            Contains | NotContains | JumpIfContains | JumpIfNotContains => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                self.special_method(thread, site, c, n.__contains__, &[b])
            }
            Compare => self.special_compare(thread, site, site.payload(1)),
            JumpCompare => self.special_compare(thread, site, site.a as u32),
            ToBool | Not | JumpIfTrue | JumpIfFalse => {
                let b = self.operand_b(site);
                if !is_class_instance(b.now) {
                    return Err(NoRule::Step);
                }
                if b.now.ty().lookup(n.__bool__).is_some() {
                    return self.special_method(thread, site, b, n.__bool__, &[]);
                }
                self.call_special(thread, site, b, n.__len__, &[], Remainder::Length)
            }
            GetIter => {
                let b = self.operand_b(site);
                match length_of_derived(b.now, n.__iter__) {
                    Some((length, _)) => self.iterate_derived(site, b, length),
                    None => self.special_method(thread, site, b, n.__iter__, &[]),
                }
            }
            ForIter => {
                let b = self.register(site.b);
                self.special_method(thread, site, b, n.__next__, &[])
            }
            LoadAttr | LoadMethod => self.special_load(thread, site),
            WithExceptStart => self.exit_with_exception(thread, site),
            StoreAttr => self.special_store(thread, site),
            _ => Err(NoRule::Step),
        }
    }

    /// The built-in iterator of an instance of a class derived from `list` or `tuple`.
    fn iterate_derived(&mut self, site: &Site, object: Operand, length: Field) -> Rule {
        self.guard_class(object)?;
        let what = self.int(Operation::GetIter as i64);
        let iterator = self.call_helper(Helper::OperateReading, &[what, object.reference]);
        let ty =
            self.type_constant(if length == Field::ListLength { &LIST_ITERATOR } else { &TUPLE_ITERATOR });
        self.emit(Op::KnownType, &[iterator, ty]);
        self.define(site, iterator)
    }

    /// `len(x)`, and calls of instances.
    pub fn special_call(&mut self, thread: &Thread, site: &Site, callee: &Callee, names: Value) -> Rule {
        if is_class_instance(callee.callable.now) {
            return self.call_instance(thread, site, callee, names);
        }
        match &callee.arguments[..] {
            [x] if is_builtin(callee.callable.now, "len") && !self.is_refused(site) => {
                self.guard_is(callee.callable);
                self.special_method(thread, site, *x, names::get().__len__, &[])
            }
            _ => Err(NoRule::Step),
        }
    }

    /// A call of an instance is one of its class's `__call__`, for the interpreter too.
    fn call_instance(&mut self, thread: &Thread, site: &Site, callee: &Callee, names: Value) -> Rule {
        let object = callee.callable;
        let method = python_method(object.now.ty(), names::get().__call__).ok_or(NoRule::Step)?;
        if object.now.cast::<Type>().is_some() {
            return Err(NoRule::Step);
        }
        self.guard_class(object)?;
        self.call_bound(thread, site, callee, method, names)
    }

    /// A call of a class that only makes instances is one of its `__new__`.
    pub fn call_through(
        &mut self,
        thread: &Thread,
        site: &Site,
        callee: &Callee,
        class: &'static Type,
        new: Value,
        names: Value,
    ) -> Rule {
        self.guard_is(callee.callable);
        self.guard_version(class)?;
        self.call_bound(thread, site, callee, new, names)
    }

    /// Calls a function with what is called in front of its arguments, for the interpreter too.
    fn call_bound(
        &mut self,
        thread: &Thread,
        site: &Site,
        callee: &Callee,
        method: Value,
        names: Value,
    ) -> Rule {
        if !self.now(site.b + 1).is_null() {
            return Err(NoRule::Step);
        }
        let object = callee.callable;
        let function = method.cast_exact::<Function>().ok_or(NoRule::Step)?;
        let mut arguments = vec![object];
        arguments.extend(&callee.arguments);
        let callable = Operand { reference: self.constant(method), now: method };
        self.python_call(thread, site, &Callee { callable, arguments }, function, names, None)?;
        // SAFETY: the registers of the call's window.
        unsafe { self.host.bind_callable(self.frame(), site.b, method) };
        Ok(())
    }

    /// Whether the trace couldn't finish this instruction before.
    fn is_refused(&self, site: &Site) -> bool {
        REFUSED.with(|refused| refused.contains(&Anchor::new(self.frame(), site.pc)))
    }

    /// A subclass of `dict` is asked for a key that it hasn't got.
    fn missing_item(&mut self, thread: &Thread, site: &Site, b: Operand, c: Operand) -> Rule {
        self.guard_missing(b, c)?;
        self.special_method(thread, site, b, names::get().__missing__, &[c])
    }

    fn special_unary(&mut self, thread: &Thread, site: &Site, name: Value) -> Rule {
        let b = self.operand_b(site);
        self.special_method(thread, site, b, name, &[])
    }

    fn special_method(
        &mut self,
        thread: &Thread,
        site: &Site,
        object: Operand,
        name: Value,
        arguments: &[Operand],
    ) -> Rule {
        self.call_special(thread, site, object, name, arguments, Remainder::Plain)
    }

    /// Opens the window of the Python method that an object's class has under a name.
    fn call_special(
        &mut self,
        thread: &Thread,
        site: &Site,
        object: Operand,
        name: Value,
        arguments: &[Operand],
        remainder: Remainder,
    ) -> Rule {
        if !is_class_instance(object.now) {
            return Err(NoRule::Step);
        }
        let function = python_method(object.now.ty(), name).ok_or(NoRule::Step)?;
        self.guard_class(object)?;
        let mut all = vec![object];
        all.extend_from_slice(arguments);
        self.enter_special(thread, site, function, &all, remainder)
    }

    /// Has the interpreter enter a function, a constant, for the present instruction. All guards are made.
    pub fn enter_special(
        &mut self,
        thread: &Thread,
        site: &Site,
        function: Value,
        arguments: &[Operand],
        remainder: Remainder,
    ) -> Rule {
        let has_prefix = (site.next - site.pc) as usize != site.operation.length();
        let callable = function.cast_exact::<Function>().ok_or(NoRule::Step)?;
        if has_prefix || !self.can_inline(callable.code(), callable.code.peek()) {
            return Err(NoRule::Step);
        }
        let code = callable.code.peek();
        let size = self.host.register_count(thread, code).ok_or(NoRule::Step)?;
        let constant = self.constant(function);
        let reference = self.guard_function(Operand { reference: constant, now: function }, callable)?;
        let values: Vec<Value> = arguments.iter().map(|a| a.now).collect();
        if !self.host.enter_special(thread, function, &values, remainder) {
            return Err(NoRule::Step);
        }
        self.entered = true;
        self.pending = Pending::Call(PendingCall {
            function: reference,
            code,
            parameters: arguments.iter().map(|a| a.reference).collect(),
            window: (0, 0),
            return_register: remainder as u32 | OPERATOR,
            call_pc: site.pc,
            size,
            instance: None,
            kind: FrameKind::Operator,
        });
        Ok(())
    }

    fn special_binary(&mut self, thread: &Thread, site: &Site) -> Rule {
        let (b, c) = (self.operand_b(site), self.operand_c(site));
        let operator = BinaryOperator::from_number(site.payload(1)).ok_or(NoRule::Step)?;
        let (name, reflected, in_place) = names_of(operator).ok_or(NoRule::Step)?;
        let (left, right) = (b.now.ty(), c.now.ty());
        if operator.is_inplace() && is_class_instance(b.now) && python_method(left, in_place).is_some() {
            return self.call_special(thread, site, b, in_place, &[c], Remainder::InPlace);
        }
        if operator.is_inplace() && left.lookup(in_place).is_some() {
            return Err(NoRule::Step);
        }
        if !is_class_instance(b.now) {
            // Numbers decline operands that are no numbers.
            let is_number = b.now.is_small_int() || is_float(b.now);
            let method = python_method(right, reflected).ok_or(NoRule::Step)?;
            if !is_number || !is_class_instance(c.now) || is_number_subclass(right) {
                return Err(NoRule::Step);
            }
            self.guard_number(b);
            self.guard_class(c)?;
            return self.enter_special(thread, site, method, &[c, b], Remainder::Reflected);
        }
        if !std::ptr::eq(left, right) && right.is_subtype(left) {
            return Err(NoRule::Step);
        }
        if !std::ptr::eq(left, right) {
            self.guard_kind(c);
        }
        self.call_special(thread, site, b, name, &[c], Remainder::Plain)
    }

    fn guard_number(&mut self, x: Operand) {
        self.emit(if x.now.is_small_int() { Op::GuardInt } else { Op::GuardFloat }, &[x.reference]);
    }

    fn special_compare(&mut self, thread: &Thread, site: &Site, number: u32) -> Rule {
        let (b, c) = (self.operand_b(site), self.operand_c(site));
        let compare = CompareOp::ALL.get((number & 7) as usize).copied().ok_or(NoRule::Step)?;
        if !is_class_instance(b.now) {
            return Err(NoRule::Step);
        }
        let (left, right) = (b.now.ty(), c.now.ty());
        let uses_class_slot =
            left.slots().compare.is_some_and(|f| f as usize == slot_functions::compare as *const () as usize);
        if !uses_class_slot || (!std::ptr::eq(left, right) && right.is_subtype(left)) {
            return Err(NoRule::Step);
        }
        let n = names::get();
        let name = [n.__lt__, n.__le__, n.__eq__, n.__ne__, n.__gt__, n.__ge__][compare as usize];
        if !std::ptr::eq(left, right) {
            self.guard_kind(c);
        }
        if compare == CompareOp::Ne && is_inherited_from_object(left, name) {
            return self.call_special(thread, site, b, n.__eq__, &[c], Remainder::Negated);
        }
        self.call_special(thread, site, b, name, &[c], Remainder::Plain)
    }

    /// What is left of the instruction at `call` when its special method gives `value`: guards what that depends on.
    pub fn finish_special(&mut self, call: &Site, remainder: Remainder, value: Operand) -> Rule<Finish> {
        use Operation::*;
        let result = match call.operation {
            BinaryOp => {
                self.guard_implemented(value)?;
                Finish::Value(value.reference)
            }
            Negative | Invert | Subscript | LoadAttr | ForIter | WithExceptStart => {
                Finish::Value(value.reference)
            }
            LoadMethod => Finish::Callable(value.reference),
            StoreSubscript | DeleteSubscript | StoreAttr => Finish::Nothing,
            Compare => {
                self.guard_implemented(value)?;
                let negated = remainder == Remainder::Negated;
                if negated || (call.payload(1) & COMPARE_TO_BOOL != 0 && !value.now.is_bool()) {
                    return self.finish_truth(value, negated).map(Finish::Value);
                }
                Finish::Value(value.reference)
            }
            JumpCompare => {
                self.guard_implemented(value)?;
                self.follow_truth(value)?;
                Finish::Nothing
            }
            Contains | NotContains => {
                return self.finish_truth(value, call.operation == NotContains).map(Finish::Value);
            }
            JumpIfContains | JumpIfNotContains => {
                self.follow_truth(value)?;
                Finish::Nothing
            }
            ToBool | Not | JumpIfTrue | JumpIfFalse => {
                match remainder {
                    Remainder::Length => self.guard_length(value)?,
                    _ if value.now.is_bool() => (),
                    _ => return Err(NoRule::Step),
                }
                if matches!(call.operation, ToBool | Not) {
                    return self.finish_truth(value, call.operation == Not).map(Finish::Value);
                }
                self.follow_truth(value)?;
                Finish::Nothing
            }
            GetIter => {
                if !value.now.is_pointer() || value.now.ty().slots().next.is_none() {
                    return Err(NoRule::Step);
                }
                self.guard_class(value)?;
                Finish::Value(value.reference)
            }
            Call => {
                self.guard_length(value)?;
                Finish::Call(value.reference)
            }
            _ => return Err(NoRule::Step),
        };
        Ok(result)
    }

    fn guard_implemented(&mut self, value: Operand) -> Rule {
        if value.now == Value::NOT_IMPLEMENTED {
            return Err(NoRule::Step);
        }
        let refused = self.constant(Value::NOT_IMPLEMENTED);
        self.emit(Op::GuardIsNot, &[value.reference, refused]);
        Ok(())
    }

    /// Guards a small int that is not negative.
    fn guard_length(&mut self, value: Operand) -> Rule {
        if value.now.as_small_int().is_none_or(|i| i < 0) {
            return Err(NoRule::Step);
        }
        let (zero, length) = (self.int(0), self.int_of(value)?);
        let holds = self.emit(Op::LeInt, &[zero, length]);
        self.expect(holds, true);
        Ok(())
    }

    /// Does what is left of the instruction, whose window is the innermost one again.
    pub fn complete(&mut self, call: &Site, finish: Finish) {
        let result = match finish {
            Finish::Call(result) => {
                self.drop_registers(call.b, 2 + call.c);
                if call.has(flags::DISCARD) {
                    return;
                }
                result
            }
            Finish::Nothing => return self.drop_dying(call),
            Finish::Value(result) | Finish::Callable(result) => {
                self.drop_dying(call);
                result
            }
        };
        self.set_register(call.a, result);
        if matches!(finish, Finish::Callable(_)) {
            let null = self.trace.constant(Constant::Value(Ref::NULL));
            self.set_register(call.a + 1, null);
        }
    }

    /// A property's getter, or `__getattr__` for what isn't found.
    fn special_load(&mut self, thread: &Thread, site: &Site) -> Rule {
        let name = self.code().name_at(site.payload(1) as usize);
        let object = self.operand_b(site);
        if !is_class_instance(object.now) || object.now.cast::<Type>().is_some() {
            return Err(NoRule::Step);
        }
        if let Place::Property { getter, .. } = classify(object.now, name) {
            self.guard_class(object)?;
            return self.enter_special(thread, site, *getter, &[object], Remainder::Plain);
        }
        let ty = object.now.ty();
        let n = names::get();
        let is_hook = ty
            .slots()
            .get_attribute
            .is_some_and(|f| f as usize == slot_functions::get_attribute as *const () as usize)
            && ty.lookup(n.__getattribute__).is_some_and(is_generic_getattribute);
        let method = python_method(ty, n.__getattr__).filter(|_| is_hook).ok_or(NoRule::Step)?;
        if ty.lookup(name).is_some() {
            return Err(NoRule::Step);
        }
        match instance::attributes(object.now) {
            Some(a) if a.dictionary().is_none() && a.shape().slot_of(name).is_none() => {
                self.guard_shape(object, a.shape_pointer())?;
            }
            Some(_) => return Err(NoRule::Step),
            None => {
                self.guard_class(object)?;
            }
        }
        let name = Operand { reference: self.constant(name), now: name };
        self.enter_special(thread, site, method, &[object, name], Remainder::Plain)
    }

    /// A property's setter, or `__setattr__`.
    fn special_store(&mut self, thread: &Thread, site: &Site) -> Rule {
        let name = self.code().name_at(site.payload(1) as usize);
        let (object, value) = (self.operand_b(site), self.operand_c(site));
        if !is_class_instance(object.now) || object.now.cast::<Type>().is_some() {
            return Err(NoRule::Step);
        }
        let ty = object.now.ty();
        if !ty.uses_generic_set() {
            let method = python_method(ty, names::get().__setattr__).ok_or(NoRule::Step)?;
            self.guard_class(object)?;
            let name = Operand { reference: self.constant(name), now: name };
            return self.enter_special(thread, site, method, &[object, name, value], Remainder::Plain);
        }
        let property = ty.lookup(name).and_then(|d| d.cast_exact::<Property>()).ok_or(NoRule::Step)?;
        let setter = property.setter.option().ok_or(NoRule::Step)?;
        self.guard_class(object)?;
        self.enter_special(thread, site, *setter, &[object, value], Remainder::Plain)
    }

    /// The instruction at `call` can't be finished by the trace: it won't be tried again.
    pub fn refuse<T>(&mut self, caller: &Frame, call: &Site, rule: Rule<T>) -> Rule<T> {
        match rule {
            Err(NoRule::Step) => {
                REFUSED.with(|refused| refused.insert(Anchor::new(caller, call.pc)));
                Err(NoRule::Abort(Abort::LeftFrame))
            }
            other => other,
        }
    }
}

/// Whether a class is derived from one whose operands the operators of numbers accept.
fn is_number_subclass(ty: &Type) -> bool {
    use runtime::types::registry::INT;
    ty.is_subtype(&INT)
        || ty.is_subtype(&runtime::objects::float::FLOAT)
        || ty.is_subtype(&runtime::objects::complex::COMPLEX)
}
