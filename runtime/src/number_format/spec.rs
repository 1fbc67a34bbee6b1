//! The format specification: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.

/// Why formatting failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// `ValueError`.
    Value(String),
    /// `ValueError: Invalid format specifier 'SPEC' for object of type 'TYPE'`; the caller has both.
    InvalidSpecifier,
    /// `OverflowError`.
    Overflow(&'static str),
    /// `MemoryError`.
    Memory,
}

impl FormatError {
    pub(super) fn value(message: &str) -> Self {
        FormatError::Value(message.to_owned())
    }

    /// `Unknown format code`, with the code spelled as CPython spells it.
    pub fn unknown_code(code: u32, type_name: &str) -> Self {
        FormatError::Value(format!(
            "Unknown format code '{}' for object of type '{type_name}'",
            spelled(code)
        ))
    }
}

/// A printable ASCII character as itself, any other by number.
fn spelled(code: u32) -> String {
    match u8::try_from(code) {
        Ok(byte @ 33..=127) => (byte as char).to_string(),
        _ => format!("\\x{code:x}"),
    }
}

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    AfterSign,
}

/// Which numbers have a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`: negative ones.
    Minus,
    /// `+`: all.
    Plus,
    /// Space: all, a space for those that are not negative.
    Space,
}

/// What separates digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `,`
    Comma,
    /// `_`
    Underscore,
}

impl Grouping {
    /// The separator.
    pub fn byte(self) -> u8 {
        match self {
            Grouping::Comma => b',',
            Grouping::Underscore => b'_',
        }
    }
}

/// A parsed specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The padding character.
    pub fill: u32,
    /// Whether the specification names it, `0` before the width included.
    pub has_fill: bool,
    /// Where padding goes.
    pub align: Align,
    /// The sign, if given.
    pub sign: Option<Sign>,
    /// `z`
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The least number of characters.
    pub width: usize,
    /// Between digits before the point.
    pub grouping: Option<Grouping>,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// Between digits after the point.
    pub fraction_grouping: Option<Grouping>,
    /// The type, or the default of the object's type; 0 for floats' own default.
    pub code: u32,
}

/// What a type of objects assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecDefaults {
    /// `str`: left, `s`.
    Str,
    /// `int`: right, `d`.
    Int,
    /// `float` and `complex`: right, a form of their own.
    Float,
}

struct Cursor<'a> {
    rest: &'a [u32],
}

