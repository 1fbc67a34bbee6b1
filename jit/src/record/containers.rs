//! Lists, tuples, strings and dicts: subscripts, unpacking, building.

use super::arrays::is_array;
use super::branches::length_field;
use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Instruction, Op, Reference};
use ir::opcode::BinaryOperator;
use ir::register::{Operation, extend, flags};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{INDEX_ERROR, KEY_ERROR};
use runtime::objects::list::List;
use runtime::objects::plain::{is_plain, is_quiet_key};
use runtime::objects::set;
use runtime::objects::slice::Slice;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper};
use runtime::types::registry::{DICT, LIST, SET, TUPLE};
use runtime::types::{Type, TypeFlags};
use runtime::value::Value;

/// Tuples and lists of more items are left to the interpreter.
const MAX_BUILT: usize = 32;

/// An exact list or tuple.
pub fn is_sequence(v: Value) -> bool {
    v.cast_exact::<List>().is_some() || v.cast_exact::<Tuple>().is_some()
}

impl Recorder {
    pub fn record_container(&mut self, thread: &Thread, site: &Site) -> Rule {
        match site.operation {
            Operation::Subscript => self.subscript(thread, site),
            Operation::StoreSubscript => self.store_subscript(site),
            Operation::GetLen => {
                let b = self.register(site.b);
                let length = self.length_of(b)?;
                self.set_register(site.a, length);
                Ok(())
            }
            Operation::UnpackPair => self.unpack(site, &[site.a, site.c]),
            Operation::UnpackSequence => {
                let registers: Vec<usize> = (0..site.c).map(|i| site.a + site.c - 1 - i).collect();
                self.unpack(site, &registers)
            }
            Operation::BuildTuple2 => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                let tuple = self.call_helper(Helper::BuildTuple, &[b.reference, c.reference]);
                self.define(site, tuple)
            }
            Operation::BuildTuple => self.build(site, Helper::BuildTuple),
            Operation::BuildList => self.build(site, Helper::BuildList),
            Operation::ListAppend => {
                let (list, item) = (self.register(site.b), self.operand_c(site));
                list.now.cast_exact::<List>().ok_or(NoRule::Step)?;
                self.guard_object(list)?;
                self.call_helper(Helper::ListAppend, &[list.reference, item.reference]);
                self.drop_dying(site);
                Ok(())
            }
            Operation::Extend if site.a as u16 == extend::LIST => {
                let (list, more) = (self.register(site.b), self.operand_c(site));
                self.extend_list(list, more)?;
                self.drop_dying(site);
                Ok(())
            }
            Operation::BinarySlice => self.binary_slice(site),
            Operation::SetAdd => self.add_to_set(site),
            Operation::MapAdd => {
                let (dict, key, value) = (self.register(site.a), self.operand_b(site), self.operand_c(site));
                let now = dict.now.cast_exact::<Dict>().ok_or(NoRule::Step)?;
                now.contains_plain(key.now).ok_or(NoRule::Step)?;
                self.store_dict_item(value, dict, key)?;
                self.drop_dying(site);
                Ok(())
            }
            _ => Err(NoRule::Step),
        }
    }

    /// `len` of a built-in container.
    pub fn length_of(&mut self, b: Operand) -> Rule<Reference> {
        let (field, _) = length_field(b.now).ok_or(NoRule::Step)?;
        let address = self.guard_object(b)?;
        Ok(self.load_field(address, field))
    }

    /// The index of an item that exists, from 0, behind guards.
    pub fn index_within(&mut self, c: Operand, length_now: usize, length: Reference) -> Rule<Reference> {
        let now = c.now.as_small_int().ok_or(NoRule::Step)?;
        let index = self.int_of(c)?;
        let zero = self.int(0);
        if now >= 0 {
            if now as usize >= length_now {
                return Err(NoRule::Step);
            }
            let within = self.emit(Op::LtUnsigned, &[index, length]);
            self.expect(within, true);
            return Ok(index);
        }
        if now + (length_now as i64) < 0 {
            return Err(NoRule::Step);
        }
        let negative = self.emit(Op::LtInt, &[index, zero]);
        self.expect(negative, true);
        let from_start = self.emit(Op::AddInt, &[index, length]);
        let within = self.emit(Op::LeInt, &[zero, from_start]);
        self.expect(within, true);
        Ok(from_start)
    }

    fn subscript(&mut self, thread: &Thread, site: &Site) -> Rule {
        let (b, c) = (self.operand_b(site), self.operand_c(site));
        if let Some(dict) = b.now.cast_exact::<Dict>()
            && dict.contains_plain(c.now) == Some(false)
        {
            self.guard_missing(b, c)?;
            return self.raise_new(thread, site, &KEY_ERROR, c.reference);
        }
        if self.is_outside(b, c)? {
            let what = match b.now.cast_exact::<List>() {
                Some(_) => "list index out of range",
                None => "tuple index out of range",
            };
            return self.raise_message(thread, site, &INDEX_ERROR, what);
        }
        let value = match self.dict_like(b) {
            Some(dict) => self.dict_item(dict, b, c)?,
            None if c.now.cast_exact::<Slice>().is_some() => self.part_by_slice(b, c)?,
            None => self.sequence_item(b, c)?,
        };
        self.define(site, value)
    }

    /// Whether an index lies behind the end of an exact list or tuple. Guarded if it does.
    fn is_outside(&mut self, b: Operand, c: Operand) -> Rule<bool> {
        let Some(at) = c.now.as_small_int().filter(|_| is_sequence(b.now)) else { return Ok(false) };
        let Some((_, now)) = length_field(b.now) else { return Ok(false) };
        if at < now as i64 {
            return Ok(false);
        }
        let (length, index) = (self.length_of(b)?, self.int_of(c)?);
        let outside = self.emit(Op::LeInt, &[length, index]);
        self.expect(outside, true);
        Ok(true)
    }

    fn sequence_item(&mut self, b: Operand, c: Operand) -> Rule<Reference> {
        if is_array(b.now) {
            return self.array_item(b, c);
        }
        let getitem = runtime::names::get().__getitem__;
        let found = length_field(b.now).or_else(|| length_of_derived(b.now, getitem));
        let (field, length_now) = found.ok_or(NoRule::Step)?;
        if !c.now.is_small_int() {
            return Err(NoRule::Step);
        }
        let address = self.guard_dict(b)?;
        let length = self.load_field(address, field);
        let index = self.index_within(c, length_now, length)?;
        if field == Field::ListLength {
            let items = self.load_field(address, Field::ListItems);
            return Ok(self.load_item(items, index, Field::ListItem));
        }
        if field == Field::TupleLength {
            return Ok(self.load_item(address, index, Field::TupleItem));
        }
        let text = b.now.cast_exact::<Str>().ok_or(NoRule::Step)?;
        Ok(self.character_at(text, b.reference, address, index))
    }

    /// A key whose hash and equality run no Python code; of tuples and of what is no plain value, helpers find that out
    /// themselves.
    pub fn guard_plain_key(&mut self, key: Operand) -> Rule {
        if is_plain(key.now) {
            self.guard_kind(key);
        } else if !is_quiet_key(key.now) {
            return Err(NoRule::Step);
        }
        Ok(())
    }

    /// A dict, or an instance of a subclass that looks items up as dicts do.
    pub fn dict_like(&self, operand: Operand) -> Option<&'static Dict> {
        if let Some(dict) = operand.now.cast_exact::<Dict>() {
            return Some(dict);
        }
        let dict = operand.now.cast::<Dict>()?;
        let ty = operand.now.ty();
        let names = runtime::names::get();
        let inherits = |name: Value| ty.lookup(name).is_some() && ty.lookup(name) == DICT.lookup(name);
        let gets = inherits(names.__getitem__)
            || (&*ty.name() == "collections.defaultdict" && !ty.has(TypeFlags::HEAP));
        let same = gets && inherits(names.__setitem__) && inherits(names.__contains__);
        same.then_some(dict)
    }

    /// Guards an operand's type, and that it is as it is now; the operand's address.
    pub fn guard_dict(&mut self, operand: Operand) -> Rule<Reference> {
        let address = self.guard_object(operand)?;
        self.guard_version(operand.now.ty())?;
        Ok(address)
    }

    /// Guards that a dict has not got a key.
    pub fn guard_missing(&mut self, dict: Operand, key: Operand) -> Rule {
        self.guard_dict(dict)?;
        self.guard_plain_key(key)?;
        let found = self.call_helper(Helper::DictContains, &[dict.reference, key.reference]);
        let zero = self.int(0);
        let absent = self.emit(Op::EqInt, &[found, zero]);
        self.expect(absent, true);
        Ok(())
    }

    fn dict_item(&mut self, dict: &Dict, b: Operand, c: Operand) -> Rule<Reference> {
        if dict.get_plain(c.now).is_none() {
            return Err(NoRule::Step);
        }
        self.guard_dict(b)?;
        self.guard_plain_key(c)?;
        let value = self.call_helper(Helper::DictGet, &[b.reference, c.reference]);
        self.guard_bound(value);
        Ok(value)
    }

    fn store_subscript(&mut self, site: &Site) -> Rule {
        let (value, b, c) = (self.operand_a(site), self.operand_b(site), self.operand_c(site));
        if let Some(dict) = self.dict_like(b) {
            dict.contains_plain(c.now).ok_or(NoRule::Step)?;
            self.store_dict_item(value, b, c)?;
            self.drop_dying(site);
            return Ok(());
        }
        if is_array(b.now) {
            return self.store_array_item(site, value, b, c);
        }
        let length_now = b.now.cast_exact::<List>().ok_or(NoRule::Step)?.len();
        let address = self.guard_object(b)?;
        let length = self.load_field(address, Field::ListLength);
        let index = self.index_within(c, length_now, length)?;
        let items = self.load_field(address, Field::ListItems);
        let old = self.load_item(items, index, Field::ListItem);
        if site.has(flags::A_DIES) {
            self.drop_register(site.a);
        }
        self.trace.push(Instruction {
            a: items,
            b: index,
            c: value.reference,
            immediate: Field::ListItem as u32,
            ..Instruction::new(Op::StoreItem)
        });
        self.emit(Op::Own, &[old]);
        self.drop_others(site);
        Ok(())
    }

    /// Operands b and c, if they die.
    fn drop_others(&mut self, site: &Site) {
        for (flag, register) in [(flags::B_DIES, site.b), (flags::C_DIES, site.c)] {
            if site.has(flag) {
                self.drop_register(register);
            }
        }
    }

    pub fn store_dict_item(&mut self, value: Operand, b: Operand, c: Operand) -> Rule {
        self.guard_dict(b)?;
        self.guard_plain_key(c)?;
        let old = self.call_helper(Helper::DictSet, &[b.reference, c.reference, value.reference]);
        // The helper refuses, with nothing done, where a key could run Python code.
        let refused = self.constant(Value::NOT_IMPLEMENTED);
        self.emit(Op::GuardIsNot, &[old, refused]);
        Ok(())
    }

    /// An item of a comprehension goes to its set.
    fn add_to_set(&mut self, site: &Site) -> Rule {
        let (container, item) = (self.register(site.b), self.operand_c(site));
        let set = set::set_of(container.now).filter(|_| container.now.is_exact(&SET));
        set.and_then(|set| set.contains_plain(item.now)).ok_or(NoRule::Step)?;
        self.guard_object(container)?;
        self.guard_plain_key(item)?;
        let done = self.call_helper(Helper::SetAdd, &[container.reference, item.reference]);
        let two = self.int(2);
        let certain = self.emit(Op::LtInt, &[done, two]);
        self.expect(certain, true);
        self.drop_dying(site);
        Ok(())
    }

    /// `b + c` of lists or of tuples; `+=` of a list extends it.
    pub fn concatenate(&mut self, site: &Site, b: Operand, c: Operand) -> Rule {
        let operator = BinaryOperator::from_number(site.payload(1)).ok_or(NoRule::Step)?;
        if operator.is_inplace() && b.now.cast_exact::<List>().is_some() {
            self.extend_list(b, c)?;
            return self.define(site, b.reference);
        }
        if !b.now.is_exact(c.now.ty()) {
            return Err(NoRule::Step);
        }
        self.guard_object(b)?;
        self.guard_object(c)?;
        let made = self.call_helper(Helper::Concatenate, &[b.reference, c.reference]);
        let ty = self.type_constant(b.now.ty());
        self.emit(Op::KnownType, &[made, ty]);
        self.define(site, made)
    }

    /// A list gets the items of a list or tuple.
    pub fn extend_list(&mut self, list: Operand, more: Operand) -> Rule {
        list.now.cast_exact::<List>().ok_or(NoRule::Step)?;
        if !is_sequence(more.now) {
            return Err(NoRule::Step);
        }
        self.guard_object(list)?;
        self.guard_object(more)?;
        self.call_helper(Helper::ListExtend, &[list.reference, more.reference]);
        Ok(())
    }

    fn unpack(&mut self, site: &Site, registers: &[usize]) -> Rule {
        let b = self.operand_b(site);
        let (field, length_now) = length_field(b.now).ok_or(NoRule::Step)?;
        let is_list = b.now.cast_exact::<List>().is_some();
        if length_now != registers.len() || !(is_list || b.now.cast_exact::<Tuple>().is_some()) {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(b)?;
        let length = self.load_field(address, field);
        let wanted = self.int(registers.len() as i64);
        let same = self.emit(Op::EqInt, &[length, wanted]);
        self.expect(same, true);
        let (base, array) = match is_list {
            true => (self.load_field(address, Field::ListItems), Field::ListItem),
            false => (address, Field::TupleItem),
        };
        let mut items = Vec::new();
        for i in 0..registers.len() {
            let index = self.int(i as i64);
            items.push(self.load_item(base, index, array));
        }
        if site.has(flags::B_DIES) {
            self.drop_register(site.b);
        }
        for (register, item) in registers.iter().zip(items) {
            self.set_register(*register, item);
        }
        Ok(())
    }

    fn build(&mut self, site: &Site, helper: Helper) -> Rule {
        if site.c > MAX_BUILT {
            return Err(NoRule::Step);
        }
        let mut items = Vec::new();
        for i in 0..site.c {
            items.push(self.register(site.b + i).reference);
        }
        let result = self.call_helper(helper, &items);
        for i in 0..site.c {
            self.drop_register(site.b + i);
        }
        self.set_register(site.a, result);
        Ok(())
    }
}

/// For an instance of a class derived from `list` or `tuple`, which has their method of this name: the field that says how
/// long it is, and its length.
pub fn length_of_derived(v: Value, method: Value) -> Option<(Field, usize)> {
    if !v.is_pointer() {
        return None;
    }
    let inherits =
        |base: &Type| v.ty().lookup(method).is_some() && v.ty().lookup(method) == base.lookup(method);
    if let Some(list) = v.cast::<List>().filter(|_| inherits(&LIST)) {
        return Some((Field::ListLength, list.len()));
    }
    let tuple = v.cast::<Tuple>().filter(|_| inherits(&TUPLE))?;
    Some((Field::TupleLength, tuple.len()))
}
