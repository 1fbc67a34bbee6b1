//! `%` formatting of `str` and of `bytes`: one engine over code points; bytes are code points below 256.

use crate::error::{PyResult, Raised};
use crate::int_kernel;
use crate::number_format::{FloatFlags, FloatStyle, SmallDigits, format_float_style};
use crate::objects::bytes::Bytes;
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::{exceptions as exc, float, str_format};
use crate::str_kernel::{Text, TextBuilder};
use crate::thread::Thread;
use crate::value::{Ref, Value};
use crate::{attributes, names, protocol};

/// One conversion specification.
#[derive(Default)]
struct Conversion {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

struct Formatter<'a> {
    thread: &'a Thread,
    template: &'a [u32],
    at: usize,
    is_bytes: bool,
    /// The operand.
    arguments: Ref,
    /// Next item of a tuple operand, or whether a single one was used.
    next: usize,
    /// What `(key)` looks up in, NULL if the operand is no mapping.
    mapping: Value,
    /// The value last looked up by key, for the conversion at hand.
    looked_up: Option<Ref>,
    by_key: bool,
    out: TextBuilder,
}

/// `template % arguments`
pub fn format_str(thread: &Thread, template: Value, arguments: Value) -> PyResult {
    let Some(s) = template.cast::<Str>() else { return Ok(Ref::NOT_IMPLEMENTED) };
    let points = s.points::<64>();
    let text = run(thread, &points, arguments, false)?;
    Ok(Str::from_data(text.data()))
}

/// `template % arguments` of bytes.
pub fn format_bytes(thread: &Thread, template: &[u8], arguments: Value) -> PyResult<Vec<u8>> {
    let points: Vec<u32> = template.iter().map(|&byte| byte.into()).collect();
    match run(thread, &points, arguments, true)? {
        Text::Latin1(bytes) => Ok(bytes),
        _ => Err(thread.system_error("bytes formatting made a character above 255")),
    }
}

fn run(thread: &Thread, template: &[u32], arguments: Value, is_bytes: bool) -> PyResult<Text> {
    let is_text = match is_bytes {
        true => arguments.cast::<Bytes>().is_some() || arguments.ty().name() == "bytearray",
        false => arguments.cast::<Str>().is_some(),
    };
    let is_mapping =
        !is_text && arguments.cast::<Tuple>().is_none() && arguments.ty().slots().get_item.is_some();
    let mut formatter = Formatter {
        thread,
        template,
        at: 0,
        is_bytes,
        arguments: arguments.to_ref(),
        next: 0,
        mapping: if is_mapping { arguments } else { Value::NULL },
        looked_up: None,
        by_key: false,
        out: TextBuilder::with_capacity(template.len() + 16),
    };
    formatter.run()?;
    Ok(formatter.out.finish())
}

