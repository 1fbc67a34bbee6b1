//! What must hold for a trace: run on every trace in tests and debug builds.

use super::table::{Kind, Op, Role, Type};
use super::trace::{Instruction, Reference, Snapshot, Trace, VirtualKind};
use runtime::trace_interface::{Field, Helper, HelperResult, Width, effect};

/// Which of the two forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Recorded,
    Optimised,
}

/// The type of a field's loads; `None` for arrays.
pub fn field_type(field: Field) -> Type {
    match field.width() {
        Width::Value => Type::Value,
        Width::Int | Width::Uint32 | Width::Byte => Type::Int,
        Width::Pointer => Type::Pointer,
        Width::Float => Type::Float,
        Width::Array => Type::None,
    }
}

/// The type of a helper's parameter or result.
pub fn helper_type(result: HelperResult) -> Type {
    match result {
        HelperResult::None => Type::None,
        HelperResult::Int => Type::Int,
        HelperResult::Float => Type::Float,
        HelperResult::Bool => Type::Bool,
        HelperResult::Value | HelperResult::Borrowed | HelperResult::Given => Type::Value,
        HelperResult::Pointer => Type::Pointer,
    }
}

/// Whether a call leaves if it raises.
pub fn can_raise(call: &Instruction) -> bool {
    call.c.is_none() && call.helper().row().effects & effect::RAISES != 0
}

/// Whether a side may start at an instruction.
fn may_have_side(instruction: &Instruction) -> bool {
    instruction.op.is_guard() || (instruction.op == Op::Call && can_raise(instruction))
}

/// Whether the instruction may leave through a snapshot and so must have one.
pub fn needs_snapshot(instruction: &Instruction) -> bool {
    match instruction.op {
        Op::Exit | Op::CallItself => true,
        Op::Call => can_raise(instruction),
        op => op.is_guard(),
    }
}

/// Checks a trace; `Err` says what is wrong where.
pub fn verify(trace: &Trace, form: Form) -> Result<(), String> {
    let verifier = Verifier { trace, form, parts: parts(trace) };
    for index in 0..trace.instructions.len() {
        verifier
            .instruction(index)
            .map_err(|e| format!("{e}: {}", trace.line(index, &trace.instructions[index])))?;
    }
    for window in &trace.windows {
        verifier.reference(window.code, usize::MAX)?;
        if !window.code.is_constant() || trace.type_of(window.code) != Type::Value {
            return Err("a window's code is no constant value".to_string());
        }
    }
    if form == Form::Optimised { verifier.structure() } else { Ok(()) }
}

struct Verifier<'a> {
    trace: &'a Trace,
    form: Form,
    parts: Vec<Part>,
}

/// The main path, or a side.
struct Part {
    start: usize,
    /// The guard that leads here; for the main path, 0.
    guard: usize,
}

fn parts(trace: &Trace) -> Vec<Part> {
    let side = |(start, i): (usize, &Instruction)| {
        (i.op == Op::Side).then_some(Part { start, guard: i.immediate as usize })
    };
    let main = Part { start: 0, guard: 0 };
    std::iter::once(main).chain(trace.instructions.iter().enumerate().filter_map(side)).collect()
}

