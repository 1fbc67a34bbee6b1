//! The text form of a trace: printing and parsing.
//!
//! ```text
//! %0: value = LoadSlot 1
//! GuardInt %0 !0
//! %2: int = UnboxInt %0
//! %3: int = AddInt %2 1
//! Exit !1
//! window code=#None base=4 size=6 locals=2 return=3 call=17
//! snapshot pc 8 real 0 windows 1(+%4) slots 1=%3 2=+%5 drops %6
//! snapshot pc 9 slots 1=+%7 virtuals %7=tuple[0=+%1,1=%2]
//! snapshot memory
//! ```
//!
//! One line an instruction: its name and type if it has a result, the operation, the immediate, the operands, the snapshot. Printed
//! names are instruction numbers; a parsed text may use any. Constants: `5` and `2.5` are raw, `true` and `false` too; `#5`,
//! `#2.5`, `#None`, `#NULL` are value words; `@0x10` is an address. A heap object as a constant prints but doesn't parse.

use super::table::{Op, Role, Type};
use super::trace::{
    Constant, Entry, Held, Instruction, Reference, Snapshot, SnapshotId, Trace, Virtual, VirtualKind, Window,
};
use runtime::trace_interface::{Field, Helper};
use runtime::value::{Ref, SMALL_INT_MAX, SMALL_INT_MIN, Value};
use std::collections::HashMap;
use std::fmt::{self, Write};

const SINGLETONS: [(&str, Value); 6] = [
    ("NULL", Value::NULL),
    ("None", Value::NONE),
    ("False", Value::FALSE),
    ("True", Value::TRUE),
    ("Ellipsis", Value::ELLIPSIS),
    ("NotImplemented", Value::NOT_IMPLEMENTED),
];

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, instruction) in self.instructions.iter().enumerate() {
            writeln!(f, "{}", self.line(index, instruction))?;
        }
        for window in &self.windows {
            let Window { code, base, size, locals, return_register, call_pc } = *window;
            let code = self.name(code);
            writeln!(
                f,
                "window code={code} base={base} size={size} locals={locals} return={return_register} call={call_pc}"
            )?;
        }
        for snapshot in &self.snapshots {
            writeln!(f, "{}", self.snapshot_line(snapshot))?;
        }
        Ok(())
    }
}

impl Trace {
    /// An operand as text.
    pub fn name(&self, reference: Reference) -> String {
        match self.as_constant(reference) {
            Some(constant) => constant_text(constant),
            None if reference.is_none() => "_".to_string(),
            None => format!("%{}", reference.0),
        }
    }

    /// An instruction as text.
    pub fn line(&self, index: usize, instruction: &Instruction) -> String {
        let row = instruction.op.row();
        let mut text = String::new();
        if instruction.ty != Type::None {
            text += &format!("%{index}: {} = ", instruction.ty.name());
        }
        text += row.name;
        let number = instruction.immediate;
        let _ = match row.immediate {
            Role::Unused => Ok(()),
            Role::Field => match Field::ALL.get(number as usize) {
                Some(field) => write!(text, " {}", field.name()),
                None => write!(text, " ?{number}"),
            },
            Role::Helper => match Helper::ALL.get(number as usize) {
                Some(helper) => write!(text, " {}", helper.row().name),
                None => write!(text, " ?{number}"),
            },
            _ => write!(text, " {number}"),
        };
        if instruction.op.has_list() {
            for argument in self.arguments_of(instruction) {
                text += &format!(" {}", self.name(*argument));
            }
        }
        for operand in instruction.operands() {
            text += &format!(" {}", self.name(operand));
        }
        if !instruction.snapshot.is_none() {
            text += &format!(" !{}", instruction.snapshot.0);
        }
        text
    }

