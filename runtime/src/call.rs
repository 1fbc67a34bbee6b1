//! The call protocol: arguments as one slice, keyword values behind the positional ones, as they lie in registers.

use crate::error::PyResult;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// Arguments of a call, borrowed from the caller.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// Positional values, then the values of `names`.
    values: &'a [Value],
    /// Keyword names (strings).
    names: &'a [Value],
}

impl<'a> Args<'a> {
    pub const EMPTY: Args<'static> = Args { values: &[], names: &[] };

    /// Positional arguments only.
    #[inline(always)]
    pub const fn positional_only(values: &'a [Value]) -> Args<'a> {
        Args { values, names: &[] }
    }
    /// `values` ends with one value per name.
    #[inline(always)]
    pub fn new(values: &'a [Value], names: &'a [Value]) -> Args<'a> {
        debug_assert!(names.len() <= values.len());
        Args { values, names }
    }
    #[inline(always)]
    pub fn positional(&self) -> &'a [Value] {
        &self.values[..self.values.len() - self.names.len()]
    }
    #[inline(always)]
    pub fn keyword_names(&self) -> &'a [Value] {
        self.names
    }
    #[inline(always)]
    pub fn keyword_values(&self) -> &'a [Value] {
        &self.values[self.values.len() - self.names.len()..]
    }
    pub fn keywords(&self) -> impl Iterator<Item = (Value, Value)> + 'a {
        self.names.iter().copied().zip(self.keyword_values().iter().copied())
    }
    #[inline(always)]
    pub fn has_keywords(&self) -> bool {
        !self.names.is_empty()
    }
    /// All values, keyword values last.
    #[inline(always)]
    pub fn all_values(&self) -> &'a [Value] {
        self.values
    }
    /// Number of positional arguments.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.values.len() - self.names.len()
    }
    /// Positional argument `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.positional().get(i).copied()
    }
    /// The value of a keyword.
    pub fn keyword(&self, name: &str) -> Option<Value> {
        self.keywords().find(|(n, _)| crate::objects::str::equals(*n, name)).map(|(_, v)| v)
    }
    /// The same arguments with `first` in front.
    pub fn with_first<R>(&self, first: Value, f: impl FnOnce(&Args) -> R) -> R {
        let mut values: smallvec::SmallVec<[Value; 8]> =
            smallvec::SmallVec::with_capacity(self.values.len() + 1);
        values.push(first);
        values.extend_from_slice(self.values);
        f(&Args { values: &values, names: self.names })
    }
    /// The same arguments without the first positional one.
    pub fn without_first(&self) -> Args<'a> {
        Args { values: &self.values[1..], names: self.names }
    }
    /// The positional arguments as a tuple object.
    pub fn positional_tuple(&self) -> Ref {
        Tuple::from_values(self.positional())
    }
}

impl Thread {
    /// Calls any callable with positional arguments.
    #[inline]
    pub fn call(&self, callable: Value, arguments: &[Value]) -> PyResult {
        self.call_args(callable, &Args::positional_only(arguments))
    }
    /// Calls any callable.
    #[inline]
    pub fn call_args(&self, callable: Value, arguments: &Args) -> PyResult {
        match callable.ty().slots().call {
            Some(call) => {
                self.check_native_stack()?;
                call(self, callable, arguments)
            }
            None => Err(self.type_error(format!("'{}' object is not callable", callable.ty().name()))),
        }
    }
    /// Calls `object.name(*arguments)`.
    pub fn call_method(&self, object: Value, name: Value, arguments: &[Value]) -> PyResult {
        crate::attributes::call_method(self, object, name, arguments)
    }
}
