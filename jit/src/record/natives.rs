//! Native functions with rules of their own.

use super::calls::Callee;
use super::native_calls::NativeCall;
use super::operands::{Operand, is_float};
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::list::List;
use runtime::state::STATE;
use runtime::trace_interface::Helper;
use runtime::types::Type;
use runtime::types::registry::TYPE;
use runtime::value::Value;

impl Recorder {
    /// A call of anything but a Python function: by a rule of its own, or in general.
    pub fn native_call(&mut self, site: &Site, callee: &Callee, names: Value) -> Rule<NativeCall> {
        if names.is_null() {
            let before = self.trace.instructions.len();
            match self.own_rule(callee) {
                Ok(result) => return Ok(NativeCall { result, dropped: false }),
                Err(NoRule::Step) => self.trace.instructions.truncate(before),
                Err(other) => return Err(other),
            }
        }
        self.general_call(site, callee, names)
    }

    fn own_rule(&mut self, callee: &Callee) -> Rule<Reference> {
        let callable = callee.callable.now;
        if let Some(function) = callable.cast_exact::<BuiltinFunction>() {
            let module = function.receiver.peek();
            let name = function.def.name;
            if module_is(module, "builtins") {
                return self.builtin(callee, name);
            }
            if module_is(module, "math") {
                return self.math(callee, name);
            }
            return Err(NoRule::Step);
        }
        if let Some(method) = callable.cast_exact::<MethodDescriptor>() {
            return self.native_method(callee, method.def.name);
        }
        Err(NoRule::Step)
    }

    fn builtin(&mut self, callee: &Callee, name: &str) -> Rule<Reference> {
        match (name, &callee.arguments[..]) {
            ("len", [x]) => {
                self.guard_is(callee.callable);
                self.length_of(*x)
            }
            ("abs", [x]) => {
                self.guard_is(callee.callable);
                self.absolute(*x)
            }
            ("isinstance", [x, class]) => {
                self.guard_is(callee.callable);
                self.is_instance(*x, *class)
            }
            ("min" | "max", [x, y]) if x.now.is_small_int() && y.now.is_small_int() => {
                self.guard_is(callee.callable);
                let (x, y) = (self.int_of(*x)?, self.int_of(*y)?);
                Ok(self.emit(if name == "min" { Op::MinInt } else { Op::MaxInt }, &[x, y]))
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

    /// `isinstance` for a class without a say of its own in it: what the object's type decides.
    fn is_instance(&mut self, x: Operand, class: Operand) -> Rule<Reference> {
        let wanted = class.now.cast::<Type>().ok_or(NoRule::Step)?;
        if !class.now.is_exact(&TYPE) {
            return Err(NoRule::Step);
        }
        self.guard_is(class);
        let ty = x.now.ty();
        if x.now.is_pointer() {
            self.guard_object(x)?;
            // The object may claim another class through a property `__class__`.
            if !ty.is_subtype(wanted) && !ty.uses_generic_get() {
                return Err(NoRule::Step);
            }
            self.guard_version(ty)?;
        } else if x.now.is_small_int() {
            self.emit(Op::GuardInt, &[x.reference]);
        } else if x.now.is_inline_float() {
            self.emit(Op::GuardFloat, &[x.reference]);
        } else {
            self.guard_is(x);
        }
        if !ty.is_subtype(wanted)
            && ty.lookup(runtime::names::get().__class__).is_some_and(|v| !is_plain_class(v))
        {
            return Err(NoRule::Step);
        }
        Ok(self.trace.bool(ty.is_subtype(wanted)))
    }

    fn math(&mut self, callee: &Callee, name: &str) -> Rule<Reference> {
        let [x] = callee.arguments[..] else { return Err(NoRule::Step) };
        if !is_float(x.now) {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        let f = self.float_of(x)?;
        match name {
            "sqrt" => {
                let zero = self.trace.float(0.0);
                let not_negative = self.emit(Op::LeFloat, &[zero, f]);
                if runtime::objects::float::get(x.now).is_none_or(|f| f < 0.0) {
                    return Err(NoRule::Step);
                }
                self.expect(not_negative, true);
                Ok(self.emit(Op::SqrtFloat, &[f]))
            }
            "fabs" => Ok(self.emit(Op::AbsFloat, &[f])),
            "sin" | "cos" => {
                if !runtime::objects::float::get(x.now).is_some_and(f64::is_finite) {
                    return Err(NoRule::Step);
                }
                let (infinity, size) = (self.trace.float(f64::INFINITY), self.emit(Op::AbsFloat, &[f]));
                let finite = self.emit(Op::LtFloat, &[size, infinity]);
                self.expect(finite, true);
                Ok(self.call_helper(if name == "sin" { Helper::Sine } else { Helper::Cosine }, &[f]))
            }
            _ => Err(NoRule::Step),
        }
    }

    fn native_method(&mut self, callee: &Callee, name: &str) -> Rule<Reference> {
        match (name, &callee.arguments[..]) {
            ("append", [list, item]) if list.now.cast_exact::<List>().is_some() => {
                self.guard_is(callee.callable);
                self.guard_object(*list)?;
                self.call_helper(Helper::ListAppend, &[list.reference, item.reference]);
                Ok(self.constant(Value::NONE))
            }
            _ => Err(NoRule::Step),
        }
    }
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
