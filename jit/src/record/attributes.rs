//! Attributes of instances, classes and modules.

use super::operands::Operand;
use super::special_methods::is_class_instance;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use ir::opcode::SpecialMethod;
use ir::register::{Operation, flags};
use runtime::attributes::{
    ClassPlace, Place, StorePlace, classify, classify_class, classify_class_store, classify_generic_store,
    classify_store,
};
use runtime::instance::{self, ATTRIBUTES_SIZE, Attributes, OVERFLOW_ITEMS, Shape};
use runtime::objects::decorators::{classmethod_function, staticmethod_function};
use runtime::objects::dict::Dict;
use runtime::objects::function::Function;
use runtime::objects::module;
use runtime::objects::str::find_interned;
use runtime::objects::super_::found_behind;
use runtime::trace_interface::Helper;
use runtime::types::registry::{MODULE, SUPER};
use runtime::types::{Type, TypeFlags, volatile};
use runtime::value::{Ref, Value};
use smallvec::SmallVec;

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
                let (base, offset) = self.attribute_place(object, address, slot)?;
                let value = self.load_offset(base, offset);
                self.loaded(site, value)
            }
            Place::Member { index } => {
                let offset = object.now.ty().member_offset(index).ok_or(NoRule::Step)?;
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
            Place::Cell { dict, place, shape } => {
                self.guard_absent(object, shape)?;
                let value = self.load_cell_entry(Value::of(dict), place)?;
                self.loaded(site, value)
            }
            Place::Dictionary => {
                let dict = self.attribute_dict(object)?;
                let name = Operand { reference: self.constant(name), now: name };
                let found = dict.now.cast_exact::<Dict>().and_then(|d| d.get_interned(name.now));
                found.ok_or(NoRule::Step)?;
                let value = self.call_helper(Helper::DictGet, &[dict.reference, name.reference]);
                self.guard_bound(value);
                self.loaded(site, value)
            }
            Place::Other => self.decorated_method(site, object, name),
            Place::DataDescriptor { descriptor } => {
                let value = self.descriptor_value(object, *descriptor)?;
                self.loaded(site, value)
            }
            _ => Err(NoRule::Step),
        }
    }

    /// A static or class method, through an instance.
    fn decorated_method(&mut self, site: &Site, object: Operand, name: Value) -> Rule {
        let ty = object.now.ty();
        let found = ty.lookup(name).filter(|_| ty.uses_generic_get()).ok_or(NoRule::Step)?;
        let shape = match instance::attributes(object.now) {
            Some(a) if a.dictionary().is_none() && a.shape().slot_of(name).is_none() => a.shape_pointer(),
            Some(_) => return Err(NoRule::Step),
            None => std::ptr::null(),
        };
        let function = staticmethod_function(found);
        let class_function = classmethod_function(found).filter(|f| f.cast_exact::<Function>().is_some());
        if function.is_none() && class_function.is_none() {
            return Err(NoRule::Step);
        }
        self.guard_absent(object, shape)?;
        let value = match function.or(class_function.clone()) {
            Some(function) => self.constant(*function),
            None => return Err(NoRule::Step),
        };
        self.bound_to_class(site, value, class_function.map(|_| Value::of(ty)))
    }

    /// A function that came out of a class: for a class method, bound to the class.
    fn bound_to_class(&mut self, site: &Site, function: Reference, class: Option<Value>) -> Rule {
        let value = match class {
            Some(class) if site.operation == Operation::LoadMethod => {
                let class = self.constant(class);
                self.drop_dying(site);
                self.set_register(site.a, function);
                self.set_register(site.a + 1, class);
                return Ok(());
            }
            Some(class) => {
                let class = self.constant(class);
                self.call_helper(Helper::NewMethod, &[function, class])
            }
            None => function,
        };
        self.loaded(site, value)
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
    pub fn guard_class(&mut self, object: Operand) -> Rule<Reference> {
        if !object.now.is_pointer() {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(object)?;
        self.guard_version(object.now.ty())?;
        Ok(address)
    }

    pub fn guard_shape(&mut self, object: Operand, shape: *const Shape) -> Rule<Reference> {
        let address = self.guard_class(object)?;
        let offset = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
        let now = self.load_address(address, offset);
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

    pub fn guard_immediate(&mut self, object: Operand) -> Rule {
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
        let (value, bound) = match classify_class(class, name) {
            ClassPlace::Constant { value } => (value, None),
            ClassPlace::Cell { dict, place } => {
                self.guard_is(object);
                self.guard_version(class)?;
                self.guard_version(object.now.ty())?;
                let value = self.load_cell_entry(Value::of(dict), place)?;
                return self.loaded(site, value);
            }
            ClassPlace::ClassMethod { function } if function.cast_exact::<Function>().is_some() => {
                (function, Some(object.now))
            }
            _ => return Err(NoRule::Step),
        };
        self.guard_is(object);
        self.guard_version(class)?;
        self.guard_version(object.now.ty())?;
        let value = self.constant(*value);
        self.bound_to_class(site, value, bound)
    }

    /// `super().name`, where `super` is the built-in type and the name is found behind the class in the MRO of self's class.
    pub fn record_super(&mut self, site: &Site) -> Rule {
        let (callable, class, object) =
            (self.register(site.b), self.register(site.b + 1), self.register(site.b + 2));
        let ty = class.now.cast::<Type>().ok_or(NoRule::Step)?;
        let is_plain = callable.now.is(Value::of(&SUPER)) && is_class_instance(object.now);
        if !is_plain || object.now.cast::<Type>().is_some() || !object.now.is_instance(ty) {
            return Err(NoRule::Step);
        }
        let name = self.code().name_at(site.payload(1) as usize);
        let found = found_behind(object.now.ty(), ty, name).ok_or(NoRule::Step)?;
        let is_method = found.ty().has(TypeFlags::METHOD_DESCRIPTOR);
        let is_constant = found.ty().slots().descriptor_get.is_none();
        let changes = is_constant && object.now.ty().mro().iter().any(|t| t.is_volatile(name));
        if (!is_method && !is_constant) || changes {
            return Err(NoRule::Step);
        }
        self.guard_is(callable);
        self.guard_is(class);
        self.guard_class(object)?;
        let mut value = self.constant(*found);
        if is_method && site.operation == Operation::LoadSuperAttr {
            if found.cast_exact::<Function>().is_none() {
                return Err(NoRule::Step);
            }
            value = self.call_helper(Helper::NewMethod, &[value, object.reference]);
        }
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        self.drop_registers(site.b, 3);
        self.set_register(site.a, value);
        if site.operation == Operation::LoadSuperMethod {
            self.set_register(site.a + 1, if is_method { object.reference } else { null });
        }
        Ok(())
    }

    /// A special method for `with`, if it is one that binds.
    pub fn record_load_special(&mut self, site: &Site) -> Rule {
        let object = self.operand_b(site);
        let n = runtime::names::get();
        let name = match SpecialMethod::from_number(site.c as u32) {
            Some(SpecialMethod::Enter) => n.__enter__,
            Some(SpecialMethod::Exit) => n.__exit__,
            Some(SpecialMethod::AsyncEnter) => n.__aenter__,
            Some(SpecialMethod::AsyncExit) => n.__aexit__,
            _ => return Err(NoRule::Step),
        };
        if !object.now.is_pointer() {
            return Err(NoRule::Step);
        }
        let found = object.now.ty().lookup(name).ok_or(NoRule::Step)?;
        if !found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
            return Err(NoRule::Step);
        }
        self.guard_class(object)?;
        let function = self.constant(found);
        self.drop_dying(site);
        self.set_register(site.a, function);
        self.set_register(site.a + 1, object.reference);
        Ok(())
    }

    fn store_attribute(&mut self, site: &Site, name: Value) -> Rule {
        let (object, value) = (self.operand_b(site), self.operand_c(site));
        if let Some(class) = object.now.cast::<Type>() {
            return self.store_class_attribute(site, class, name);
        }
        if object.now.is_exact(&MODULE) {
            return self.store_module_attribute(site, name);
        }
        self.store_at(site, classify_store(object.now, name), object, name, value)
    }

    /// `object.__setattr__(instance, name, value)`; the call's registers are dropped by the caller.
    pub fn store_generically(&mut self, site: &Site, callable: Operand, arguments: &[Operand]) -> Rule {
        let [object, name, value] = arguments else { return Err(NoRule::Step) };
        let is_instance = is_class_instance(object.now) && object.now.cast::<Type>().is_none();
        if !is_instance || find_interned(name.now).is_none_or(|found| !found.is(name.now)) {
            return Err(NoRule::Step);
        }
        self.guard_is(callable);
        self.guard_is(*name);
        let site = Site { flags: 0, ..*site };
        let place = classify_generic_store(object.now, name.now);
        self.store_at(&site, place, *object, name.now, *value)
    }

    fn store_at(
        &mut self,
        site: &Site,
        place: StorePlace,
        object: Operand,
        name: Value,
        value: Operand,
    ) -> Rule {
        match place {
            StorePlace::Instance { shape, slot } => {
                let address = self.guard_shape(object, shape)?;
                let (base, offset) = self.attribute_place(object, address, slot)?;
                self.replace_word(site, base, offset, value);
            }
            StorePlace::Append { shape, next } => {
                let head = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
                // SAFETY: shapes are never freed.
                let capacity = unsafe { (*shape).inline_capacity };
                if next.count > capacity {
                    self.guard_shape(object, shape)?;
                    let next = self.trace.pointer(next);
                    self.call_helper(Helper::AppendAttribute, &[object.reference, next, value.reference]);
                    for (flag, register) in [(flags::B_DIES, site.b), (flags::C_DIES, site.c)] {
                        if site.has(flag) {
                            self.drop_register(register);
                        }
                    }
                    return Ok(());
                }
                let offset = head + ATTRIBUTES_SIZE + (next.count as usize - 1) * size_of::<Value>();
                let address = self.guard_shape(object, shape)?;
                if site.has(flags::C_DIES) {
                    self.drop_register(site.c);
                }
                self.store_offset(address, offset, value.reference);
                self.set_shape(address, head, next);
            }
            StorePlace::Dictionary => {
                let dict = self.attribute_dict(object)?;
                let name = Operand { reference: self.constant(name), now: name };
                self.store_dict_item(value, dict, name)?;
                if site.has(flags::C_DIES) {
                    self.drop_register(site.c);
                }
            }
            StorePlace::Member { index } => {
                let offset = object.now.ty().member_offset(index).ok_or(NoRule::Step)?;
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

    /// The dict, of exactly that type, of an object in dict mode. Guarded.
    fn attribute_dict(&mut self, object: Operand) -> Rule<Operand> {
        let attributes = instance::attributes(object.now).ok_or(NoRule::Step)?;
        let now = attributes.dictionary().ok_or(NoRule::Step)?;
        now.cast_exact::<Dict>().ok_or(NoRule::Step)?;
        let head = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
        let address = self.guard_shape(object, attributes.shape_pointer())?;
        let reference = self.load_offset(address, head + Attributes::EXTRA_OFFSET);
        let dict = Operand { reference, now };
        self.guard_bound(reference);
        self.guard_object(dict)?;
        Ok(dict)
    }

    /// An instance has this shape from now on; its attributes begin at `head`.
    fn set_shape(&mut self, address: Reference, head: usize, shape: &'static Shape) {
        let b = self.trace.pointer(shape);
        let store = Instruction::new(Op::StoreAddress);
        self.trace.push(Instruction { a: address, b, immediate: head as u32, ..store });
    }

    /// `del object.name` of an instance: the values behind the name's move up.
    pub fn record_delete_attribute(&mut self, site: &Site) -> Rule {
        let name = self.code().name_at(site.payload(1) as usize);
        let object = self.operand_b(site);
        let StorePlace::Instance { shape, slot } = classify_store(object.now, name) else {
            return Err(NoRule::Step);
        };
        // SAFETY: shapes are never freed.
        let (shape, head) = (unsafe { &*shape }, object.now.ty().attributes_offset().ok_or(NoRule::Step)?);
        let next =
            shape.without(name).filter(|_| shape.count <= shape.inline_capacity).ok_or(NoRule::Step)?;
        let address = self.guard_shape(object, shape)?;
        let place = |slot: u32| head + ATTRIBUTES_SIZE + slot as usize * size_of::<Value>();
        let before: Vec<_> = (slot..shape.count).map(|slot| self.load_offset(address, place(slot))).collect();
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        for (slot, value) in (slot..).zip(before.iter().skip(1).chain([&null])) {
            self.store_offset(address, place(slot), *value);
        }
        self.set_shape(address, head, next);
        for value in before {
            self.emit(Op::Own, &[value]);
        }
        self.drop_dying(site);
        Ok(())
    }

    /// A volatile attribute of a class gets another plain value.
    fn store_class_attribute(&mut self, site: &Site, class: &'static Type, name: Value) -> Rule {
        let (object, value) = (self.operand_b(site), self.operand_c(site));
        let (dict, place) = classify_class_store(class, name).ok_or(NoRule::Step)?;
        if !volatile::is_plain(value.now) {
            return Err(NoRule::Step);
        }
        self.guard_is(object);
        self.guard_version(class)?;
        self.guard_version(object.now.ty())?;
        match value.now.is_pointer() {
            true => drop(self.guard_class(value)?),
            false => self.guard_immediate(value)?,
        }
        self.store_in_namespace(site, Value::of(dict), place, value)
    }

    /// An attribute of a module that exists gets another value.
    fn store_module_attribute(&mut self, site: &Site, name: Value) -> Rule {
        if MODULE.lookup(name).is_some() {
            return Err(NoRule::Step);
        }
        let (object, value) = (self.operand_b(site), self.operand_c(site));
        let dict = module::dict_of(object.now).ok_or(NoRule::Step)?;
        let place = dict.cast_exact::<Dict>().and_then(|d| d.index_of_interned(name)).ok_or(NoRule::Step)?;
        self.guard_is(object);
        self.store_in_namespace(site, *dict, place, value)
    }

    fn store_in_namespace(&mut self, site: &Site, dict: Value, place: usize, value: Operand) -> Rule {
        let flagged = [(flags::C_DIES, site.c), (flags::B_DIES, site.b)];
        let dying: SmallVec<[usize; 2]> =
            flagged.iter().filter(|(flag, _)| site.has(*flag)).map(|(_, register)| *register).collect();
        self.store_entry(dict, place, value, &dying)
    }

    /// Where a slot of an instance lies, whose shape was guarded: behind the object's head, or among the values that have no
    /// room there.
    fn attribute_place(
        &mut self,
        object: Operand,
        address: Reference,
        slot: u32,
    ) -> Rule<(Reference, usize)> {
        let head = object.now.ty().attributes_offset().ok_or(NoRule::Step)?;
        let attributes = instance::attributes(object.now).ok_or(NoRule::Step)?;
        let capacity = attributes.shape().inline_capacity;
        if slot < capacity {
            return Ok((address, head + ATTRIBUTES_SIZE + slot as usize * size_of::<Value>()));
        }
        let overflow = self.load_address(address, head + Attributes::EXTRA_OFFSET);
        let items = self.load_address(overflow, OVERFLOW_ITEMS);
        Ok((items, (slot - capacity) as usize * size_of::<Value>()))
    }

    fn load_address(&mut self, base: Reference, offset: usize) -> Reference {
        self.trace.push(Instruction {
            a: base,
            immediate: offset as u32,
            ..Instruction::new(Op::LoadAddress)
        })
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
