//! Source bytes to source text: byte order mark, encoding declaration, decoding, line ends.

use crate::errors::{ErrorKind, Location, SyntaxError};

/// Decoded source with `\n` line ends. The text always ends in a newline when it isn't empty.
#[derive(Clone, Debug)]
pub struct Source {
    pub text: String,
    /// The final newline isn't in the original.
    pub implicit_newline: bool,
    line_starts: std::cell::OnceCell<Vec<u32>>,
}

impl Source {
    /// Source that is text already (`compile` of a `str`): an encoding declaration means nothing.
    pub fn from_text(text: &str) -> Result<Source, SyntaxError> {
        if memchr::memchr(0, text.as_bytes()).is_some() {
            return Err(null_bytes());
        }
        if text.len() > (u32::MAX - 2) as usize {
            return Err(SyntaxError::without_location(ErrorKind::OverflowError, "source code is too large"));
        }
        let mut text = match memchr::memchr(b'\r', text.as_bytes()) {
            Some(_) => text.replace("\r\n", "\n").replace('\r', "\n"),
            None => text.to_owned(),
        };
        let implicit_newline = !text.is_empty() && !text.ends_with('\n');
        if implicit_newline {
            text.push('\n');
        }
        Ok(Source { text, implicit_newline, line_starts: Default::default() })
    }

    /// Source as bytes, which may carry a byte order mark or an encoding declaration.
    pub fn from_bytes(bytes: &[u8]) -> Result<Source, SyntaxError> {
        if memchr::memchr(0, bytes).is_some() {
            return Err(null_bytes());
        }
        let (body, has_mark) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        let declared = declared_encoding(body);
        let Some((line, name)) = declared else {
            return Source::from_text(decode_utf8(body, None)?);
        };
        let encoding = normal_name(&name);
        // With a byte order mark only this one spelling will do.
        if has_mark
            && (encoding != "utf-8" || !name.to_ascii_lowercase().replace('_', "-").starts_with("utf-8"))
        {
            let encoding = if encoding == "utf-8" { name } else { encoding };
            return Err(mark_conflict(body, line, &encoding));
        }
        match encoding.as_str() {
            "utf-8" => Source::from_text(decode_utf8(body, Some(&name))?),
            "iso-8859-1" => Source::from_text(&body.iter().map(|&byte| byte as char).collect::<String>()),
            "ascii" | "us-ascii" | "646" => match body.iter().position(|byte| !byte.is_ascii()) {
                None => Source::from_text(decode_utf8(body, None)?),
                Some(at) => Err(about_file(format!(
                    "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    body[at]
                ))),
            },
            _ => Err(about_file(format!("unknown encoding: {name}"))),
        }
    }

    /// The name of the declared encoding, if it is one that the front end doesn't decode itself.
    pub fn foreign_encoding(bytes: &[u8]) -> Option<String> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return None;
        }
        let (_, name) = declared_encoding(bytes)?;
        let is_own =
            matches!(normal_name(&name).as_str(), "utf-8" | "iso-8859-1" | "ascii" | "us-ascii" | "646");
        (!is_own).then_some(name)
    }

    /// The error for source that can't be decoded.
    pub fn decoding_error(message: String) -> SyntaxError {
        about_file(message)
    }

    /// The offset at which a line (counted from 1) starts.
    pub fn line_start(&self, lineno: u32) -> usize {
        let starts = self.line_starts.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(newlines.map(|at| at as u32 + 1)).collect()
        });
        let index = (lineno.max(1) - 1) as usize;
        starts.get(index).map_or(self.text.len(), |&start| start as usize)
    }

    /// A line without its newline.
    pub fn line(&self, lineno: u32) -> &str {
        let rest = &self.text[self.line_start(lineno)..];
        rest.split('\n').next().unwrap_or("")
    }

    /// A line with its newline, if the original has one (or `imply` asks for the implicit one).
    pub fn whole_line(&self, lineno: u32, imply: bool) -> &str {
        let start = self.line_start(lineno);
        let line = self.line(lineno);
        let end = start + line.len();
        let is_last = end + 1 >= self.text.len();
        if end == self.text.len() || (is_last && self.implicit_newline && !imply) {
            return line;
        }
        &self.text[start..=end]
    }

    /// How many characters the first `bytes` bytes of a line hold.
    pub fn characters(&self, lineno: u32, bytes: u32) -> i32 {
        let rest = &self.text.as_bytes()[self.line_start(lineno)..];
        let line = &rest[..rest.len().min(bytes as usize)];
        line.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as i32
    }
}

