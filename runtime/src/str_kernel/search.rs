//! Searching for a run of units: first and last occurrence, counting, replacing.
//!
//! Bytes go to `memchr::memmem`. Wider units use the two-way algorithm of Crochemore and Perrin, linear in the worst
//! case; where nothing is remembered of the last attempt it skips ahead to the next unit that equals the critical one.

use super::units::{CodeUnit, SizeError, Text, reserve, units_as};
use crate::objects::str::Data;
use crate::with_units;
use memchr::memmem;
use smallvec::SmallVec;

/// The unit at this place from the start, or from the end.
#[inline(always)]
fn at<U: Copy, const BACKWARD: bool>(units: &[U], place: usize) -> U {
    if BACKWARD { units[units.len() - 1 - place] } else { units[place] }
}

/// A needle made ready, read forward or backward.
struct TwoWay<const BACKWARD: bool> {
    critical: usize,
    period: usize,
    /// Whether `period` is the period of the whole needle, so that a prefix known to match can be remembered.
    periodic: bool,
}

impl<const BACKWARD: bool> TwoWay<BACKWARD> {
    fn new<U: CodeUnit>(needle: &[U]) -> Self {
        let (rising, rising_period) = Self::maximal_suffix(needle, false);
        let (falling, falling_period) = Self::maximal_suffix(needle, true);
        let (critical, period) =
            if rising > falling { (rising, rising_period) } else { (falling, falling_period) };
        let get = |place| at::<U, BACKWARD>(needle, place);
        let periodic = critical + period <= needle.len() && (0..critical).all(|i| get(i) == get(i + period));
        let period = if periodic { period } else { critical.max(needle.len() - critical) + 1 };
        TwoWay { critical, period, periodic }
    }

    /// Start and period of the suffix that is largest in the order of units (or in the opposite order).
    fn maximal_suffix<U: CodeUnit>(needle: &[U], opposite: bool) -> (usize, usize) {
        let get = |place| at::<U, BACKWARD>(needle, place);
        let (mut start, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
        while candidate + offset < needle.len() {
            let (challenger, champion) = (get(candidate + offset), get(start + offset));
            if challenger == champion {
                if offset + 1 == period {
                    candidate += period;
                    offset = 0;
                } else {
                    offset += 1;
                }
            } else if (challenger < champion) != opposite {
                candidate += offset + 1;
                offset = 0;
                period = candidate - start;
            } else {
                start = candidate;
                candidate += 1;
                offset = 0;
                period = 1;
            }
        }
        (start, period)
    }

    fn find<U: CodeUnit>(&self, units: &[U], needle: &[U]) -> Option<usize> {
        let length = needle.len();
        let get = |place| at::<U, BACKWARD>(needle, place);
        let (mut place, mut known) = (0, 0);
        while place + length <= units.len() {
            if known == 0 && !BACKWARD {
                let last = units.len() - (length - self.critical);
                place += get(self.critical).position(&units[place + self.critical..=last])?;
            }
            let mut right = self.critical.max(known);
            while right < length && get(right) == at::<U, BACKWARD>(units, place + right) {
                right += 1;
            }
            if right < length {
                place += right - self.critical + 1;
                known = 0;
                continue;
            }
            let mut left = self.critical;
            while left > known && get(left - 1) == at::<U, BACKWARD>(units, place + left - 1) {
                left -= 1;
            }
            if left <= known {
                return Some(place);
            }
            place += self.period;
            known = if self.periodic { length - self.period } else { 0 };
        }
        None
    }
}

// A finder lives on the stack for one call, so its size doesn't matter.
#[allow(clippy::large_enum_variant)]
enum Method<'n> {
    Empty,
    Unit,
    Bytes(memmem::Finder<'n>),
    /// Bytes in texts that are short.
    Short,
    TwoWay(TwoWay<false>),
}

/// A needle made ready for many searches.
pub struct Finder<'n, U> {
    needle: &'n [U],
    method: Method<'n>,
}

