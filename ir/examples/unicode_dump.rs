//! Prints every answer of `ir::unicode` for every code point, for `ir/unicode/check.py` to compare with the reference.

use ir::unicode::{self as u, Form};
use std::io::{BufWriter, Write};

const FORMS: [Form; 4] = [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd];

fn hex(points: &[u32]) -> String {
    points.iter().map(|point| format!("{point:X}")).collect::<Vec<_>>().join(" ")
}

fn facts(point: u32) -> Vec<String> {
    let predicates = [
        u::is_alpha,
        u::is_decimal,
        u::is_digit,
        u::is_numeric,
        u::is_alnum,
        u::is_space,
        u::is_printable,
        u::is_lower,
        u::is_upper,
        u::is_title,
        u::is_cased,
        u::is_case_ignorable,
        u::is_xid_start,
        u::is_xid_continue,
        u::is_mirrored,
        u::is_line_break,
    ];
    let or_dash = |value: Option<String>| value.unwrap_or("-".into());
    let name = u::name_of(point);
    if let Some(name) = &name {
        assert_eq!(u::lookup_character(name), Some(point), "{name}");
        assert_eq!(u::lookup_character(&name.to_lowercase()), Some(point), "{name}");
    }
    let decomposition = u::decomposition(point).map(|(tag, points)| {
        let points: Vec<String> = points.map(|point| format!("{point:04X}")).collect();
        format!("{tag} {}", points.join(" ")).trim().to_string()
    });
    let mut fields = vec![
        predicates.iter().map(|test| if test(point) { '1' } else { '0' }).collect(),
        u::category(point).to_string(),
        u::bidirectional(point).to_string(),
        u::combining(point).to_string(),
        u::east_asian_width(point).to_string(),
        or_dash(u::decimal(point).map(|value| value.to_string())),
        or_dash(u::digit(point).map(|value| value.to_string())),
        or_dash(u::numeric(point).map(|value| format!("{:016x}", value.to_bits()))),
        decomposition.unwrap_or_default(),
        hex(&u::to_lower(point)),
        hex(&u::to_upper(point)),
        hex(&u::to_title(point)),
        hex(&u::casefold(point)),
        or_dash(name),
    ];
    fields.extend(FORMS.map(|form| hex(&u::normalize(form, [point]))));
    fields
}

/// The steps of the generator that both programs draw the same random texts with.
fn draw(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as usize
}

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut pool = Vec::new();
    for point in 0..0x110000 {
        writeln!(out, "{}", facts(point).join(";"))?;
        let composes = u::combining(point) != 0 || u::decomposition(point).is_some();
        if composes || (0x1100..0x1200).contains(&point) || point % 4096 == 65 {
            pool.push(point);
        }
    }
    let mut state = 1;
    for _ in 0..200_000 {
        let length = 2 + draw(&mut state) % 6;
        let text: Vec<u32> = (0..length).map(|_| pool[draw(&mut state) % pool.len()]).collect();
        // Decomposed first, so that marks meet the starters they compose with.
        let text = u::normalize(Form::Nfd, text);
        writeln!(out, "{}", FORMS.map(|form| hex(&u::normalize(form, text.iter().copied()))).join(";"))?;
    }
    for name in std::env::args().skip(1) {
        let found = match u::lookup_name(&name) {
            Some(u::Named::Character(point)) => hex(&[point]),
            Some(u::Named::Sequence(points)) => hex(points),
            None => "-".into(),
        };
        writeln!(out, "{name}={found}")?;
    }
    Ok(())
}
