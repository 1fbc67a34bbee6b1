//! The struct fields that compiled code may touch: name, place, width, alias class.
//!
//! Two fields may share memory only if they have the same alias class, which is the field itself: every struct has its
//! own fields, and arrays are told apart by what they belong to.

use super::arrays::{ArrayLayout, NumberIterator};
use crate::object::Header;
use crate::objects::async_generator::Awaitable;
use crate::objects::builtin_function::BuiltinFunction;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::dict::{Dict, DictIterator};
use crate::objects::float::Float;
use crate::objects::function::{Cell_, Function, Method};
use crate::objects::generator::Generator;
use crate::objects::iterators::{Enumerate, Zip};
use crate::objects::list::List;
use crate::objects::list::iterator::{ListIterator, ListReverseIterator};
use crate::objects::range::RangeIterator;
use crate::objects::slice::Slice;
use crate::objects::str::Str;
use crate::objects::str_type::StrIterator;
use crate::objects::tuple::{Tuple, TupleIterator};
use crate::thread::Thread;
use crate::types::Type;
use std::mem::offset_of;

/// How a field lies in memory and what type loads of it have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// A value word.
    Value,
    /// 64 bits, an int.
    Int,
    /// 32 bits without a sign, an int.
    Uint32,
    /// One byte without a sign, an int.
    Byte,
    /// An address.
    Pointer,
    /// A double.
    Float,
    /// No field but an array: the alias class of its words or bytes.
    Array,
}

macro_rules! fields {
    ($( $name:ident $width:ident $constancy:ident ($offset:expr) $meaning:literal )+) => {
        /// A field, by name.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Field {
            $( #[doc = $meaning] $name, )+
        }

        impl Field {
            pub const ALL: &'static [Field] = &[$( Field::$name, )+];

            pub fn name(self) -> &'static str {
                match self { $( Field::$name => stringify!($name), )+ }
            }
            pub fn width(self) -> Width {
                match self { $( Field::$name => Width::$width, )+ }
            }
            /// Bytes from the start of the struct.
            pub fn offset(self) -> usize {
                match self { $( Field::$name => $offset, )+ }
            }
            /// Whether it never changes during the object's life.
            pub fn is_constant(self) -> bool {
                match self { $( Field::$name => fields!(@ $constancy), )+ }
            }
        }
    };
    (@ constant) => { true };
    (@ variable) => { false };
}

