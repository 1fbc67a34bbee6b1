//! The table of a dict: entries in order of insertion, and an index table of a power of two places whose cells are as
//! narrow as the size allows.

use crate::value::{Ref, Value};

/// One entry; a removed one has a NULL key and value: a hole. The hash of a hole in the first place counts the holes known to
/// stand in front of all entries.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    pub hash: i64,
    pub key: Value,
    pub value: Value,
}

/// Cells of the index table: the two largest numbers say that a place is free or was given up.
enum Indices {
    /// The smallest table, which most dicts have, needs no allocation.
    Few([u8; FIRST_SIZE]),
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Doubles(Vec<u32>),
}

/// What an index cell says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    Dummy,
    At(usize),
}

trait Cell: Copy + PartialEq {
    const FREE: Self;
    const DUMMY: Self;
    fn index(self) -> usize;
    fn from_index(i: usize) -> Self;
}

macro_rules! cell {
    ($($ty:ty)*) => { $(impl Cell for $ty {
        const FREE: $ty = <$ty>::MAX;
        const DUMMY: $ty = <$ty>::MAX - 1;
        #[inline(always)]
        fn index(self) -> usize {
            self as usize
        }
        #[inline(always)]
        fn from_index(i: usize) -> $ty {
            i as $ty
        }
    })* };
}
cell!(u8 u16 u32);

/// Runs one body for each width.
macro_rules! widths {
    ($indices:expr, $cells:ident => $body:expr) => {
        match $indices {
            Indices::Few($cells) => $body,
            Indices::Bytes($cells) => $body,
            Indices::Words($cells) => $body,
            Indices::Doubles($cells) => $body,
        }
    };
}

pub(super) struct Table {
    indices: Indices,
    pub(super) entries: Vec<Entry>,
    pub(super) used: usize,
    /// Entries pushed since the index table was made: places that may no longer be free.
    filled: usize,
}

const HOLE: Entry = Entry { hash: 0, key: Value::NULL, value: Value::NULL };
const FIRST_SIZE: usize = 8;
const PERTURB_SHIFT: u32 = 5;

/// Entries that a table of this size takes.
const fn usable(size: usize) -> usize {
    size * 2 / 3
}

/// The probe sequence for a hash.
pub(super) struct Probe {
    pub(super) at: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    pub(super) fn new(hash: i64, mask: usize) -> Probe {
        Probe { at: hash as usize & mask, perturb: hash as u64, mask }
    }
    #[inline(always)]
    pub(super) fn step(&mut self) {
        self.perturb >>= PERTURB_SHIFT;
        self.at = (self.at.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1)) & self.mask;
    }
}

impl Indices {
    /// All places free.
    fn new(size: usize) -> Indices {
        if size == FIRST_SIZE {
            return Indices::Few([u8::FREE; FIRST_SIZE]);
        }
        if size <= 1 << 8 {
            return Indices::Bytes(vec![u8::FREE; size]);
        }
        if size <= 1 << 16 {
            return Indices::Words(vec![u16::FREE; size]);
        }
        Indices::Doubles(vec![u32::FREE; size])
    }
}

#[inline(always)]
fn search<C: Cell>(
    cells: &[C],
    entries: &[Entry],
    hash: i64,
    mut same: impl FnMut(&Entry) -> bool,
) -> Option<usize> {
    if cells.is_empty() {
        return None;
    }
    let mut probe = Probe::new(hash, cells.len() - 1);
    loop {
        let cell = cells[probe.at];
        if cell == C::FREE {
            return None;
        }
        if cell != C::DUMMY {
            let e = &entries[cell.index()];
            if e.hash == hash && same(e) {
                return Some(cell.index());
            }
        }
        probe.step();
    }
}

/// Puts an entry's index into the first free place of its probe sequence.
#[inline(always)]
fn insert<C: Cell>(cells: &mut [C], hash: i64, index: usize) {
    let mut probe = Probe::new(hash, cells.len() - 1);
    while cells[probe.at] != C::FREE && cells[probe.at] != C::DUMMY {
        probe.step();
    }
    cells[probe.at] = C::from_index(index);
}

fn give_up<C: Cell>(cells: &mut [C], hash: i64, index: usize) {
    let mut probe = Probe::new(hash, cells.len() - 1);
    while cells[probe.at] != C::from_index(index) {
        probe.step();
    }
    cells[probe.at] = C::DUMMY;
}

impl Table {
    pub(super) const USED_OFFSET: usize = std::mem::offset_of!(Table, used);
    pub(super) const ENTRIES_OFFSET: usize = std::mem::offset_of!(Table, entries);

