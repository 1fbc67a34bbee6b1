//! The text form of register code: printing and parsing.
//!
//! ```text
//! locals 3 stack 4 constants 2 names 1 ints 0 2
//!         @4  Copy              r3 := r0
//!         @5  GetIter           r3 := iter r3!
//! L1:     @6  ForIter           r2 := next r3 or goto L2   ; comment
//! L2:
//! handler L1 L2 -> L3 depth 1 lasti
//! ```
//! `r` is a register (`r3!` dies here, the call result `r3~` is discarded), `k` a constant of the pool, `n` a name, `@` the code unit
//! from here on. The text of an instruction is the template in its row; `Wide` prefixes and words that belong to the
//! interpreter aren't shown. `precise` in the first line marks precise code.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::code::{Handler, Instruction, Position, RegisterCode, encode};
use super::table::{Operation, Role, TEST_UNLESS};
use super::word::{Field, flags, payload};
use crate::code::{Code, Const};
use crate::opcode::{BinaryOperator, COMPARE_TO_BOOL, Comparison};

/// Prints register code; with the code object it was made from, names and constants are told in comments.
pub fn print(code: &RegisterCode, legend: Option<&Code>) -> String {
    let mut out = String::new();
    let printer = Printer { code, labels: labels(code), legend };
    // Writing to a String can't fail.
    let _ = printer.print(&mut out);
    out
}

/// The label numbers of the pcs that jumps and handlers mention, in order.
fn labels(code: &RegisterCode) -> HashMap<usize, usize> {
    let targets = code.instructions().filter_map(|instruction| instruction.target());
    let bounds = code.handlers.iter().flat_map(|handler| [handler.start, handler.end, handler.target]);
    let mut pcs: Vec<usize> = targets.chain(bounds.map(|pc| pc as usize)).collect();
    pcs.sort_unstable();
    pcs.dedup();
    pcs.into_iter().zip(1..).collect()
}

struct Printer<'a> {
    code: &'a RegisterCode,
    labels: HashMap<usize, usize>,
    legend: Option<&'a Code>,
}

impl Printer<'_> {
    fn print(&self, out: &mut String) -> fmt::Result {
        let code = self.code;
        write!(out, "locals {} stack {}", code.nlocalsplus, code.stacksize)?;
        write!(out, " constants {} names {} ints", code.nconsts, code.nnames)?;
        for int in &code.small_ints {
            write!(out, " {int}")?;
        }
        out.push_str(if code.precise { " precise\n" } else { "\n" });
        let mut positions = code.positions.iter().peekable();
        for instruction in code.instructions() {
            let label = self.labels.get(&instruction.pc).map_or(String::new(), |label| format!("L{label}:"));
            let position = positions.next_if(|position| position.pc as usize == instruction.pc);
            let unit = position.map_or(String::new(), |position| format!("@{}", position.unit));
            let text = self.text(&instruction)?;
            let line = format!("{label:<6} {unit:>5}  {:<18} {text}", instruction.operation.name());
            let comment = self.comment(&instruction);
            match comment.is_empty() {
                true => writeln!(out, "{}", line.trim_end())?,
                false => writeln!(out, "{line:<60} ; {comment}")?,
            }
        }
        if let Some(label) = self.labels.get(&code.words.len()) {
            writeln!(out, "L{label}:")?;
        }
        for handler in &code.handlers {
            let label = |pc: u32| self.labels[&(pc as usize)];
            let (start, end, target) = (label(handler.start), label(handler.end), label(handler.target));
            let lasti = if handler.lasti { " lasti" } else { "" };
            writeln!(out, "handler L{start} L{end} -> L{target} depth {}{lasti}", handler.depth)?;
        }
        Ok(())
    }

    fn text(&self, instruction: &Instruction<'_>) -> Result<String, fmt::Error> {
        let mut out = String::new();
        for piece in Pieces(instruction.operation.row().text) {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Place(place) => self.place(&mut out, instruction, place)?,
            }
        }
        Ok(out)
    }

    fn place(&self, out: &mut String, instruction: &Instruction<'_>, place: &str) -> fmt::Result {
        let payload = instruction.words.first().map_or(0, |&word| payload(word));
        match place {
            "a" => field(out, instruction, Field::A),
            "b" => field(out, instruction, Field::B),
            "c" => field(out, instruction, Field::C),
            "const" => write!(out, "k{}", constant(instruction)),
            "name" => write!(out, "n{payload}"),
            "target" => match self.labels.get(&(payload as usize)) {
                Some(label) => write!(out, "L{label}"),
                None => write!(out, "L?"),
            },
            "op" => out.write_str(BinaryOperator::from_number(payload).map_or("?", BinaryOperator::symbol)),
            "if" => {
                let unless = instruction.fields[0] & u32::from(TEST_UNLESS) != 0;
                out.write_str(if unless { "unless" } else { "if" })
            }
            "cmp" => {
                let is_jump = instruction.operation.row().roles[0] == Role::Test;
                let number = if is_jump { instruction.fields[0] } else { payload };
                let symbol = Comparison::from_number(number & 7).map_or("?", Comparison::symbol);
                let to_bool = !is_jump && payload & COMPARE_TO_BOOL != 0;
                write!(out, "{symbol}{}", if to_bool { "?" } else { "" })
            }
            _ => write!(out, "{payload}"),
        }
    }

    /// The names and constants of an instruction.
    fn comment(&self, instruction: &Instruction<'_>) -> String {
        let Some(legend) = self.legend else { return String::new() };
        let row = instruction.operation.row();
        let mut notes = Vec::new();
        let mut note = |index: u32| {
            let int = self.code.small_ints.get((index as usize).wrapping_sub(legend.consts.len()));
            match (legend.consts.get(index as usize), int) {
                (Some(value), _) => notes.push(format!("k{index} = {}", brief(value))),
                (None, Some(int)) => notes.push(format!("k{index} = {int}")),
                _ => {}
            }
        };
        for field in Field::ALL {
            if row.roles[field as usize] == Role::Use && instruction.flags & field.constant() != 0 {
                note(instruction.fields[field as usize]);
            }
        }
        if row.text.contains("{const}") {
            note(constant(instruction));
        }
        if row.text.contains("{name}")
            && let Some(name) = legend.names.get(payload(instruction.words[0]) as usize)
        {
            notes.push(name.to_string());
        }
        notes.join(", ")
    }
}