    fn snapshot_line(&self, snapshot: &Snapshot) -> String {
        if snapshot.in_memory {
            return "snapshot memory".to_string();
        }
        let owned = |yes: bool| if yes { "+" } else { "" };
        let mut text = format!("snapshot pc {}", snapshot.pc);
        if !snapshot.real.is_empty() {
            text += " real";
            snapshot.real.iter().for_each(|window| text += &format!(" {window}"));
        }
        if !snapshot.windows.is_empty() {
            text += " windows";
            for (window, function, own) in &snapshot.windows {
                text += &format!(" {window}({}{})", owned(*own), self.name(*function));
            }
        }
        if !snapshot.held.is_empty() {
            text += " held";
            for held in &snapshot.held {
                text += &format!(" {}={}={}", held.window, held.base, self.name(held.generator));
                if let Some((address, suspension)) = held.suspended {
                    text += &format!("={}={suspension}", self.name(address));
                }
            }
        }
        if !snapshot.lent.is_empty() {
            text += " lent";
            for (slot, generator) in &snapshot.lent {
                text += &format!(" {slot}={}", self.name(*generator));
            }
        }
        if !snapshot.entries.is_empty() {
            text += " slots";
            for entry in &snapshot.entries {
                text += &format!(" {}={}{}", entry.slot, owned(entry.owned), self.name(entry.value));
            }
        }
        if !snapshot.virtuals.is_empty() {
            text += " virtuals";
            for object in &snapshot.virtuals {
                text += &format!(" {}={}[", self.name(object.value), self.kind_text(object.kind));
                for (number, (place, value, own)) in object.fields.iter().enumerate() {
                    let comma = if number == 0 { "" } else { "," };
                    text += &format!("{comma}{place}={}{}", owned(*own), self.name(*value));
                }
                text += "]";
            }
        }
        if !snapshot.drops.is_empty() {
            text += " drops";
            for drop in &snapshot.drops {
                text += &format!(" {}", self.name(*drop));
            }
        }
        text
    }

    fn kind_text(&self, kind: VirtualKind) -> String {
        match kind {
            VirtualKind::Instance { class, shape } => {
                format!("instance({},{})", self.name(class), self.name(shape))
            }
            VirtualKind::Traceback { plan } => format!("traceback{plan}"),
            VirtualKind::Tuple => "tuple".to_string(),
            VirtualKind::List => "list".to_string(),
            VirtualKind::Slice => "slice".to_string(),
            VirtualKind::RangeIterator => "range-iterator".to_string(),
        }
    }
}

fn constant_text(constant: &Constant) -> String {
    match constant {
        Constant::Int(i) => i.to_string(),
        Constant::Float(bits) => float_text(*bits),
        Constant::Bool(b) => b.to_string(),
        Constant::Pointer(p) => format!("@{p:#x}"),
        Constant::Value(v) => match SINGLETONS.iter().find(|s| s.1.is(v.value())) {
            Some((name, _)) => format!("#{name}"),
            None => format!("#{v:?}"),
        },
    }
}

fn float_text(bits: u64) -> String {
    let f = f64::from_bits(bits);
    if f.is_nan() { format!("nan:{bits:#x}") } else { format!("{f:?}") }
}

/// Reads the text form; `Err` names the line.
pub fn parse(text: &str) -> Result<Trace, String> {
    let lines = || {
        let without_comment = |l: &'_ str| l.split(';').next().unwrap_or("").trim().to_string();
        text.lines().map(without_comment).enumerate().filter(|(_, l)| !l.is_empty())
    };
    let mut parser = Parser::default();
    let mut number = 0;
    for (_, line) in lines() {
        if line.starts_with("window ") || line.starts_with("snapshot ") {
            continue;
        }
        if let Some((name, _)) = line.strip_prefix('%').and_then(|l| l.split_once(':')) {
            parser.names.insert(name.trim().to_string(), number);
        }
        number += 1;
    }
    for (index, line) in lines() {
        parser.line(&line).map_err(|e| format!("line {}: {e}: {line}", index + 1))?;
    }
    Ok(parser.trace)
}

