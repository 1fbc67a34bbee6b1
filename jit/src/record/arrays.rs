//! Items of bytes, bytearrays and `array.array`s: numbers that lie side by side in memory.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Instruction, Op, Reference};
use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::trace_interface::{Element, Field, array_of};
use runtime::value::Value;

/// Where an item lies.
struct Place {
    base: Reference,
    index: Reference,
    array: Field,
    element: Element,
}

/// Whether a value is an array of numbers whose items traces reach.
pub fn is_array(v: Value) -> bool {
    v.cast_exact::<Bytes>().is_some()
        || v.cast_exact::<ByteArray>().is_some()
        || array_of(v).is_some_and(|a| a.element().is_some())
}

impl Recorder {
    pub fn array_item(&mut self, b: Operand, c: Operand) -> Rule<Reference> {
        let place = self.array_place(b, c)?;
        if place.element == Element::I64 && !c.now.as_small_int().is_some_and(|i| Self::item_fits(b.now, i)) {
            return Err(NoRule::Step);
        }
        Ok(self.number_at(place))
    }

    /// The number in an array that an iterator over it gives next, behind guards.
    pub fn next_number(&mut self, b: Operand, index: Reference, index_now: usize) -> Rule<Reference> {
        let place = self.array_place_within(b, |recorder, length_now, length| {
            if index_now >= length_now {
                return Err(NoRule::Step);
            }
            let within = recorder.emit(Op::LtUnsigned, &[index, length]);
            recorder.expect(within, true);
            Ok(index)
        })?;
        if place.element == Element::I64 && !Self::item_fits(b.now, index_now as i64) {
            return Err(NoRule::Step);
        }
        Ok(self.number_at(place))
    }

    fn number_at(&mut self, Place { base, index, array, element }: Place) -> Reference {
        let op = if element.bounds().is_some() { Op::LoadNumber } else { Op::LoadReal };
        let item = self.trace.push(Instruction {
            a: base,
            b: index,
            immediate: array as u32,
            ..Instruction::new(op)
        });
        if element == Element::I64 {
            self.emit(Op::CheckInt, &[item]);
        }
        item
    }

    /// Whether an item of eight bytes is a small int.
    fn item_fits(array: Value, index: i64) -> bool {
        let Some(array) = array_of(array) else { return false };
        array.data.with(|data| {
            let items = data.as_chunks::<8>().0;
            let index = if index < 0 { index + items.len() as i64 } else { index };
            let item = usize::try_from(index).ok().and_then(|i| items.get(i));
            item.is_some_and(|bytes| {
                let word = i64::from_ne_bytes(*bytes);
                (runtime::value::SMALL_INT_MIN..=runtime::value::SMALL_INT_MAX).contains(&word)
            })
        })
    }

    pub fn store_array_item(&mut self, site: &Site, value: Operand, b: Operand, c: Operand) -> Rule {
        if b.now.cast_exact::<Bytes>().is_some() {
            return Err(NoRule::Step);
        }
        let Place { base, index, array, element } = self.array_place(b, c)?;
        let (op, number) = match element.bounds() {
            None => (Op::StoreReal, self.number_of(value)?),
            Some(bounds) => (Op::StoreNumber, self.number_within(value, bounds)?),
        };
        self.trace.push(Instruction {
            a: base,
            b: index,
            c: number,
            immediate: array as u32,
            ..Instruction::new(op)
        });
        self.drop_dying(site);
        Ok(())
    }

    /// A small int between bounds, behind guards.
    fn number_within(&mut self, value: Operand, (low, high): (i64, i64)) -> Rule<Reference> {
        let now = value.now.as_small_int().filter(|i| (low..=high).contains(i));
        if now.is_none() {
            return Err(NoRule::Step);
        }
        let number = self.int_of(value)?;
        if low == i64::MIN {
            return Ok(number);
        }
        let (least, limit) = (self.int(low), self.int(high - low + 1));
        let above = if low == 0 { number } else { self.emit(Op::SubInt, &[number, least]) };
        let fits = self.emit(Op::LtUnsigned, &[above, limit]);
        self.expect(fits, true);
        Ok(number)
    }

    /// Where an item that exists lies, behind guards.
    fn array_place(&mut self, b: Operand, c: Operand) -> Rule<Place> {
        if !c.now.is_small_int() {
            return Err(NoRule::Step);
        }
        self.array_place_within(b, |recorder, length_now, length| {
            recorder.index_within(c, length_now, length)
        })
    }

    /// The same; `within` gives the index, from what the length is now and the length.
    fn array_place_within(
        &mut self,
        b: Operand,
        within: impl Fn(&mut Recorder, usize, Reference) -> Rule<Reference>,
    ) -> Rule<Place> {
        if let Some(bytes) = b.now.cast_exact::<Bytes>() {
            let address = self.guard_object(b)?;
            let length = self.load_field(address, Field::BytesLength);
            let index = within(self, bytes.len(), length)?;
            return Ok(Place { base: address, index, array: Field::BytesByte, element: Element::U8 });
        }
        if let Some(now) = b.now.cast_exact::<ByteArray>() {
            let address = self.guard_object(b)?;
            let length = self.load_field(address, Field::ByteArrayLength);
            let index = within(self, now.as_bytes().len(), length)?;
            let base = self.load_field(address, Field::ByteArrayData);
            return Ok(Place { base, index, array: Field::ByteArrayByte, element: Element::U8 });
        }
        let now = array_of(b.now).ok_or(NoRule::Step)?;
        let element = now.element().ok_or(NoRule::Step)?;
        let address = self.guard_object(b)?;
        let (code, wanted) = (self.load_field(address, Field::ArrayCode), self.int(now.code.into()));
        let same = self.emit(Op::EqInt, &[code, wanted]);
        self.expect(same, true);
        let (size, shift) = (self.load_field(address, Field::ArraySize), self.int(element.shift().into()));
        let length = self.emit(Op::ShiftRight, &[size, shift]);
        let index = within(self, now.size() >> element.shift(), length)?;
        let base = self.load_field(address, Field::ArrayData);
        Ok(Place { base, index, array: element.array_field(), element })
    }
}