impl Formatter<'_> {
    fn run(&mut self) -> PyResult<()> {
        while self.at < self.template.len() {
            let rest = &self.template[self.at..];
            let plain = rest.iter().position(|p| *p == '%' as u32).unwrap_or(rest.len());
            self.out.extend(&rest[..plain]);
            self.at += plain;
            if self.at < self.template.len() {
                self.at += 1;
                self.conversion()?;
            }
        }
        let left_over = match self.arguments.cast::<Tuple>() {
            Some(t) => self.next < t.len(),
            None => self.next == 0 && self.mapping.is_null(),
        };
        if left_over && !self.by_key {
            let what = if self.is_bytes { "bytes" } else { "string" };
            let message = format!("not all arguments converted during {what} formatting");
            return Err(self.thread.type_error(message));
        }
        Ok(())
    }

    fn peek(&self) -> PyResult<u32> {
        self.template.get(self.at).copied().ok_or_else(|| self.thread.value_error("incomplete format"))
    }

    /// The next argument.
    fn argument(&mut self) -> PyResult {
        if self.by_key {
            return self.looked_up.take().ok_or_else(|| self.too_few());
        }
        let i = self.next;
        self.next += 1;
        match self.arguments.cast::<Tuple>() {
            Some(t) => t.items().get(i).map(|v| v.to_ref()).ok_or_else(|| self.too_few()),
            None if i == 0 => Ok(self.arguments.clone()),
            None => Err(self.too_few()),
        }
    }

    fn too_few(&self) -> Raised {
        self.thread.type_error("not enough arguments for format string")
    }

    /// Reads `(key)` and looks it up.
    fn key(&mut self) -> PyResult<()> {
        if self.mapping.is_null() {
            return Err(self.thread.type_error("format requires a mapping"));
        }
        self.at += 1;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.template.get(self.at).copied() {
                None => return Err(self.thread.value_error("incomplete format key")),
                Some(p) if p == '(' as u32 => depth += 1,
                Some(p) if p == ')' as u32 => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
        }
        let name = &self.template[start..self.at - 1];
        let key = match self.is_bytes {
            true => Bytes::new(&name.iter().map(|&p| p as u8).collect::<Vec<_>>()),
            false => Str::from_code_points(name),
        };
        self.looked_up = Some(protocol::get_item(self.thread, self.mapping, *key)?);
        self.by_key = true;
        Ok(())
    }

    /// Digits, or `*` and an argument.
    fn size(&mut self, too_big: &str) -> PyResult<isize> {
        if self.peek()? == '*' as u32 {
            self.at += 1;
            let v = self.argument()?;
            if !int::is_int(*v) {
                return Err(self.thread.type_error("* wants int"));
            }
            return match int::get(*v) {
                Some(IntRef::Small(i)) if i32::try_from(i).is_ok() || too_big == "width too big" => {
                    Ok(i as isize)
                }
                _ => Err(self.thread.overflow_error("Python int too large to convert to C ssize_t")),
            };
        }
        let limit = if too_big == "width too big" { isize::MAX } else { i32::MAX as isize };
        let mut size: isize = 0;
        while let Ok(point @ 0x30..=0x39) = self.template.get(self.at).copied().ok_or(()) {
            let next = size.checked_mul(10).and_then(|s| s.checked_add((point - 0x30) as isize));
            size = next.filter(|s| *s <= limit).ok_or_else(|| self.thread.value_error(too_big))?;
            self.at += 1;
        }
        Ok(size)
    }

    fn conversion(&mut self) -> PyResult<()> {
        // Most conversions are one letter.
        if let Some(&code) = self.template.get(self.at)
            && matches!(char::from_u32(code), Some('s' | 'd' | 'r' | 'x'))
        {
            let place = self.at;
            self.at += 1;
            let v = self.argument()?;
            return self.convert(&Conversion::default(), code, place, *v);
        }
        let mut c = Conversion::default();
        if self.peek()? == '(' as u32 {
            self.key()?;
        }
        loop {
            match char::from_u32(self.peek()?) {
                Some('-') => c.left = true,
                Some('+') => c.plus = true,
                Some(' ') => c.space = true,
                Some('#') => c.alternate = true,
                Some('0') => c.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let width = self.size("width too big")?;
        c.left |= width < 0;
        c.width = width.unsigned_abs();
        if self.peek()? == '.' as u32 {
            self.at += 1;
            self.peek()?;
            c.precision = Some(self.size("precision too big")?.max(0) as usize);
        }
        if matches!(char::from_u32(self.peek()?), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        let code = self.peek()?;
        let place = self.at;
        self.at += 1;
        if code == '%' as u32 {
            self.out.push(code);
            return Ok(());
        }
        let v = self.argument()?;
        self.convert(&c, code, place, *v)
    }

    fn convert(&mut self, c: &Conversion, code: u32, place: usize, v: Value) -> PyResult<()> {
        let thread = self.thread;
        match char::from_u32(code) {
            Some('r') if !self.is_bytes => self.text(c, protocol::repr(thread, v)?),
            Some('a' | 'r') => self.text(c, str_format::ascii(thread, v)?),
            Some('s') if !self.is_bytes => self.text(c, protocol::str(thread, v)?),
            Some('s' | 'b') if self.is_bytes => {
                let bytes = bytes_argument(thread, v)?;
                self.text(c, Str::from_latin1(&bytes))
            }
            Some('c') => {
                let point = match self.is_bytes {
                    true => byte_argument(thread, v)?.into(),
                    false => char_argument(thread, v)?,
                };
                self.text(&Conversion { precision: None, ..*c }, Str::from_char(point))
            }
            Some(letter @ ('d' | 'i' | 'u' | 'o' | 'x' | 'X'))
                if let (Some(i), None) = (v.as_small_int(), c.precision) =>
            {
                let (radix, prefix) = match letter {
                    'o' => (8, "0o"),
                    'x' => (16, "0x"),
                    'X' => (16, "0X"),
                    _ => (10, ""),
                };
                let digits = SmallDigits::new(i.unsigned_abs(), radix, letter == 'X');
                self.number(c, i < 0, if c.alternate { prefix } else { "" }, digits.as_bytes())
            }
            Some(letter @ ('d' | 'i' | 'u' | 'o' | 'x' | 'X')) => {
                let (negative, prefix, digits) = integer(thread, c, letter, v)?;
                self.number(c, negative, prefix, &digits)
            }
            Some(letter @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
                let shown = floating(thread, c, letter, v)?;
                let (negative, digits) = match shown.strip_prefix('-') {
                    Some(digits) => (true, digits),
                    None => (false, &shown[..]),
                };
                self.number(c, negative, "", digits.as_bytes())
            }
            _ => {
                let shown = char::from_u32(code).filter(|c| matches!(c, ' '..='~')).unwrap_or('?');
                let message = format!("unsupported format character '{shown}' (0x{code:x}) at index {place}");
                Err(thread.value_error(message))
            }
        }
    }

    /// Fails where a field would be too wide for memory.
    fn check_size(&self, size: usize) -> PyResult<()> {
        const ALWAYS_THERE: usize = 4096;
        if size <= ALWAYS_THERE {
            return Ok(());
        }
        let mut probe: Vec<u8> = Vec::new();
        probe.try_reserve(size.saturating_mul(4)).map_err(|_| self.thread.memory_error())
    }

    fn text(&mut self, c: &Conversion, shown: Ref) -> PyResult<()> {
        let Some(s) = shown.cast::<Str>() else { return Ok(()) };
        let length = c.precision.map_or(s.len(), |p| p.min(s.len()));
        let padding = c.width.saturating_sub(length);
        self.check_size(padding)?;
        if !c.left {
            self.pad(padding, ' ');
        }
        match length == s.len() {
            true => self.out.extend_data(s.data()),
            false => s.chars().take(length).for_each(|point| self.out.push(point)),
        }
        if c.left {
            self.pad(padding, ' ');
        }
        Ok(())
    }

    fn pad(&mut self, count: usize, fill: char) {
        (0..count).for_each(|_| self.out.push(fill as u32));
    }

    /// Sign, prefix and digits, padded.
    fn number(&mut self, c: &Conversion, negative: bool, prefix: &str, digits: &[u8]) -> PyResult<()> {
        let sign = match negative {
            true => "-",
            false if c.plus => "+",
            false if c.space => " ",
            false => "",
        };
        let padding = c.width.saturating_sub(sign.len() + prefix.len() + digits.len());
        self.check_size(padding)?;
        let zeros = c.zero && !c.left;
        if !c.left && !zeros {
            self.pad(padding, ' ');
        }
        self.out.push_str(sign);
        self.out.push_str(prefix);
        if zeros {
            self.pad(padding, '0');
        }
        self.out.extend(digits);
        if c.left {
            self.pad(padding, ' ');
        }
        Ok(())
    }
}

/// The integer to show for `d`, `i` and `u` (any real number) or `o`, `x` and `X` (integers only).
fn integer_argument(thread: &Thread, letter: char, v: Value) -> PyResult {
    if int::is_int(v) {
        return Ok(v.to_ref());
    }
    let slots = v.ty().slots();
    let (convert, wanted) = match letter {
        'o' | 'x' | 'X' => (slots.index, "an integer"),
        _ => (slots.int.or(slots.index), "a real number"),
    };
    let refused = || {
        let name = v.ty().name();
        thread.type_error(format!("%{letter} format: {wanted} is required, not {name}"))
    };
    let Some(convert) = convert else { return Err(refused()) };
    match convert(thread, v) {
        Ok(i) if int::is_int(*i) => Ok(i),
        Ok(_) => Err(refused()),
        Err(raised) => {
            drop(thread.catch(raised, &exc::TYPE_ERROR)?);
            Err(refused())
        }
    }
}

/// Sign, prefix and digits of an integer.
fn integer(
    thread: &Thread,
    c: &Conversion,
    letter: char,
    v: Value,
) -> PyResult<(bool, &'static str, Vec<u8>)> {
    let i = integer_argument(thread, letter, v)?;
    let Some(big) = int::get_big(*i) else { return Err(thread.type_error("an integer is required")) };
    let (prefix, shown) = match letter {
        'o' => ("0o", int_kernel::to_radix(&big, 8)),
        'x' => ("0x", int_kernel::to_radix(&big, 16)),
        'X' => ("0X", int_kernel::to_radix(&big, 16).to_ascii_uppercase()),
        _ => (
            "",
            match int::get(*i) {
                Some(IntRef::Small(i)) => i.to_string(),
                _ => super::str::display(*protocol::repr(thread, *int::from_big(big))?),
            },
        ),
    };
    let (negative, digits) = match shown.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, &shown[..]),
    };
    let missing = c.precision.unwrap_or(0).saturating_sub(digits.len());
    let mut all = Vec::new();
    all.try_reserve_exact(missing.saturating_add(digits.len())).map_err(|_| thread.memory_error())?;
    all.resize(missing, b'0');
    all.extend_from_slice(digits.as_bytes());
    Ok((negative, if c.alternate { prefix } else { "" }, all))
}

