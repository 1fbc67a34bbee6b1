//! Attributes of instances, classes and modules.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use ir::register::{Operation, flags};
use runtime::attributes::{ClassPlace, Place, StorePlace, classify, classify_class, classify_store};
use runtime::instance::{self, ATTRIBUTES_SIZE, Shape};
use runtime::objects::dict::Dict;
use runtime::objects::module;
use runtime::types::Type;
use runtime::types::registry::MODULE;
use runtime::value::{Ref, Value};

impl Recorder {
    pub fn record_attribute(&mut self, site: &Site) -> Rule {
        let name = self.code().name_at(site.payload(1) as usize);
        if site.operation == Operation::StoreAttr {
            return self.store_attribute(site, name);
        }
        let object = self.operand_b(site);
        if object.now.is_exact(&MODULE) {
            return self.module_attribute(site, object, name);
        }
        if let Some(class) = object.now.cast::<Type>() {
            return self.class_attribute(site, object, class, name);
        }
        match classify(object.now, name) {
            Place::Instance { shape, slot } => {
                let address = self.guard_shape(object, shape)?;
                let offset = inline_offset(object.now, slot)?;
                let value = self.load_offset(address, offset);
                self.loaded(site, value)
            }
            Place::Member { index } => {
                let offset = member_offset(object.now, index);
                let address = self.guard_class(object)?;
                let value = self.load_offset(address, offset);
                if instance::member_slot(object.now, index).is_null() {
                    return Err(NoRule::Step);
                }
                self.guard_bound(value);
                self.loaded(site, value)
            }
            Place::Method { function, shape } if site.operation == Operation::LoadMethod => {
                self.guard_absent(object, shape)?;
                let function = self.constant(*function);
                self.drop_dying(site);
                self.set_register(site.a, function);
                self.set_register(site.a + 1, object.reference);
                Ok(())
            }
            Place::Constant { value, shape } => {
                self.guard_absent(object, shape)?;
                let value = self.constant(*value);
                self.loaded(site, value)
            }
            _ => Err(NoRule::Step),
        }
    }

    /// The result of a load: a value, with NULL behind it where a call follows.
    fn loaded(&mut self, site: &Site, value: Reference) -> Rule {
        self.drop_dying(site);
        self.set_register(site.a, value);
        if site.operation == Operation::LoadMethod {
            let null = self.trace.constant(Constant::Value(Ref::NULL));
            self.set_register(site.a + 1, null);
        }
        Ok(())
    }

    /// Guards that an object's class is the one it has now, and as it is now; the object's address.
    fn guard_class(&mut self, object: Operand) -> Rule<Reference> {
        if !object.now.is_pointer() {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(object)?;
        self.guard_version(object.now.ty())?;
        Ok(address)
    }

    fn guard_shape(&mut self, object: Operand, shape: *const Shape) -> Rule<Reference> {
        let address = self.guard_class(object)?;
        let offset = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
        let i = Instruction { a: address, immediate: offset as u32, ..Instruction::new(Op::LoadAddress) };
        let now = self.trace.push(i);
        let wanted = self.trace.pointer(shape);
        let same = self.emit(Op::EqPointer, &[now, wanted]);
        self.expect(same, true);
        Ok(address)
    }

    /// Guards that an object has no attribute of its own in the way of its class's. A null shape: its type has none.
    fn guard_absent(&mut self, object: Operand, shape: *const Shape) -> Rule {
        if !object.now.is_pointer() {
            return self.guard_immediate(object);
        }
        if shape.is_null() {
            self.guard_class(object)?;
        } else {
            self.guard_shape(object, shape)?;
        }
        Ok(())
    }

    fn guard_immediate(&mut self, object: Operand) -> Rule {
        if object.now.is_small_int() {
            self.emit(Op::GuardInt, &[object.reference]);
        } else if object.now.is_inline_float() {
            self.emit(Op::GuardFloat, &[object.reference]);
        } else if object.now.is_bool() {
            self.emit(Op::GuardBool, &[object.reference]);
        } else {
            self.guard_is(object);
        }
        Ok(())
    }

    fn module_attribute(&mut self, site: &Site, object: Operand, name: Value) -> Rule {
        let dict = module::dict_of(object.now).ok_or(NoRule::Step)?;
        let place = dict.cast_exact::<Dict>().and_then(|d| d.index_of_interned(name)).ok_or(NoRule::Step)?;
        self.guard_is(object);
        let value = self.load_entry(*dict, place)?;
        self.loaded(site, value)
    }

    fn class_attribute(&mut self, site: &Site, object: Operand, class: &'static Type, name: Value) -> Rule {
        let ClassPlace::Constant { value } = classify_class(class, name) else { return Err(NoRule::Step) };
        self.guard_is(object);
        self.guard_version(class)?;
        self.guard_version(object.now.ty())?;
        let value = self.constant(*value);
        self.loaded(site, value)
    }

    fn store_attribute(&mut self, site: &Site, name: Value) -> Rule {
        let (object, value) = (self.operand_b(site), self.operand_c(site));
        if object.now.cast::<Type>().is_some() || object.now.is_exact(&MODULE) {
            return Err(NoRule::Step);
        }
        match classify_store(object.now, name) {
            StorePlace::Instance { shape, slot } => {
                let offset = inline_offset(object.now, slot)?;
                let address = self.guard_shape(object, shape)?;
                self.replace_word(site, address, offset, value);
            }
            StorePlace::Append { shape, next } => {
                let head = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
                // SAFETY: shapes are never freed.
                let capacity = unsafe { (*shape).inline_capacity };
                if next.count > capacity {
                    return Err(NoRule::Step);
                }
                let offset = head + ATTRIBUTES_SIZE + (next.count as usize - 1) * size_of::<Value>();
                let address = self.guard_shape(object, shape)?;
                if site.has(flags::C_DIES) {
                    self.drop_register(site.c);
                }
                self.store_offset(address, offset, value.reference);
                let next = self.trace.pointer(next);
                self.trace.push(Instruction {
                    a: address,
                    b: next,
                    immediate: head as u32,
                    ..Instruction::new(Op::StoreAddress)
                });
            }
            StorePlace::Member { index } => {
                let offset = member_offset(object.now, index);
                let address = self.guard_class(object)?;
                self.replace_word(site, address, offset, value);
            }
            _ => return Err(NoRule::Step),
        }
        if site.has(flags::B_DIES) {
            self.drop_register(site.b);
        }
        Ok(())
    }

    /// Stores over a word that the object owns; the trace drops the old value.
    fn replace_word(&mut self, site: &Site, address: Reference, offset: usize, value: Operand) {
        let old = self.load_offset(address, offset);
        if site.has(flags::C_DIES) {
            self.drop_register(site.c);
        }
        self.store_offset(address, offset, value.reference);
        self.emit(Op::Own, &[old]);
    }
}

/// Where a slot of an instance lies, if it lies inside.
fn inline_offset(object: Value, slot: u32) -> Rule<usize> {
    let head = object.ty().attributes_offset().ok_or(NoRule::Step)?;
    let attributes = instance::attributes(object).ok_or(NoRule::Step)?;
    if slot >= attributes.shape().inline_capacity {
        return Err(NoRule::Step);
    }
    Ok(head + ATTRIBUTES_SIZE + slot as usize * size_of::<Value>())
}

/// Where a `__slots__` member lies.
fn member_offset(object: Value, index: u32) -> usize {
    let place: *const runtime::Slot = instance::member_slot(object, index);
    place as usize - object.header_unchecked() as usize
}
