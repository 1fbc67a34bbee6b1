//! Attributes that descriptors of native code give: fields of named tuples, an object's class, fields of exceptions.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule};
use crate::ir::Reference;
use runtime::objects::descriptors::{DataKind, data_descriptor};
use runtime::objects::tuple::Tuple;
use runtime::objects::tuplegetter;
use runtime::trace_interface::Field;
use runtime::types::registry::OBJECT;
use runtime::value::Value;

impl Recorder {
    /// What a data descriptor that an object's class has gives for the object.
    pub fn descriptor_value(&mut self, object: Operand, descriptor: Value) -> Rule<Reference> {
        if let Some(index) = tuplegetter::index_of(descriptor) {
            return self.tuple_field(object, index);
        }
        if is_class_of_object(descriptor) {
            let class = self.constant(Value::of(object.now.ty()));
            if object.now.is_pointer() {
                self.guard_class(object)?;
            } else {
                self.guard_immediate(object)?;
            }
            return Ok(class);
        }
        self.exception_field(object, descriptor)
    }

    fn tuple_field(&mut self, object: Operand, index: usize) -> Rule<Reference> {
        let length = object.now.cast::<Tuple>().map(|tuple| tuple.len()).ok_or(NoRule::Step)?;
        if index >= length {
            return Err(NoRule::Step);
        }
        let address = self.guard_class(object)?;
        let (now, wanted) = (self.load_field(address, Field::TupleLength), self.int(length as i64));
        let same = self.emit(crate::ir::Op::EqInt, &[now, wanted]);
        self.expect(same, true);
        let index = self.int(index as i64);
        Ok(self.load_item(address, index, Field::TupleItem))
    }
}

/// Whether this is `object.__class__`.
fn is_class_of_object(descriptor: Value) -> bool {
    data_descriptor(descriptor).is_some_and(|d| {
        std::ptr::eq(d.owner(), &OBJECT) && matches!(d.kind, DataKind::Native(def) if def.name == "__class__")
    })
}