/// `v` as a float.
fn float_argument(thread: &Thread, v: Value) -> PyResult<f64> {
    if let Some(f) = float::get(v) {
        return Ok(f);
    }
    if let Some(big) = int::get_big(v) {
        return int_kernel::to_float(&big)
            .map_err(|_| thread.overflow_error("int too large to convert to float"));
    }
    let slots = v.ty().slots();
    if let Some(convert) = slots.float {
        let f = convert(thread, v)?;
        if let Some(f) = float::get(*f) {
            return Ok(f);
        }
    }
    if slots.index.is_some() {
        let i = protocol::index(thread, v)?;
        return float_argument(thread, *i);
    }
    Err(thread.type_error(format!("must be real number, not {}", v.ty().name())))
}

fn floating(thread: &Thread, c: &Conversion, letter: char, v: Value) -> PyResult<String> {
    const DEFAULT_PRECISION: usize = 6;
    let value = float_argument(thread, v)?;
    let style = match letter {
        'e' | 'E' => FloatStyle::Exponent,
        'f' | 'F' => FloatStyle::Fixed,
        _ => FloatStyle::General,
    };
    let flags =
        FloatFlags { alternate: c.alternate, upper: letter.is_ascii_uppercase(), ..FloatFlags::default() };
    let precision = c.precision.unwrap_or(DEFAULT_PRECISION);
    format_float_style(value, style, precision, flags)
        .map_err(|e| str_format::raise_format_error(thread, e, super::str_type::text(*Str::empty()), v))
}