fields! {
    HeaderType Pointer variable (Header::TYPE_OFFSET) "the type of a heap object"
    HeaderCount Uint32 variable (Header::REFCOUNT_OFFSET) "the reference count of a heap object"
    TypeVersion Uint32 variable (Type::VERSION_OFFSET) "the version tag of a type; 0 when it has none"
    FloatValue Float constant (offset_of!(Float, value)) "the double of a boxed float"
    CellContent Value variable (offset_of!(Cell_, content)) "the content of a cell"
    FunctionCode Value variable (offset_of!(Function, code)) "the code object of a function"
    FunctionGlobals Value constant (offset_of!(Function, globals)) "the globals of a function"
    FunctionClosure Value constant (offset_of!(Function, closure)) "the closure of a function"
    FunctionDefaults Value variable (offset_of!(Function, defaults)) "the defaults of a function's parameters; NULL if there are none"
    FunctionKwDefaults Value variable (offset_of!(Function, kwdefaults)) "those of its keyword-only parameters; NULL if there are none"
    FunctionVersion Uint32 variable (offset_of!(Function, version)) "the version of a function's code and defaults"
    MethodFunction Value constant (offset_of!(Method, function)) "the function of a bound method"
    MethodReceiver Value constant (offset_of!(Method, receiver)) "the receiver of a bound method"
    BuiltinRow Pointer constant (offset_of!(BuiltinFunction, def)) "the row of a native function"
    BuiltinReceiver Value constant (offset_of!(BuiltinFunction, receiver)) "the receiver of a bound native method"
    GeneratorState Byte variable (offset_of!(Generator, state)) "where a generator is in its life"
    GeneratorCode Value constant (offset_of!(Generator, frame.code)) "the code object that a generator runs"
    GeneratorRunsStep Byte variable (offset_of!(Generator, running_async)) "whether a step of an asynchronous generator runs"
    GeneratorClosed Byte variable (offset_of!(Generator, closed)) "whether an asynchronous generator was closed"
    StepState Byte variable (offset_of!(Awaitable, state)) "where a step of an asynchronous generator is in its life"
    StepGenerator Value constant (offset_of!(Awaitable, generator)) "the asynchronous generator of a step"
    StepArgument Value constant (offset_of!(Awaitable, argument)) "what a step sends"
    GeneratorPc Pointer variable (offset_of!(Generator, frame.pc)) "the instruction that suspended a generator"
    GeneratorRegister Uint32 variable (offset_of!(Generator, frame.return_register)) "the register that gets the value sent to a generator"
    GeneratorHandled Value variable (offset_of!(Generator, handled)) "the exception that a suspended generator handles"
    GeneratorFrameObject Value variable (offset_of!(Generator, frame.frame_object)) "the frame object of a generator's frame"
    ListItems Pointer variable (List::items_pointer_offset()) "the items of a list"
    ListCapacity Int variable (List::capacity_offset()) "the number of items that there is room for"
    ListLength Int variable (List::length_offset()) "the number of items of a list"
    ListItem Array variable (0) "the words of a list"
    TupleLength Int constant (Tuple::LENGTH_OFFSET) "the number of items of a tuple"
    TupleItem Array constant (Tuple::ITEMS_OFFSET) "the words of a tuple"
    SliceStart Value constant (offset_of!(Slice, start)) "the start of a slice"
    SliceStop Value constant (offset_of!(Slice, stop)) "the stop of a slice"
    SliceStep Value constant (offset_of!(Slice, step)) "the step of a slice"
    ListIteratorList Value variable (offset_of!(ListIterator, list)) "the list that an iterator walks; NULL at its end"
    ListIteratorIndex Int variable (offset_of!(ListIterator, index)) "the index of a list iterator's next item"
    TupleIteratorTuple Value variable (offset_of!(TupleIterator, tuple)) "the tuple that an iterator walks; NULL at its end"
    TupleIteratorIndex Int variable (offset_of!(TupleIterator, index)) "the index of a tuple iterator's next item"
    RangeIteratorNext Int variable (RangeIterator::NEXT_OFFSET) "the next item of an iterator over a range"
    RangeIteratorStep Int constant (RangeIterator::STEP_OFFSET) "the distance of its items"
    RangeIteratorRemaining Int variable (RangeIterator::REMAINING_OFFSET) "the number of items that are left"
    ListReverseIteratorList Value variable (offset_of!(ListReverseIterator, list)) "the list that an iterator walks backwards; NULL at its end"
    ListReverseIteratorLeft Int variable (offset_of!(ListReverseIterator, left)) "the number of items that it has left"
    StrIteratorText Value variable (offset_of!(StrIterator, text)) "the str that an iterator walks; NULL at its end"
    StrIteratorNext Int variable (offset_of!(StrIterator, next)) "the index of its next character"
    NumberIteratorSource Value variable (offset_of!(NumberIterator, source)) "the bytes, bytearray or array that an iterator walks; NULL at its end"
    NumberIteratorNext Int variable (offset_of!(NumberIterator, next)) "the index of its next number"
    DictIteratorDict Value variable (offset_of!(DictIterator, dict)) "the dict that an iterator walks; NULL at its end"
    DictIteratorPlace Int variable (offset_of!(DictIterator, place)) "the place of its next entry"
    DictIteratorUsed Int variable (offset_of!(DictIterator, used)) "the number of items that the dict had"
    DictIteratorLeft Int variable (offset_of!(DictIterator, left)) "the number of items that are left"
    EnumerateIterator Value constant (offset_of!(Enumerate, iterator)) "the iterator that an enumerate numbers"
    EnumerateIndex Int variable (offset_of!(Enumerate, index)) "its next number, if it fits the word"
    EnumerateBigIndex Value variable (offset_of!(Enumerate, big_index)) "its next number otherwise; else NULL"
    ZipIterators Value constant (offset_of!(Zip, iterators)) "the tuple of iterators that a zip joins"
    StrLength Int variable (Str::LENGTH_OFFSET) "the number of characters of a str"
    StrKind Byte variable (Str::KIND_OFFSET) "the number of bytes of each of its characters"
    StrByte Array constant (Str::DATA_OFFSET) "the characters of a str of one byte each"
    SingleStr Array constant (0) "the strs of one character, by character"
    BytesLength Int constant (Bytes::LENGTH_OFFSET) "the number of bytes of a bytes object"
    BytesByte Array constant (Bytes::DATA_OFFSET) "the bytes of a bytes object"
    ByteArrayData Pointer variable (ByteArray::data_pointer_offset()) "the bytes of a bytearray"
    ByteArrayLength Int variable (ByteArray::length_offset()) "the number of bytes of a bytearray"
    ByteArrayByte Array variable (0) "the bytes of a bytearray, one each"
    ArrayCode Byte constant (offset_of!(ArrayLayout, code)) "the type code of an array"
    ArrayData Pointer variable (offset_of!(ArrayLayout, data) + vec_layout::<u8>().pointer) "the items of an array"
    ArraySize Int variable (offset_of!(ArrayLayout, data) + vec_layout::<u8>().length) "the number of bytes of an array's items"
    ArrayI8 Array variable (0) "the items of arrays of signed bytes"
    ArrayU8 Array variable (0) "the items of arrays of bytes"
    ArrayI16 Array variable (0) "the items of arrays of signed numbers of 16 bits"
    ArrayU16 Array variable (0) "the items of arrays of unsigned numbers of 16 bits"
    ArrayI32 Array variable (0) "the items of arrays of signed numbers of 32 bits"
    ArrayU32 Array variable (0) "the items of arrays of unsigned numbers of 32 bits"
    ArrayI64 Array variable (0) "the items of arrays of signed numbers of 64 bits"
    ArrayF32 Array variable (0) "the items of arrays of floats of 32 bits"
    ArrayF64 Array variable (0) "the items of arrays of doubles"
    DictLength Int variable (Dict::LENGTH_OFFSET) "the number of items of a dict"
    DictKeysVersion Uint32 variable (Dict::KEYS_VERSION_OFFSET) "changes when a key comes or goes"
    DictEntries Pointer variable (Dict::entries_pointer_offset()) "the entries of a dict"
    DictPlaces Int variable (Dict::places_offset()) "the number of entries of a dict, holes included"
    DictEntryWord Array variable (0) "the words of a dict's entries: hash, key, value of each"
    ThreadEvalBreaker Uint32 variable (offset_of!(Thread, eval_breaker)) "not 0 when the thread shall look up"
}

