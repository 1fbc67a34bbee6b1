//! `for` loops over lists, tuples and ranges. The end of the iteration is left to the interpreter.

use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use runtime::objects::list::List;
use runtime::objects::list::iterator::ListIterator;
use runtime::objects::range::RangeIterator;
use runtime::objects::tuple::{Tuple, TupleIterator};
use runtime::trace_interface::Field;

impl Recorder {
    pub fn record_iteration(&mut self, site: &Site) -> Rule {
        let iterator = self.register(site.b);
        let item = if let Some(it) = iterator.now.cast_exact::<RangeIterator>() {
            if it.remaining.get() <= 0 {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            self.next_of_range(address)
        } else if let Some(it) = iterator.now.cast_exact::<ListIterator>() {
            let list = it.list.peek();
            let length = if list.is_null() { 0 } else { list.cast_exact::<List>().map_or(0, List::len) };
            if it.index.get() >= length {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            self.next_of_list(address)
        } else if let Some(it) = iterator.now.cast_exact::<TupleIterator>() {
            let tuple = it.tuple.peek();
            let length = if tuple.is_null() { 0 } else { tuple.cast_exact::<Tuple>().map_or(0, Tuple::len) };
            if it.index.get() >= length {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            self.next_of_tuple(address)
        } else {
            return Err(NoRule::Step);
        };
        self.set_register(site.a, item);
        Ok(())
    }

    fn next_of_range(&mut self, address: Reference) -> Reference {
        let remaining = self.load_field(address, Field::RangeIteratorRemaining);
        let (zero, one) = (self.int(0), self.int(1));
        let some_left = self.emit(Op::LtInt, &[zero, remaining]);
        self.expect(some_left, true);
        let item = self.load_field(address, Field::RangeIteratorNext);
        let step = self.load_field(address, Field::RangeIteratorStep);
        let next = self.emit(Op::AddInt, &[item, step]);
        let left = self.emit(Op::SubInt, &[remaining, one]);
        self.store_field(address, Field::RangeIteratorNext, next);
        self.store_field(address, Field::RangeIteratorRemaining, left);
        // Every item that a range gives fits the word.
        self.emit(Op::KnownInt, &[item])
    }

    fn next_of_list(&mut self, address: Reference) -> Reference {
        let list = self.load_field(address, Field::ListIteratorList);
        self.guard_bound(list);
        let list = self.emit(Op::Address, &[list]);
        let length = self.load_field(list, Field::ListLength);
        let index = self.load_field(address, Field::ListIteratorIndex);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let items = self.load_field(list, Field::ListItems);
        let item = self.load_item(items, index, Field::ListItem);
        self.advance(address, index, Field::ListIteratorIndex);
        item
    }

    fn next_of_tuple(&mut self, address: Reference) -> Reference {
        let tuple = self.load_field(address, Field::TupleIteratorTuple);
        self.guard_bound(tuple);
        let tuple = self.emit(Op::Address, &[tuple]);
        let length = self.load_field(tuple, Field::TupleLength);
        let index = self.load_field(address, Field::TupleIteratorIndex);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let item = self.load_item(tuple, index, Field::TupleItem);
        self.advance(address, index, Field::TupleIteratorIndex);
        item
    }

    fn advance(&mut self, address: Reference, index: Reference, field: Field) {
        let one = self.int(1);
        let next = self.emit(Op::AddInt, &[index, one]);
        self.store_field(address, field, next);
    }
}