    pub(super) const fn new() -> Table {
        Table { indices: Indices::Bytes(Vec::new()), entries: Vec::new(), used: 0, filled: 0 }
    }
    /// Number of index places: 0 or a power of two.
    #[inline(always)]
    pub(super) fn size(&self) -> usize {
        widths!(&self.indices, cells => cells.len())
    }
    #[inline(always)]
    pub(super) fn place(&self, at: usize) -> Place {
        #[inline(always)]
        fn read<C: Cell>(cell: C) -> Place {
            if cell == C::FREE {
                Place::Free
            } else if cell == C::DUMMY {
                Place::Dummy
            } else {
                Place::At(cell.index())
            }
        }
        widths!(&self.indices, cells => read(cells[at]))
    }
    /// Entry index of the key that `same` accepts.
    #[inline(always)]
    pub(super) fn find(&self, hash: i64, same: impl FnMut(&Entry) -> bool) -> Option<usize> {
        widths!(&self.indices, cells => search(cells, &self.entries, hash, same))
    }
    /// Adds an entry for a key that is not there.
    pub(super) fn push(&mut self, hash: i64, key: Ref, value: Ref) {
        if self.filled + 1 > usable(self.size()) {
            self.resize();
        }
        let index = self.entries.len();
        widths!(&mut self.indices, cells => insert(cells, hash, index));
        self.entries.push(Entry { hash, key: key.into_value(), value: value.into_value() });
        self.used += 1;
        self.filled += 1;
    }
    /// Makes room for growth and drops the holes.
    fn resize(&mut self) {
        self.rebuild((self.used * 3).next_power_of_two().max(FIRST_SIZE));
    }
    /// Makes room for `extra` more entries.
    pub(super) fn reserve(&mut self, extra: usize) {
        if self.filled + extra > usable(self.size()) {
            let wanted = (self.used + extra) * 3 / 2 + 1;
            self.rebuild(wanted.next_power_of_two().max(FIRST_SIZE));
        }
    }
    fn rebuild(&mut self, size: usize) {
        self.entries.retain(|e| !e.key.is_null());
        self.index_anew(size);
        self.entries.reserve_exact(usable(size).saturating_sub(self.entries.len()));
    }
    /// Makes an index table of `size` places for the entries as they stand.
    fn index_anew(&mut self, size: usize) {
        self.indices = Indices::new(size);
        let entries = self.entries.iter().enumerate().filter(|(_, e)| !e.key.is_null());
        widths!(&mut self.indices, cells => {
            for (index, e) in entries {
                insert(cells, e.hash, index);
            }
        });
        self.filled = self.entries.len();
    }
    /// The place of the first entry, or the number of places if there is none.
    pub(super) fn first(&mut self) -> usize {
        let Some(hole) = self.entries.first().filter(|e| e.key.is_null()) else { return 0 };
        let known = (hole.hash as usize).max(1);
        let more = self.entries.iter().skip(known).take_while(|e| e.key.is_null()).count();
        self.entries[0].hash = (known + more) as i64;
        known + more
    }
    /// Adds an entry in front of all others, for a key that is not there.
    pub(super) fn push_front(&mut self, hash: i64, key: Ref, value: Ref) {
        if self.first() == 0 || self.filled + 1 > usable(self.size()) {
            self.make_room_in_front();
        }
        let index = self.first() - 1;
        widths!(&mut self.indices, cells => insert(cells, hash, index));
        self.entries[index] = Entry { hash, key: key.into_value(), value: value.into_value() };
        if index > 0 {
            self.entries[0].hash = index as i64;
        }
        self.used += 1;
        self.filled += 1;
    }
    /// Leaves as many holes in front as there are entries, and one.
    fn make_room_in_front(&mut self) {
        self.entries.retain(|e| !e.key.is_null());
        let room = self.used + 1;
        self.entries.splice(0..0, std::iter::repeat_n(HOLE, room));
        self.index_anew((self.entries.len() * 3).next_power_of_two().max(FIRST_SIZE));
    }
    /// Takes entry `index` out.
    pub(super) fn take(&mut self, index: usize) -> Entry {
        let hash = self.entries[index].hash;
        widths!(&mut self.indices, cells => give_up(cells, hash, index));
        self.used -= 1;
        // The place stays, though it be the last: iterators under way see a key added later as a change.
        std::mem::replace(&mut self.entries[index], HOLE)
    }
    /// Bytes of the index table and of as many entries as it takes, each of `entry_size` bytes.
    pub(super) fn byte_size(&self, entry_size: usize) -> usize {
        let size = self.size();
        let width = match size {
            0..=0x80 => 1,
            0x81..=0x8000 => 2,
            _ => 4,
        };
        size * width + usable(size) * entry_size
    }
}
