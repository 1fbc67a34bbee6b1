//! Putting strings together from texts and the `str` or `repr` of objects, lone surrogates included.

use crate::error::PyResult;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// A string in the making, as WTF-8.
#[derive(Default)]
pub struct TextBuilder(Vec<u8>);

impl TextBuilder {
    pub fn new(start: &str) -> TextBuilder {
        TextBuilder(start.as_bytes().to_vec())
    }
    pub fn push(&mut self, text: &str) -> &mut TextBuilder {
        self.0.extend_from_slice(text.as_bytes());
        self
    }
    /// Appends the content of a string object.
    pub fn push_string(&mut self, string: &Str) -> &mut TextBuilder {
        match string.as_ascii() {
            Some(text) => self.0.extend_from_slice(text.as_bytes()),
            None => self.0.extend_from_slice(&string.to_wtf8()),
        }
        self
    }
    /// Appends `str(value)`.
    pub fn push_str(&mut self, thread: &Thread, value: Value) -> PyResult<&mut TextBuilder> {
        let text = protocol::str(thread, value)?;
        Ok(self.push_value(*text))
    }
    /// Appends `repr(value)`.
    pub fn push_repr(&mut self, thread: &Thread, value: Value) -> PyResult<&mut TextBuilder> {
        let text = protocol::repr(thread, value)?;
        Ok(self.push_value(*text))
    }
    /// Appends a value known to be a string.
    pub fn push_value(&mut self, string: Value) -> &mut TextBuilder {
        if let Some(s) = string.cast::<Str>() {
            self.push_string(s);
        }
        self
    }
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// The string object.
    pub fn finish(&self) -> Ref {
        Str::from_wtf8(&self.0)
    }
}
