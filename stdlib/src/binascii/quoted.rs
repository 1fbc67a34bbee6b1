//! Quoted-printable text.

use super::{hex_digit, push_hex};

/// Longest line with its soft break.
const LINE: usize = 76;

pub(super) fn decode(text: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'=' => match &text[at..] {
                [] => break,
                [b'\n', ..] => at += 1,
                rest @ [b'\r', ..] => at += memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1),
                [b'=', ..] => {
                    // Some writers put an escape for the sign itself.
                    out.push(b'=');
                    at += 1;
                }
                [high, low, ..] => match (hex_digit(*high), hex_digit(*low)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
                [_] => out.push(b'='),
            },
            b'_' if header => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

/// What to quote.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) quote_tabs: bool,
    pub(super) is_text: bool,
    pub(super) header: bool,
}

fn is_quoted(byte: u8, next: Option<u8>, at_line_start: bool, style: Style) -> bool {
    match byte {
        b'=' | 127.. => true,
        b'_' => style.header,
        b'.' => at_line_start && matches!(next, None | Some(b'\n' | b'\r' | 0)),
        b'\r' | b'\n' => !style.is_text,
        b'\t' | b' ' => style.quote_tabs || next.is_none(),
        0..32 => true,
        _ => false,
    }
}

pub(super) fn encode(data: &[u8], style: Style) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + data.len() / 8);
    let first_break = memchr::memchr(b'\n', data);
    let line_end: &[u8] = match first_break {
        Some(n) if n > 0 && data[n - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    };
    let soft_break = |out: &mut Vec<u8>| {
        out.push(b'=');
        out.extend(line_end);
    };
    let (mut at, mut column) = (0, 0);
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1).copied();
        if is_quoted(byte, next, column == 0, style) {
            if column + 3 >= LINE {
                soft_break(&mut out);
                column = 0;
            }
            out.push(b'=');
            push_hex(&mut out, byte);
            column += 3;
            at += 1;
        } else if style.is_text && (byte == b'\n' || byte == b'\r' && next == Some(b'\n')) {
            // White space at the end of a line would get lost.
            if let Some(&space @ (b' ' | b'\t')) = out.last() {
                out.pop();
                out.push(b'=');
                push_hex(&mut out, space);
            }
            out.extend(line_end);
            column = 0;
            at += if byte == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|next| next != b'\n') && column + 1 >= LINE {
                soft_break(&mut out);
                column = 0;
            }
            column += 1;
            out.push(if style.header && byte == b' ' { b'_' } else { byte });
            at += 1;
        }
    }
    out
}