fn null_bytes() -> SyntaxError {
    SyntaxError::without_location(ErrorKind::SyntaxError, "source code string cannot contain null bytes")
}

/// An error that CPython places at line 0 of the file.
fn about_file(msg: String) -> SyntaxError {
    let location = Location {
        lineno: 0,
        offset: -1,
        end_lineno: 0,
        end_offset: -1,
        text: None,
        is_attached_later: false,
    };
    SyntaxError { kind: ErrorKind::SyntaxError, msg, location: Some(location), last_statement: None }
}

fn mark_conflict(body: &[u8], line: usize, encoding: &str) -> SyntaxError {
    let text = String::from_utf8_lossy(nth_line(body, line)).into_owned();
    let length = text.chars().count() as i32;
    let lineno = line as i32 + 1;
    SyntaxError {
        kind: ErrorKind::SyntaxError,
        msg: format!("encoding problem: {encoding} with BOM"),
        location: Some(Location {
            lineno,
            offset: 0,
            end_lineno: lineno,
            end_offset: length,
            text: Some(text),
            is_attached_later: false,
        }),
        last_statement: None,
    }
}

fn nth_line(body: &[u8], index: usize) -> &[u8] {
    let line = body.split(|&byte| byte == b'\n').nth(index).unwrap_or(b"");
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn decode_utf8<'a>(body: &'a [u8], declared: Option<&str>) -> Result<&'a str, SyntaxError> {
    let error = match std::str::from_utf8(body) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let byte = body[at];
    if declared.is_some() {
        let reason = match error.error_len() {
            None => "unexpected end of data",
            Some(1) if !(0xC2..0xF5).contains(&byte) => "invalid start byte",
            Some(_) => "invalid continuation byte",
        };
        return Err(about_file(format!(
            "'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {reason}"
        )));
    }
    let index = body[..at].iter().filter(|&&byte| byte == b'\n').count();
    let line = nth_line(body, index);
    let column = at - body[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let offset = String::from_utf8_lossy(&line[..column]).chars().count() as i32 + 1;
    let lineno = index as i32 + 1;
    Err(SyntaxError {
        kind: ErrorKind::SyntaxError,
        msg: format!(
            "Non-UTF-8 code starting with '\\x{byte:02x}' on line {lineno}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details"
        ),
        location: Some(Location {
            lineno,
            offset,
            end_lineno: lineno,
            end_offset: offset,
            text: Some(String::from_utf8_lossy(line).into_owned()),
            is_attached_later: false,
        }),
        last_statement: None,
    })
}

/// The declaration in one of the first two lines: its line index and the name as written.
fn declared_encoding(body: &[u8]) -> Option<(usize, String)> {
    for index in 0..2 {
        let line = nth_line(body, index);
        let comment_at = line.iter().position(|byte| !b" \t\x0c".contains(byte));
        match comment_at {
            Some(at) if line[at] == b'#' => {
                if let Some(name) = encoding_in_comment(&line[at..]) {
                    return Some((index, name));
                }
            }
            Some(_) => return None,
            None => {}
        }
    }
    None
}

/// The name in `coding[:=] name`.
fn encoding_in_comment(comment: &[u8]) -> Option<String> {
    let mut from = 0;
    while let Some(found) = comment[from..].windows(6).position(|window| window == b"coding") {
        let after = &comment[from + found + 6..];
        if let Some(b':' | b'=') = after.first() {
            let name: Vec<u8> = after[1..]
                .iter()
                .skip_while(|byte| b" \t".contains(byte))
                .take_while(|&&byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
                .copied()
                .collect();
            if !name.is_empty() {
                return String::from_utf8(name).ok();
            }
        }
        from += found + 6;
    }
    None
}

/// The canonical name of the encodings that have several.
fn normal_name(name: &str) -> String {
    let lower: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |wanted: &str| {
        lower == wanted || lower.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('-'))
    };
    if is("utf-8") || lower == "utf8" || lower == "u8" || lower == "cp65001" {
        return "utf-8".to_owned();
    }
    if is("latin-1")
        || is("iso-8859-1")
        || is("iso-latin-1")
        || ["latin1", "l1", "8859", "cp819"].contains(&lower.as_str())
    {
        return "iso-8859-1".to_owned();
    }
    name.to_ascii_lowercase().replace('_', "-")
}