impl<'n, U: CodeUnit> Finder<'n, U> {
    pub fn new(needle: &'n [U]) -> Finder<'n, U> {
        let method = match (needle.len(), U::as_bytes(needle)) {
            (0, _) => Method::Empty,
            (1, _) => Method::Unit,
            (_, Some(bytes)) => Method::Bytes(memmem::Finder::new(bytes)),
            _ => Method::TwoWay(TwoWay::new(needle)),
        };
        Finder { needle, method }
    }

    /// The first occurrence at or after a position (which is at most the length).
    pub fn find_from(&self, units: &[U], from: usize) -> Option<usize> {
        let rest = &units[from..];
        let found = match &self.method {
            Method::Empty => Some(0),
            Method::Unit => self.needle[0].position(rest),
            Method::Bytes(finder) => finder.find(U::as_bytes(rest)?),
            Method::Short => match self.needle.len() > rest.len() {
                true => None,
                false => find_short(U::as_bytes(rest)?, U::as_bytes(self.needle)?),
            },
            Method::TwoWay(finder) => finder.find(rest, self.needle),
        };
        found.map(|place| from + place)
    }

    /// A finder for one text: a short one is searched without making the needle ready.
    pub fn for_text(needle: &'n [U], text: &[U]) -> Finder<'n, U> {
        match U::as_bytes(needle) {
            Some(bytes) if bytes.len() > 1 && text.len() <= SHORT => Finder { needle, method: Method::Short },
            _ => Finder::new(needle),
        }
    }

    /// The occurrences that don't overlap, from the left. The needle isn't empty.
    pub fn occurrences(&self, units: &[U]) -> impl Iterator<Item = usize> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let place = self.find_from(units, from)?;
            from = place + self.needle.len().max(1);
            Some(place)
        })
    }
}

/// Texts up to this length are searched without making the needle ready.
const SHORT: usize = 96;

/// Where a needle of more than one byte first occurs in a short text that is no shorter.
fn find_short(text: &[u8], needle: &[u8]) -> Option<usize> {
    let last = text.len() - needle.len();
    (0..=last).find(|&at| text[at] == needle[0] && text[at..at + needle.len()] == *needle)
}

/// Where the needle first occurs.
pub fn find<U: CodeUnit>(units: &[U], needle: &[U]) -> Option<usize> {
    if needle.len() > units.len() {
        return None;
    }
    match (needle, U::as_bytes(units), U::as_bytes(needle)) {
        ([unit], ..) => unit.position(units),
        ([_, ..], Some(bytes), Some(needle)) if bytes.len() <= SHORT => find_short(bytes, needle),
        (_, Some(bytes), Some(needle)) => memmem::find(bytes, needle),
        _ => Finder::new(needle).find_from(units, 0),
    }
}

/// Where the needle last occurs.
pub fn rfind<U: CodeUnit>(units: &[U], needle: &[U]) -> Option<usize> {
    if needle.len() > units.len() {
        return None;
    }
    match (needle, U::as_bytes(units), U::as_bytes(needle)) {
        ([], ..) => Some(units.len()),
        ([unit], ..) => unit.last_position(units),
        (_, Some(bytes), Some(needle)) => memmem::rfind(bytes, needle),
        _ => {
            let from_end = TwoWay::<true>::new(needle).find(units, needle)?;
            Some(units.len() - from_end - needle.len())
        }
    }
}

/// How often the needle occurs without overlaps; an empty one occurs between all units and at both ends.
pub fn count<U: CodeUnit>(units: &[U], needle: &[U]) -> usize {
    match (needle, U::as_bytes(units), U::as_bytes(needle)) {
        ([], ..) => units.len() + 1,
        ([_], Some(bytes), Some(needle)) => memchr::memchr_iter(needle[0], bytes).count(),
        ([unit], ..) => units.iter().filter(|&other| other == unit).count(),
        _ if needle.len() > units.len() => 0,
        _ => Finder::for_text(needle, units).occurrences(units).count(),
    }
}