impl Verifier<'_> {
    /// Checks that a reference exists and is defined before instruction `user`.
    fn reference(&self, reference: Reference, user: usize) -> Result<Type, String> {
        if reference.is_none() {
            return Err("an operand is missing".to_string());
        }
        if reference.is_constant() {
            let constant = self.trace.constants.get(reference.constant_index());
            return constant.map(|c| c.ty()).ok_or("a constant that doesn't exist".to_string());
        }
        let visible = reference.index() < user && self.is_visible(reference.index(), user);
        let defined = self.trace.instructions.get(reference.index()).filter(|_| visible);
        match defined {
            Some(instruction) if instruction.op == Op::Virtual => {
                Err(format!("%{} is not made", reference.0))
            }
            Some(instruction) if instruction.ty != Type::None => Ok(instruction.ty),
            Some(_) => Err(format!("%{} has no result", reference.0)),
            None => Err(format!("%{} is not defined here", reference.0)),
        }
    }

    /// Whether control comes by an instruction in front of `user` on its way there.
    fn is_visible(&self, index: usize, mut user: usize) -> bool {
        loop {
            let part = self.parts.partition_point(|p| p.start < user).saturating_sub(1);
            let Part { start, guard } = self.parts[part];
            if index >= start || part == 0 {
                return index < user;
            }
            // Within the guard's part, in front of it.
            user = guard.min(start);
        }
    }

    /// The type of what a snapshot names.
    fn described(&self, reference: Reference, snapshot: &Snapshot, user: usize) -> Result<Type, String> {
        match snapshot.virtuals.iter().any(|v| v.value == reference) {
            true => Ok(Type::Value),
            false => self.reference(reference, user),
        }
    }

    fn operand(&self, role: Role, reference: Reference, user: usize) -> Result<(), String> {
        match role {
            Role::Use(ty) => self.typed(ty, reference, user),
            Role::Maybe(ty) if !reference.is_none() => self.typed(ty, reference, user),
            Role::Maybe(_) => Ok(()),
            Role::Any => self.reference(reference, user).map(|_| ()),
            _ if reference.is_none() => Ok(()),
            _ => Err("an operand too many".to_string()),
        }
    }

    fn typed(&self, ty: Type, reference: Reference, user: usize) -> Result<(), String> {
        let found = self.reference(reference, user)?;
        if found == ty {
            return Ok(());
        }
        let name = self.trace.name(reference);
        Err(format!("{name} is {} where {} is wanted", found.name(), ty.name()))
    }

    fn instruction(&self, index: usize) -> Result<(), String> {
        let instruction = &self.trace.instructions[index];
        let row = instruction.op.row();
        if self.form == Form::Optimised && row.kind == Kind::Recorded {
            return Err("only for recorded traces".to_string());
        }
        if instruction.op == Op::Phi {
            return self.phi(index, instruction);
        }
        if instruction.op == Op::Call {
            self.call(index, instruction)?;
        } else if instruction.op == Op::Rejoin {
            self.rejoin(index, instruction)?;
        } else {
            for (role, operand) in row.operands.iter().zip([instruction.a, instruction.b, instruction.c]) {
                self.operand(*role, operand, index)?;
            }
        }
        let wanted = match instruction.op {
            Op::Call => helper_type(instruction.helper().row().result),
            Op::LoadField => self.field(instruction)?,
            Op::StoreField => {
                let ty = self.field(instruction)?;
                self.typed(ty, instruction.b, index)?;
                Type::None
            }
            Op::Import if instruction.ty != Type::None => instruction.ty,
            Op::Virtual if instruction.ty == Type::Pointer => instruction.ty,
            Op::LoadItem
            | Op::StoreItem
            | Op::LoadNumber
            | Op::StoreNumber
            | Op::LoadReal
            | Op::StoreReal => {
                if self.field(instruction)? != Type::None {
                    return Err("the field is no array".to_string());
                }
                row.result
            }
            _ => row.result,
        };
        if instruction.ty != wanted {
            return Err(format!("the result must be {}", wanted.name()));
        }
        if row.immediate == Role::Window && instruction.immediate as usize >= self.trace.windows.len() {
            return Err("no such window".to_string());
        }
        self.snapshot_of(index, instruction)
    }

    fn field(&self, instruction: &Instruction) -> Result<Type, String> {
        match Field::ALL.get(instruction.immediate as usize) {
            Some(field) => Ok(field_type(*field)),
            None => Err("no such field".to_string()),
        }
    }

    fn phi(&self, index: usize, phi: &Instruction) -> Result<(), String> {
        let before = index.checked_sub(1).map(|i| self.trace.instructions[i].op);
        if !matches!(before, Some(Op::Loop | Op::Phi)) {
            return Err("a phi that isn't behind Loop".to_string());
        }
        if phi.ty == Type::None {
            return Err("a phi without a type".to_string());
        }
        self.typed(phi.ty, phi.a, index)?;
        // The first operand is from before the loop; the second from anywhere.
        let first = (0..index).rev().find(|i| self.trace.instructions[*i].op == Op::Loop).unwrap_or(0);
        if !phi.a.is_constant() && phi.a.index() > first {
            return Err("a phi's first operand is from inside the loop".to_string());
        }
        let repeat = self.trace.instructions.iter().position(|i| i.op == Op::Repeat);
        self.typed(phi.ty, phi.b, repeat.unwrap_or(self.trace.instructions.len()))
    }

    /// A side gives each phi a value of its type.
    fn rejoin(&self, index: usize, rejoin: &Instruction) -> Result<(), String> {
        let first = self.trace.instructions.iter().position(|i| i.op == Op::Loop);
        let phis = self.trace.instructions[first.ok_or("Rejoin without Loop")? + 1..].iter();
        let phis: Vec<_> = phis.take_while(|i| i.op == Op::Phi).collect();
        let values = self.arguments(rejoin)?;
        if values.len() != phis.len() {
            return Err(format!("{} phis", phis.len()));
        }
        phis.iter().zip(values).try_for_each(|(phi, value)| self.typed(phi.ty, *value, index))
    }

    fn arguments(&self, i: &Instruction) -> Result<&[Reference], String> {
        let (first, count) = (i.a.0, i.b.0);
        let end = first.checked_add(count).filter(|_| first >= 0 && count >= 0);
        if end.is_none_or(|end| end as usize > self.trace.arguments.len()) {
            return Err("arguments that don't exist".to_string());
        }
        Ok(self.trace.arguments_of(i))
    }

    fn call(&self, index: usize, call: &Instruction) -> Result<(), String> {
        let Some(helper) = Helper::ALL.get(call.immediate as usize) else {
            return Err("no such helper".to_string());
        };
        let row = helper.row();
        let arguments = self.arguments(call)?;
        let fixed = row.parameters.len();
        if arguments.len() < fixed || (arguments.len() > fixed && !row.takes_rest) {
            return Err(format!("{fixed} arguments are wanted"));
        }
        for (i, argument) in arguments.iter().enumerate() {
            let ty = row.parameters.get(i).map_or(Type::Value, |p| helper_type(*p));
            self.typed(ty, *argument, index)?;
        }
        Ok(())
    }

    fn snapshot_of(&self, index: usize, instruction: &Instruction) -> Result<(), String> {
        let id = instruction.snapshot;
        if id.is_none() {
            let has_side = may_have_side(instruction) && self.parts[1..].iter().any(|p| p.guard == index);
            let missing = self.form == Form::Optimised && needs_snapshot(instruction) && !has_side;
            return if missing { Err("it needs a snapshot".to_string()) } else { Ok(()) };
        }
        match self.trace.snapshots.get(id.index()) {
            Some(snapshot) => self.snapshot(snapshot, index),
            None => Err("no such snapshot".to_string()),
        }
    }

    fn snapshot(&self, snapshot: &Snapshot, index: usize) -> Result<(), String> {
        for (number, (window, function, _)) in snapshot.windows.iter().enumerate() {
            if *window as usize >= self.trace.windows.len() {
                return Err("a snapshot names a window that doesn't exist".to_string());
            }
            self.typed(Type::Value, *function, index)?;
            if snapshot.windows[..number].iter().any(|w| w.0 == *window) {
                return Err(format!("window {window} is open twice"));
            }
        }
        for (number, entry) in snapshot.entries.iter().enumerate() {
            let ty = self.described(entry.value, snapshot, index)?;
            if ty == Type::Pointer {
                return Err(format!("slot {} gets an address", entry.slot));
            }
            if snapshot.entries[..number].iter().any(|e| e.slot == entry.slot) {
                return Err(format!("slot {} is written twice", entry.slot));
            }
        }
        for object in &snapshot.virtuals {
            let maker =
                self.trace.instructions.get(object.value.index()).filter(|_| !object.value.is_constant());
            if maker.is_none_or(|i| i.op != Op::Virtual) || object.value.index() >= index {
                return Err("a description of what is no virtual object".to_string());
            }
            if let VirtualKind::Instance { class, shape } = object.kind {
                self.typed(Type::Value, class, index)?;
                self.operand(Role::Maybe(Type::Pointer), shape, index)?;
            }
            for (_, field, _) in &object.fields {
                if self.described(*field, snapshot, index)? == Type::Pointer {
                    return Err("a field gets an address".to_string());
                }
            }
        }
        for held in &snapshot.held {
            self.typed(Type::Value, held.generator, index)?;
            if let Some((address, _)) = held.suspended {
                self.typed(Type::Pointer, address, index)?;
            }
        }
        for (_, generator) in &snapshot.lent {
            self.typed(Type::Value, *generator, index)?;
        }
        for drop in &snapshot.drops {
            self.typed(Type::Value, *drop, index)?;
        }
        Ok(())
    }

    fn structure(&self) -> Result<(), String> {
        let instructions = &self.trace.instructions;
        let mut guards = std::collections::HashSet::new();
        for (number, part) in self.parts.iter().enumerate() {
            let end = self.parts.get(number + 1).map_or(instructions.len(), |next| next.start);
            let ops = || instructions[part.start..end].iter().map(|i| i.op);
            match ops().next_back() {
                Some(op) if op.is_end() => (),
                _ => return Err("the trace doesn't end in Repeat, Link, Exit or Return".to_string()),
            }
            if ops().filter(|op| op.is_end()).count() != 1 {
                return Err("the trace ends before its last instruction".to_string());
            }
            let is_main = number == 0;
            let loops = ops().filter(|op| *op == Op::Loop).count();
            if loops > usize::from(is_main) {
                return Err("more than one Loop".to_string());
            }
            if (loops == 1) != (ops().next_back() == Some(Op::Repeat)) {
                return Err("Loop and Repeat come together".to_string());
            }
            if !is_main && (part.guard >= part.start || !may_have_side(&instructions[part.guard])) {
                return Err("a side of what is no guard in front of it".to_string());
            }
            if !is_main && !guards.insert(part.guard) {
                return Err("two sides of one guard".to_string());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::text::parse;

    fn check(text: &str) -> Result<(), String> {
        verify(&parse(text).unwrap(), Form::Optimised)
    }

    #[test]
    fn a_good_loop() {
        let text = "
            %a: value = LoadSlot 0
            GuardInt %a !0
            %i: int = UnboxInt %a
            Loop
            %p: int = Phi %i %n
            %n: int = AddInt %p 1
            %c: bool = LtInt %n 100
            GuardTrue %c !1
            GuardPoll !1
            Repeat
            snapshot pc 0
            snapshot pc 3 slots 0=%n";
        assert_eq!(check(text), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, message) in [
            (
                "%a: int = Import 0\n%b: int = AddInt %a 1.5\nExit !0\nsnapshot pc 0",
                "1.5 is float where int is wanted",
            ),
            ("%a: int = AddInt %b 1\n%b: int = Import 0\nExit !0\nsnapshot pc 0", "%1 is not defined here"),
            ("%a: int = Import 0\nCheckInt %a\nExit !0\nsnapshot pc 0", "it needs a snapshot"),
            ("%a: value = Call FloatPower 1.0 2.0\nExit !0\nsnapshot pc 0", "it needs a snapshot"),
            ("At 5\nExit !0\nsnapshot pc 0", "only for recorded traces"),
            ("%a: int = Phi 1 2\nExit !0\nsnapshot pc 0", "a phi that isn't behind Loop"),
            ("Repeat", "Loop and Repeat come together"),
            ("%a: int = Import 0", "the trace doesn't end in Repeat, Link, Exit or Return"),
            ("Exit !0\nExit !0\nsnapshot pc 0", "the trace ends before its last instruction"),
            ("Exit !1\nsnapshot pc 0", "no such snapshot"),
            ("Exit !0\nsnapshot pc 0 slots 1=2 1=3", "slot 1 is written twice"),
            ("Exit !0\nsnapshot pc 0 windows 0(#None)", "a snapshot names a window that doesn't exist"),
            ("Loop\n%p: int = Phi 1 1.5\nRepeat", "1.5 is float where int is wanted"),
            (
                "%p: pointer = Address #None\n%x: int = LoadField ListItems %p\nExit !0\nsnapshot pc 0",
                "the result must be pointer",
            ),
            ("Call Release\nExit !0\nsnapshot pc 0", "1 arguments are wanted"),
            (
                "GuardPoll\n%a: int = Import 0\nExit !0\nSide 0\nCheckInt %a !0\nExit !0\nsnapshot pc 0",
                "%1 is not defined here",
            ),
            ("Loop\n%p: int = Phi 1 2\nGuardPoll\nRepeat\nSide 2\nRejoin\nsnapshot pc 0", "1 phis"),
            (
                "GuardPoll\nExit !0\nSide 0\nsnapshot pc 0",
                "the trace doesn't end in Repeat, Link, Exit or Return",
            ),
            ("Exit !0\nSide 0\nExit !0\nsnapshot pc 0", "a side of what is no guard in front of it"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