/// The constant that `{const}` stands for: in b and c, or the payload.
fn constant(instruction: &Instruction<'_>) -> u32 {
    match instruction.words.first() {
        Some(&word) => payload(word),
        None => instruction.bc(),
    }
}

fn field(out: &mut String, instruction: &Instruction<'_>, field: Field) -> fmt::Result {
    let value = instruction.fields[field as usize];
    match instruction.operation.row().roles[field as usize] {
        Role::Use if instruction.flags & field.constant() != 0 => write!(out, "k{value}"),
        Role::Use if instruction.flags & field.dies() != 0 => write!(out, "r{value}!"),
        Role::Def if instruction.flags & flags::DISCARD != 0 => write!(out, "r{value}~"),
        Role::Count | Role::Immediate | Role::Half | Role::Test | Role::Unused => write!(out, "{value}"),
        _ => write!(out, "r{value}"),
    }
}

fn brief(value: &Const) -> String {
    let text = match value {
        Const::None => "None".to_string(),
        Const::True => "True".to_string(),
        Const::False => "False".to_string(),
        Const::Ellipsis => "...".to_string(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Str(text) => format!("{text:?}"),
        Const::Tuple(items) => {
            format!("({})", items.iter().take(4).map(brief).collect::<Vec<_>>().join(", "))
        }
        Const::Code(code) => format!("<code {}>", code.qualname),
        _ => "<constant>".to_string(),
    };
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

enum Piece<'a> {
    Literal(&'a str),
    Place(&'a str),
}

/// The pieces of a row's text.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.0.is_empty() {
            return None;
        }
        if let Some((place, rest)) = self.0.strip_prefix('{').and_then(|text| text.split_once('}')) {
            self.0 = rest;
            return Some(Piece::Place(place));
        }
        let end = self.0.find('{').unwrap_or(self.0.len());
        let (literal, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(Piece::Literal(literal))
    }
}

/// What is wrong with a text, and in which line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Parses what [`print`] prints.
pub fn parse(text: &str) -> Result<RegisterCode, ParseError> {
    let mut parser = Parser::default();
    for (line, number) in text.lines().zip(1..) {
        let line = line.split(" ;").next().unwrap_or("").trim();
        parser.line(line).map_err(|message| ParseError { line: number, message })?;
    }
    parser.finish().map_err(|message| ParseError { line: text.lines().count(), message })
}

#[derive(Default)]
struct Parser {
    code: RegisterCode,
    has_header: bool,
    labels: HashMap<String, usize>,
    /// Words whose payload is the pc of a label.
    jumps: Vec<(usize, String)>,
    handlers: Vec<([String; 3], u32, bool)>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        if !self.has_header {
            self.has_header = true;
            return self.header(line);
        }
        if let Some(rest) = line.strip_prefix("handler ") {
            return self.handler(rest);
        }
        let mut rest = line;
        if let Some((label, after)) = rest.split_once(':').filter(|(label, _)| is_label(label)) {
            if self.labels.insert(label.to_string(), self.code.words.len()).is_some() {
                return Err(format!("label {label} is placed twice"));
            }
            rest = after.trim_start();
        }
        if let Some(after) = rest.strip_prefix('@') {
            let (unit, after) = after.split_once(' ').ok_or("no instruction after the code unit")?;
            let pc = self.code.words.len() as u32;
            self.code.positions.push(Position { pc, unit: number(unit)? });
            rest = after.trim_start();
        }
        if rest.is_empty() { Ok(()) } else { self.instruction(rest) }
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split_whitespace();
        for key in ["locals", "stack", "constants", "names"] {
            if words.next() != Some(key) {
                return Err(format!("expected `{key}`"));
            }
            let value = number(words.next().unwrap_or(""))?;
            match key {
                "locals" => self.code.nlocalsplus = value,
                "stack" => self.code.stacksize = value,
                "constants" => self.code.nconsts = value,
                _ => self.code.nnames = value,
            }
        }
        for word in words.filter(|&word| word != "ints") {
            match word {
                "precise" => self.code.precise = true,
                int => self.code.small_ints.push(number(int)?),
            }
        }
        Ok(())
    }

    fn handler(&mut self, rest: &str) -> Result<(), String> {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let (&[start, end, "->", target, "depth", depth], lasti) = (match words.as_slice() {
            [fields @ .., "lasti"] => (fields, true),
            fields => (fields, false),
        }) else {
            return Err("expected `handler L1 L2 -> L3 depth N`".to_string());
        };
        self.handlers.push(([start, end, target].map(str::to_string), number(depth)?, lasti));
        Ok(())
    }

    fn instruction(&mut self, line: &str) -> Result<(), String> {
        let (name, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        rest = rest.trim_start();
        let operation = Operation::from_name(name).ok_or_else(|| format!("no instruction `{name}`"))?;
        let mut parts = Parts { operation, flags: 0, fields: [0; 3], payload: 0, label: None };
        let mut pieces = Pieces(operation.row().text).peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(literal) => {
                    // A template may end with a literal that a trimmed line lacks.
                    rest = rest.strip_prefix(literal).ok_or_else(|| format!("expected `{literal}`"))?;
                }
                Piece::Place(place) => {
                    let end = match pieces.peek() {
                        Some(Piece::Literal(literal)) => {
                            rest.find(literal).ok_or_else(|| format!("expected `{literal}`"))?
                        }
                        _ => rest.len(),
                    };
                    parts.place(place, &rest[..end])?;
                    rest = &rest[end..];
                }
            }
        }
        if !rest.is_empty() {
            return Err(format!("unexpected `{rest}`"));
        }
        self.append(parts);
        Ok(())
    }

    fn append(&mut self, parts: Parts) {
        let Parts { operation, mut flags, fields, payload, label } = parts;
        if operation.row().roles[0] == Role::Def && fields[0] < self.code.nlocalsplus {
            flags |= flags::A_LOCAL;
        }
        encode(&mut self.code.words, operation, flags, fields, payload);
        if let Some(label) = label {
            let word = self.code.words.len() - operation.row().words.len();
            self.jumps.push((word, label));
        }
    }

    fn finish(mut self) -> Result<RegisterCode, String> {
        let pc_of = |label: &String| {
            let pc = self.labels.get(label).ok_or_else(|| format!("label {label} is nowhere"))?;
            u32::try_from(*pc).map_err(|_| "too long".to_string())
        };
        for (word, label) in &self.jumps {
            self.code.words[*word] = u64::from(pc_of(label)?);
        }
        for ([start, end, target], depth, lasti) in &self.handlers {
            let (start, end, target) = (pc_of(start)?, pc_of(end)?, pc_of(target)?);
            self.code.handlers.push(Handler { start, end, target, depth: *depth, lasti: *lasti });
        }
        Ok(self.code)
    }
}