#[derive(Default)]
struct Parser {
    trace: Trace,
    names: HashMap<String, usize>,
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("'{text}' is no number"))
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix("window ") {
            return self.window(rest);
        }
        if let Some(rest) = line.strip_prefix("snapshot ") {
            return self.snapshot(rest);
        }
        self.instruction(line)
    }

    fn instruction(&mut self, line: &str) -> Result<(), String> {
        let (ty, rest) = match line.strip_prefix('%') {
            None => (Type::None, line),
            Some(named) => {
                let (_, rest) = named.split_once(':').ok_or("a result without a type")?;
                let (ty, rest) = rest.split_once('=').ok_or("'=' is missing")?;
                let ty = Type::ALL.iter().find(|t| t.name() == ty.trim()).ok_or("no such type")?;
                (*ty, rest)
            }
        };
        let mut words = rest.split_whitespace();
        let op = words.next().and_then(Op::from_name).ok_or("no such operation")?;
        let mut instruction = Instruction { ty, ..Instruction::new(op) };
        let role = op.row().immediate;
        if role != Role::Unused {
            let word = words.next().ok_or("the immediate is missing")?;
            instruction.immediate = match role {
                Role::Field => Field::from_name(word).ok_or("no such field")? as u32,
                Role::Helper => Helper::from_name(word).ok_or("no such helper")? as u32,
                _ => number(word)?,
            };
        }
        let mut operands = Vec::new();
        for word in words {
            match word.strip_prefix('!') {
                Some(snapshot) => instruction.snapshot = SnapshotId(number(snapshot)?),
                None => operands.push(self.reference(word)?),
            }
        }
        if op.has_list() {
            instruction.a = Reference(self.trace.arguments.len() as i32);
            instruction.b = Reference(operands.len() as i32);
            self.trace.arguments.extend(operands);
        } else {
            let mut operands = operands.into_iter();
            let mut next = || operands.next().unwrap_or(Reference::NONE);
            (instruction.a, instruction.b, instruction.c) = (next(), next(), next());
            if operands.next().is_some() {
                return Err("too many operands".to_string());
            }
        }
        self.trace.push(instruction);
        Ok(())
    }

    fn window(&mut self, text: &str) -> Result<(), String> {
        let mut fields = HashMap::new();
        for word in text.split_whitespace() {
            let (key, value) = word.split_once('=').ok_or("'=' is missing")?;
            fields.insert(key, value);
        }
        let field = |name: &str| fields.get(name).copied().ok_or(format!("'{name}' is missing"));
        let window = Window {
            code: self.reference(field("code")?)?,
            base: number(field("base")?)?,
            size: number(field("size")?)?,
            locals: number(field("locals")?)?,
            return_register: number(field("return")?)?,
            call_pc: number(field("call")?)?,
        };
        self.trace.windows.push(window);
        Ok(())
    }

    fn snapshot(&mut self, text: &str) -> Result<(), String> {
        let mut snapshot = Snapshot::default();
        let mut section = "";
        for word in text.split_whitespace() {
            if matches!(word, "pc" | "real" | "windows" | "held" | "lent" | "slots" | "virtuals" | "drops") {
                section = word;
                continue;
            }
            match section {
                "" if word == "memory" => snapshot.in_memory = true,
                "pc" => snapshot.pc = number(word)?,
                "real" => snapshot.real.push(number(word)?),
                "windows" => {
                    let (window, function) =
                        word.trim_end_matches(')').split_once('(').ok_or("'(' is missing")?;
                    let (function, owned) = self.owned_reference(function)?;
                    snapshot.windows.push((number(window)?, function, owned));
                }
                "held" => snapshot.held.push(self.held(word)?),
                "lent" => {
                    let (slot, generator) = word.split_once('=').ok_or("'=' is missing")?;
                    snapshot.lent.push((number(slot)?, self.reference(generator)?));
                }
                "slots" => {
                    let (slot, value) = word.split_once('=').ok_or("'=' is missing")?;
                    let (value, owned) = self.owned_reference(value)?;
                    snapshot.entries.push(Entry { slot: number(slot)?, value, owned });
                }
                "virtuals" => snapshot.virtuals.push(self.virtual_object(word)?),
                "drops" => snapshot.drops.push(self.reference(word)?),
                _ => return Err(format!("'{word}' is not understood")),
            }
        }
        self.trace.snapshots.push(snapshot);
        Ok(())
    }

    fn virtual_object(&mut self, word: &str) -> Result<Virtual, String> {
        let (value, description) = word.split_once('=').ok_or("'=' is missing")?;
        let (kind, list) = description.trim_end_matches(']').split_once('[').ok_or("'[' is missing")?;
        let kind = match kind {
            "tuple" => VirtualKind::Tuple,
            "list" => VirtualKind::List,
            "slice" => VirtualKind::Slice,
            "range-iterator" => VirtualKind::RangeIterator,
            _ => {
                let inner = kind.strip_prefix("instance(").and_then(|k| k.strip_suffix(')'));
                let (class, shape) = inner.and_then(|k| k.split_once(',')).ok_or("no such kind")?;
                VirtualKind::Instance { class: self.reference(class)?, shape: self.reference(shape)? }
            }
        };
        let mut fields = Vec::new();
        for field in list.split(',').filter(|f| !f.is_empty()) {
            let (place, value) = field.split_once('=').ok_or("'=' is missing")?;
            let (value, owned) = self.owned_reference(value)?;
            fields.push((number(place)?, value, owned));
        }
        Ok(Virtual { value: self.reference(value)?, kind, fields })
    }

    fn held(&mut self, word: &str) -> Result<Held, String> {
        let parts: Vec<&str> = word.split('=').collect();
        let (window, base, generator, rest) = match parts[..] {
            [window, base, generator] => (window, base, generator, None),
            [window, base, generator, address, suspension] => {
                (window, base, generator, Some((address, suspension)))
            }
            _ => return Err(format!("'{word}' is no held generator")),
        };
        let suspended = match rest {
            Some((address, suspension)) => {
                let suspension = suspension.parse().map_err(|_| format!("'{suspension}' is no number"))?;
                Some((self.reference(address)?, suspension))
            }
            None => None,
        };
        let generator = self.reference(generator)?;
        Ok(Held { base: number(base)?, generator, suspended, window: number(window)? })
    }

    fn owned_reference(&mut self, word: &str) -> Result<(Reference, bool), String> {
        let bare = word.strip_prefix('+');
        Ok((self.reference(bare.unwrap_or(word))?, bare.is_some()))
    }

    fn reference(&mut self, word: &str) -> Result<Reference, String> {
        if word == "_" {
            return Ok(Reference::NONE);
        }
        if let Some(name) = word.strip_prefix('%') {
            let index = self.names.get(name).ok_or_else(|| format!("'%{name}' has no definition"))?;
            return Ok(Reference::instruction(*index));
        }
        let constant = parse_constant(word).ok_or_else(|| format!("'{word}' is no constant"))?;
        Ok(self.trace.constant(constant))
    }
}