/// The code point of `%c` for strings.
fn char_argument(thread: &Thread, v: Value) -> PyResult<u32> {
    const WANTED: &str = "%c requires an int or a unicode character, not";
    if let Some(s) = v.cast::<Str>() {
        return match s.len() {
            1 => Ok(s.code_point(0)),
            n => Err(thread.type_error(format!("{WANTED} a string of length {n}"))),
        };
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error(format!("{WANTED} {}", v.ty().name())));
    }
    match int::get(*protocol::index(thread, v)?) {
        Some(IntRef::Small(i @ 0..=0x10ffff)) => Ok(i as u32),
        _ => Err(thread.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// The byte of `%c` for bytes.
fn byte_argument(thread: &Thread, v: Value) -> PyResult<u8> {
    const WANTED: &str = "%c requires an integer in range(256) or a single byte, not";
    if let Some(b) = v.cast::<Bytes>() {
        return match b.as_bytes() {
            [one] => Ok(*one),
            all => Err(thread.type_error(format!("{WANTED} a bytes object of length {}", all.len()))),
        };
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error(format!("{WANTED} {}", v.ty().shown_name(thread))));
    }
    match int::get(*protocol::index(thread, v)?) {
        Some(IntRef::Small(i @ 0..=255)) => Ok(i as u8),
        _ => Err(thread.overflow_error("%c arg not in range(256)")),
    }
}

/// What `%b` shows: a buffer's bytes or the result of `__bytes__`.
fn bytes_argument(thread: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(b) = v.cast::<Bytes>() {
        return Ok(b.as_bytes().to_vec());
    }
    if v.ty().slots().buffer.is_some() {
        let b = super::bytes::from_object(thread, v)?;
        return Ok(b.cast::<Bytes>().map_or(Vec::new(), |b| b.as_bytes().to_vec()));
    }
    if let Some(method) = attributes::special(thread, v, names::get().__bytes__)? {
        let b = thread.call(*method, &[])?;
        if let Some(b) = b.cast::<Bytes>() {
            return Ok(b.as_bytes().to_vec());
        }
        let message = format!("__bytes__ returned non-bytes (type {})", b.ty().name());
        return Err(thread.type_error(message));
    }
    let name = v.ty().name();
    Err(thread.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{name}'"
    )))
}