fn is_label(text: &str) -> bool {
    text.strip_prefix('L').is_some_and(|digits| digits.parse::<u32>().is_ok())
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` isn't a number"))
}

/// An instruction while its text is parsed.
struct Parts {
    operation: Operation,
    flags: u8,
    fields: [u32; 3],
    payload: u32,
    label: Option<String>,
}

impl Parts {
    fn place(&mut self, place: &str, text: &str) -> Result<(), String> {
        let prefixed = |prefix: char| {
            let digits =
                text.strip_prefix(prefix).ok_or_else(|| format!("expected `{prefix}` in `{text}`"))?;
            number(digits)
        };
        match place {
            "a" => return self.field(Field::A, text),
            "b" => return self.field(Field::B, text),
            "c" => return self.field(Field::C, text),
            "name" => self.payload = prefixed('n')?,
            "const" => {
                let index = prefixed('k')?;
                if self.operation.row().roles[1] == Role::Half {
                    self.fields[1] = index & 0xFFFF;
                    self.fields[2] = index >> 16;
                } else {
                    self.payload = index;
                }
            }
            "target" => self.label = Some(text.to_string()),
            "op" => {
                let operator = BinaryOperator::ALL.iter().find(|operator| operator.symbol() == text);
                self.payload = *operator.ok_or_else(|| format!("no operator `{text}`"))? as u32;
            }
            "if" => match text {
                "if" => {}
                "unless" => self.fields[0] |= u32::from(TEST_UNLESS),
                _ => return Err(format!("expected `if` or `unless`, not `{text}`")),
            },
            "cmp" => self.comparison(text)?,
            _ => self.payload = number(text)?,
        }
        Ok(())
    }

    fn comparison(&mut self, text: &str) -> Result<(), String> {
        let symbol = text.strip_suffix('?').unwrap_or(text);
        let found = Comparison::ALL.into_iter().find(|comparison| comparison.symbol() == symbol);
        let comparison = found.ok_or_else(|| format!("no comparison `{text}`"))? as u32;
        if self.operation.row().roles[0] == Role::Test {
            self.fields[0] |= comparison;
        } else {
            self.payload = comparison | if symbol == text { 0 } else { COMPARE_TO_BOOL };
        }
        Ok(())
    }

    fn field(&mut self, field: Field, text: &str) -> Result<(), String> {
        let role = self.operation.row().roles[field as usize];
        let index = field as usize;
        if matches!(role, Role::Count | Role::Immediate | Role::Half | Role::Test | Role::Unused) {
            self.fields[index] = number(text)?;
            return Ok(());
        }
        if let Some(constant) = text.strip_prefix('k').filter(|_| role == Role::Use) {
            self.flags |= field.constant();
            self.fields[index] = number(constant)?;
            return Ok(());
        }
        let register = text.strip_prefix('r').ok_or_else(|| format!("expected a register, not `{text}`"))?;
        let (digits, flag) = match (register.strip_suffix('!'), register.strip_suffix('~')) {
            (Some(digits), _) if role == Role::Use => (digits, field.dies()),
            (_, Some(digits)) if role == Role::Def => (digits, flags::DISCARD),
            _ => (register, 0),
        };
        self.flags |= flag;
        self.fields[index] = number(digits)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_mention_every_field_and_payload() {
        for operation in Operation::ALL.iter().filter(|&&operation| operation != Operation::Wide) {
            let row = operation.row();
            for (role, place) in row.roles.into_iter().zip(["{a}", "{b}", "{c}"]) {
                let expected = !matches!(role, Role::Unused | Role::Half | Role::Test);
                assert_eq!(row.text.contains(place), expected, "{} {place}", row.name);
            }
            let payloads = ["{name}", "{target}", "{const}", "{number}", "{op}", "{cmp}"];
            let mentioned = payloads.iter().filter(|place| row.text.contains(**place)).count();
            use super::super::table::WordKind;
            let kind = row.words.first().copied().unwrap_or(WordKind::Cache);
            let has_payload = !matches!(kind, WordKind::Cache | WordKind::Counter);
            let is_split = matches!(row.roles, [Role::Test, ..] | [_, Role::Half, _]);
            assert_eq!(mentioned, usize::from(has_payload) + usize::from(is_split), "{}", row.name);
        }
    }
}