fn parse_constant(word: &str) -> Option<Constant> {
    if let Some(word) = word.strip_prefix('#') {
        return parse_value(word).map(|v| Constant::Value(Ref::immediate(v)));
    }
    if let Some(address) = word.strip_prefix("@0x") {
        return usize::from_str_radix(address, 16).ok().map(Constant::Pointer);
    }
    if let Some(bits) = word.strip_prefix("nan:0x") {
        return u64::from_str_radix(bits, 16).ok().map(Constant::Float);
    }
    match word {
        "true" => Some(Constant::Bool(true)),
        "false" => Some(Constant::Bool(false)),
        _ => match word.parse() {
            Ok(i) => Some(Constant::Int(i)),
            Err(_) => word.parse().ok().map(|f: f64| Constant::Float(f.to_bits())),
        },
    }
}

fn parse_value(word: &str) -> Option<Value> {
    if let Some((_, value)) = SINGLETONS.iter().find(|s| s.0 == word) {
        return Some(*value);
    }
    if let Ok(i) = word.parse::<i64>() {
        return (SMALL_INT_MIN..=SMALL_INT_MAX).contains(&i).then(|| Value::small_int(i));
    }
    word.parse().ok().and_then(Value::try_inline_float)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
%0: value = LoadSlot 1
GuardInt %0 !0
%2: int = UnboxInt %0
%3: float = Import 2
Loop
%5: int = Phi %2 %7
%6: float = Phi %3 %8
%7: int = AddInt %5 -1
%8: float = MulFloat %6 -2.5
%9: value = Call FloatPower %8 inf !1
%10: pointer = Address %9
StoreField FloatValue %10 %8
GuardIs %9 #None !2
%13: bool = LtInt %7 4611686018427387904
GuardTrue %13 !1
SavePc 3 @0x1000
Repeat
%17: value = Virtual
%18: value = Virtual
window code=#None base=4 size=6 locals=2 return=3 call=17
snapshot pc 8
snapshot pc 9 windows 0(+%0) held 0=536870912=%0=@0x10=513 0=536936448=%9 lent 5=%0 slots 1=%5 2=+%9 3=#2.5 4=nan:0x7ff8000000000001 drops %9 %9
snapshot pc 9 slots 1=+%17 virtuals %18=tuple[0=%5,1=+%9] %17=instance(#None,@0x20)[24=+%18]
snapshot memory
";

    #[test]
    fn what_is_printed_parses_to_the_same() {
        let trace = parse(SAMPLE).unwrap();
        assert_eq!(trace.to_string(), SAMPLE);
        assert_eq!(parse(&trace.to_string()).unwrap().to_string(), SAMPLE);
    }

    #[test]
    fn names_may_be_words() {
        let trace = parse("%x: int = Import 0 ; a word\n\n%y: int = AddInt %x %x\n").unwrap();
        assert_eq!(trace.to_string(), "%0: int = Import 0\n%1: int = AddInt %0 %0\n");
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(
            parse("Loop\nExit %nowhere").unwrap_err(),
            "line 2: '%nowhere' has no definition: Exit %nowhere"
        );
        assert!(parse("%1 = LoadSlot 1").is_err());
        assert!(parse("LoadFoo 1").is_err());
        assert!(parse("snapshot foo").is_err());
    }
}