/// The units with at most `limit` occurrences of `old` replaced; `None` if there is none to replace.
pub fn replace_units<U: CodeUnit>(
    units: &[U],
    old: &[U],
    new: &[U],
    limit: usize,
) -> Result<Option<Vec<U>>, SizeError> {
    if limit == 0 || old.len() > units.len() {
        return Ok(None);
    }
    if old.is_empty() {
        return interleave(units, new, limit.min(units.len() + 1)).map(Some);
    }
    if let ([from], [to]) = (old, new) {
        return replace_unit(units, *from, *to, limit);
    }
    let places: SmallVec<[usize; 24]> = Finder::for_text(old, units).occurrences(units).take(limit).collect();
    let count = places.len();
    if count == 0 {
        return Ok(None);
    }
    let length =
        count.checked_mul(new.len()).and_then(|added| added.checked_add(units.len() - count * old.len()));
    let mut out = reserve(length)?;
    let mut copied = 0;
    for place in places {
        out.extend_from_slice(&units[copied..place]);
        out.extend_from_slice(new);
        copied = place + old.len();
    }
    out.extend_from_slice(&units[copied..]);
    Ok(Some(out))
}

/// The same for one unit in the place of another.
fn replace_unit<U: CodeUnit>(units: &[U], from: U, to: U, limit: usize) -> Result<Option<Vec<U>>, SizeError> {
    let Some(first) = from.position(units) else { return Ok(None) };
    let mut out = reserve(Some(units.len()))?;
    out.extend_from_slice(units);
    let found = out[first..].iter_mut().filter(|unit| **unit == from);
    found.take(limit).for_each(|unit| *unit = to);
    Ok(Some(out))
}

/// `new` before each of the first units, and at the end if it is to stand so often.
fn interleave<U: CodeUnit>(units: &[U], new: &[U], count: usize) -> Result<Vec<U>, SizeError> {
    let mut out = reserve(count.checked_mul(new.len()).and_then(|added| added.checked_add(units.len())))?;
    for place in 0..count {
        out.extend_from_slice(new);
        out.extend(units.get(place));
    }
    out.extend_from_slice(units.get(count..).unwrap_or(&[]));
    Ok(out)
}

/// `str.find` across kinds: a needle of a wider kind isn't there.
pub fn find_data(text: Data, needle: Data) -> Option<usize> {
    with_units!(text, |units| find(units, &units_as(needle)?))
}

/// `str.rfind` across kinds.
pub fn rfind_data(text: Data, needle: Data) -> Option<usize> {
    with_units!(text, |units| rfind(units, &units_as(needle)?))
}

/// `str.count` across kinds.
pub fn count_data(text: Data, needle: Data) -> usize {
    with_units!(text, |units| units_as(needle).map_or(0, |needle| count(units, &needle)))
}

/// `str.replace` across kinds; `None` if nothing is replaced.
pub fn replace(text: Data, old: Data, new: Data, limit: usize) -> Result<Option<Text>, SizeError> {
    fn in_units<U: CodeUnit>(
        text: Data,
        old: Data,
        new: Data,
        limit: usize,
    ) -> Option<Result<Option<Text>, SizeError>> {
        let (text, new) = (units_as::<U>(text)?, units_as::<U>(new)?);
        let Some(old) = units_as::<U>(old) else { return Some(Ok(None)) };
        Some(replace_units(&text, &old, &new, limit).map(|replaced| replaced.map(U::text)))
    }
    in_units::<u8>(text, old, new, limit)
        .or_else(|| in_units::<u16>(text, old, new, limit))
        .or_else(|| in_units::<u32>(text, old, new, limit))
        .unwrap_or(Ok(None))
}