impl Cursor<'_> {
    fn eat(&mut self, character: char) -> bool {
        let found = self.rest.first() == Some(&(character as u32));
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// A decimal number; `None` if there are no digits.
    fn number(&mut self) -> Result<Option<usize>, FormatError> {
        let mut number = None;
        while let Some(digit) = self.rest.first().and_then(|&point| char::from_u32(point)?.to_digit(10)) {
            let next =
                number.unwrap_or(0usize).checked_mul(10).and_then(|ten| ten.checked_add(digit as usize));
            let within = next.filter(|&next| next <= isize::MAX as usize);
            number = Some(within.ok_or(FormatError::value("Too many decimal digits in format string"))?);
            self.rest = &self.rest[1..];
        }
        Ok(number)
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, FormatError> {
        let comma = self.eat(',');
        let underscore = self.eat('_');
        let both = underscore && (comma || self.rest.first() == Some(&(',' as u32)));
        match (comma, underscore) {
            _ if both => Err(FormatError::value("Cannot specify both ',' and '_'.")),
            (true, _) => Ok(Some(Grouping::Comma)),
            (_, true) => Ok(Some(Grouping::Underscore)),
            _ => Ok(None),
        }
    }
}

fn align_of(point: Option<&u32>) -> Option<Align> {
    match char::from_u32(*point?)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

/// Parses a specification given as code points.
pub fn parse_spec(text: &[u32], defaults: SpecDefaults) -> Result<FormatSpec, FormatError> {
    let mut cursor = Cursor { rest: text };
    let default_align = if defaults == SpecDefaults::Str { Align::Left } else { Align::Right };
    let (mut fill, mut align) = (None, None);
    if let Some(found) = align_of(text.get(1)) {
        (fill, align) = (Some(text[0]), Some(found));
        cursor.rest = &text[2..];
    } else if let Some(found) = align_of(text.first()) {
        align = Some(found);
        cursor.rest = &text[1..];
    }
    let sign = if cursor.eat('+') {
        Some(Sign::Plus)
    } else if cursor.eat('-') {
        Some(Sign::Minus)
    } else if cursor.eat(' ') {
        Some(Sign::Space)
    } else {
        None
    };
    let no_negative_zero = cursor.eat('z');
    let alternate = cursor.eat('#');
    if fill.is_none() && cursor.eat('0') {
        fill = Some('0' as u32);
        if align.is_none() && default_align == Align::Right {
            align = Some(Align::AfterSign);
        }
    }
    let width = cursor.number()?.unwrap_or(0);
    let grouping = cursor.grouping()?;
    let (mut precision, mut fraction_grouping) = (None, None);
    if cursor.eat('.') {
        precision = cursor.number()?;
        fraction_grouping = cursor.grouping()?;
        if precision.is_none() && fraction_grouping.is_none() {
            return Err(FormatError::value("Format specifier missing precision"));
        }
    }
    let code = match (cursor.rest, defaults) {
        (&[code], _) => code,
        ([], SpecDefaults::Str) => 's' as u32,
        ([], SpecDefaults::Int) => 'd' as u32,
        ([], SpecDefaults::Float) => 0,
        _ => return Err(FormatError::InvalidSpecifier),
    };
    if let Some(grouping) = grouping {
        check_grouping(grouping, code)?;
    }
    // Locales say how `n` groups.
    if let (Some(grouping), Some('n')) = (fraction_grouping, char::from_u32(code)) {
        return Err(grouping_refused(grouping, code));
    }
    Ok(FormatSpec {
        fill: fill.unwrap_or(' ' as u32),
        has_fill: fill.is_some(),
        align: align.unwrap_or(default_align),
        sign,
        no_negative_zero,
        alternate,
        width,
        grouping,
        precision,
        fraction_grouping,
        code,
    })
}

/// Grouping goes with decimal forms; underscores with other bases, too.
fn check_grouping(grouping: Grouping, code: u32) -> Result<(), FormatError> {
    match char::from_u32(code) {
        Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0') => Ok(()),
        Some('b' | 'o' | 'x' | 'X') if grouping == Grouping::Underscore => Ok(()),
        _ => Err(grouping_refused(grouping, code)),
    }
}

fn grouping_refused(grouping: Grouping, code: u32) -> FormatError {
    let separator = grouping.byte() as char;
    FormatError::Value(format!("Cannot specify '{separator}' with '{}'.", spelled(code)))
}

/// What a specification makes of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// Digits in this base, for [`super::format_int`].
    Digits(u8),
    /// A character, for [`super::format_char`].
    Char,
    /// The float of the same value, for [`super::format_float`].
    Float,
}

/// Classifies an integer's specification and checks what integers do not take.
pub fn int_kind(spec: &FormatSpec, type_name: &str) -> Result<IntKind, FormatError> {
    let kind = match char::from_u32(spec.code) {
        Some('d' | 'n') => IntKind::Digits(10),
        Some('b') => IntKind::Digits(2),
        Some('o') => IntKind::Digits(8),
        Some('x' | 'X') => IntKind::Digits(16),
        Some('c') => IntKind::Char,
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return Ok(IntKind::Float),
        _ => return Err(FormatError::unknown_code(spec.code, type_name)),
    };
    if spec.precision.is_some() {
        return Err(FormatError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(FormatError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if kind == IntKind::Char && spec.sign.is_some() {
        return Err(FormatError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if kind == IntKind::Char && spec.alternate {
        return Err(FormatError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    Ok(kind)
}