impl Field {
    /// The field with this number, which `as u32` gave.
    pub fn from_number(number: u32) -> Field {
        Field::ALL[number as usize]
    }
    pub fn from_name(name: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.name() == name)
    }
}

/// Where a `Vec`'s words lie within it; the language leaves that to the compiler, so it is read off a vector.
#[derive(Clone, Copy)]
pub(crate) struct VecLayout {
    pub pointer: usize,
    pub length: usize,
    pub capacity: usize,
}

/// The layout of `Vec<T>`.
pub(crate) fn vec_layout<T>() -> VecLayout {
    let sample: Vec<T> = Vec::with_capacity(7);
    let pointer = sample.as_ptr() as usize;
    // SAFETY: a `Vec` is three words, all initialised: pointer, capacity, length (0 here).
    let words: [usize; 3] = unsafe { std::mem::transmute_copy(&sample) };
    let place = |wanted: &dyn Fn(usize) -> bool| words.iter().position(|w| wanted(*w)).unwrap_or(0) * 8;
    VecLayout {
        pointer: place(&|w| w == pointer),
        length: place(&|w| w == 0),
        capacity: place(&|w| w == sample.capacity()),
    }
}

const _: () = assert!(size_of::<Vec<u64>>() == 24, "`vec_layout` reads three words");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_lists_lie_where_the_table_says() {
        crate::test_support::with_runtime(|_| {
            let list = List::from_refs((0..3).map(crate::objects::int::new).collect());
            let base = list.value().header_unchecked() as usize;
            let word = |field: Field| {
                // SAFETY: a field of a live list.
                unsafe { *((base + field.offset()) as *const usize) }
            };
            assert_eq!(word(Field::ListLength), 3);
            assert_eq!(word(Field::ListCapacity), list.cast::<List>().map_or(0, List::capacity));
            assert_eq!(
                word(Field::ListItems),
                list.cast::<List>().map_or(0, |l| l.items().as_ptr() as usize)
            );
        });
    }
}
