//! Hash values, equal to CPython's on 64-bit machines: with the same `PYTHONHASHSEED` sets iterate alike.
//!
//! No function here returns -1, which CPython reserves for errors.

use std::sync::OnceLock;

/// The modulus of numeric hashes, a Mersenne prime.
pub const MODULUS: u64 = (1 << MODULUS_BITS) - 1;
const MODULUS_BITS: u32 = 61;
/// The hash of positive infinity.
pub const INFINITY: i64 = 314159;
/// The factor of the imaginary part.
pub const IMAGINARY: i64 = 1000003;

/// The secret key of the string hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey {
    k0: u64,
    k1: u64,
}

/// What `PYTHONHASHSEED` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashSeed {
    /// Unset, empty or `random`.
    Random,
    /// A number; 0 turns randomization off.
    Fixed(u32),
}

impl HashSeed {
    /// Parses the variable; `None` if it is neither `random` nor a number of 32 bits.
    pub fn parse(text: &str) -> Option<HashSeed> {
        if text.is_empty() || text == "random" {
            return Some(HashSeed::Random);
        }
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok().map(HashSeed::Fixed))?
    }
}

impl HashKey {
    /// The key for a seed, expanded by CPython's linear congruential generator.
    pub fn from_seed(seed: HashSeed) -> std::io::Result<HashKey> {
        let mut bytes = [0; 16];
        match seed {
            HashSeed::Fixed(0) => {}
            HashSeed::Fixed(seed) => {
                let mut state = seed;
                for byte in &mut bytes {
                    state = state.wrapping_mul(214013).wrapping_add(2531011);
                    *byte = (state >> 16) as u8;
                }
            }
            HashSeed::Random => fill_random(&mut bytes)?,
        }
        let (low, high) = bytes.split_at(8);
        Ok(HashKey { k0: word(low), k1: word(high) })
    }
}

/// Random bytes of the system.
pub fn fill_random(bytes: &mut [u8]) -> std::io::Result<()> {
    use std::io::Read;
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}

static PROCESS_KEY: OnceLock<HashKey> = OnceLock::new();

/// Sets the key of the process; the first call wins. The program does this before it makes strings.
pub fn set_process_key(key: HashKey) {
    let _ = PROCESS_KEY.set(key);
}

/// The key of the process: what `PYTHONHASHSEED` says if none was set.
#[inline]
pub fn process_key() -> HashKey {
    *PROCESS_KEY.get_or_init(|| {
        let variable = std::env::var("PYTHONHASHSEED").unwrap_or_default();
        let seed = HashSeed::parse(&variable).unwrap_or(HashSeed::Random);
        HashKey::from_seed(seed).unwrap_or(HashKey { k0: 0, k1: 0 })
    })
}

/// Hash of a bytes object, and of a string given the bytes of its canonical buffer: one, two or four bytes a
/// character (native order), the narrowest that fits.
#[inline]
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    hash_bytes_with(process_key(), bytes)
}

/// [`hash_bytes`] with a given key.
pub fn hash_bytes_with(key: HashKey, bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    not_error(siphash13(key, bytes) as i64)
}

/// Hash of a string given its code points.
pub fn hash_code_points_with(key: HashKey, points: &[u32]) -> i64 {
    let bytes: Vec<u8> = match points.iter().max() {
        None => return 0,
        Some(0..=0xff) => points.iter().map(|&point| point as u8).collect(),
        Some(0x100..=0xffff) => points.iter().flat_map(|&point| (point as u16).to_ne_bytes()).collect(),
        Some(_) => points.iter().flat_map(|&point| point.to_ne_bytes()).collect(),
    };
    hash_bytes_with(key, &bytes)
}

/// SipHash with one round a word and three to finish; `_imp.source_hash` is this with its own key.
pub fn siphash13(key: HashKey, bytes: &[u8]) -> u64 {
    let mut state = [
        key.k0 ^ 0x736f_6d65_7073_6575,
        key.k1 ^ 0x646f_7261_6e64_6f6d,
        key.k0 ^ 0x6c79_6765_6e65_7261,
        key.k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut words = bytes.chunks_exact(8);
    for chunk in &mut words {
        absorb(&mut state, word(chunk));
    }
    absorb(&mut state, word(words.remainder()) | (bytes.len() as u64) << 56);
    state[2] ^= 0xff;
    for _ in 0..3 {
        sip_round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// The eight bytes that `importlib` puts into hash-based `.pyc` files.
pub fn source_hash(pyc_magic: u32, source: &[u8]) -> [u8; 8] {
    siphash13(HashKey { k0: pyc_magic.into(), k1: 0 }, source).to_le_bytes()
}

#[inline]
fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    sip_round(state);
    state[0] ^= word;
}

#[inline]
fn sip_round(state: &mut [u64; 4]) {
    let [v0, v1, v2, v3] = state;
    *v0 = v0.wrapping_add(*v1);
    *v2 = v2.wrapping_add(*v3);
    *v1 = v1.rotate_left(13) ^ *v0;
    *v3 = v3.rotate_left(16) ^ *v2;
    *v0 = v0.rotate_left(32);
    *v2 = v2.wrapping_add(*v1);
    *v0 = v0.wrapping_add(*v3);
    *v1 = v1.rotate_left(17) ^ *v2;
    *v3 = v3.rotate_left(21) ^ *v0;
    *v2 = v2.rotate_left(32);
}

/// Up to eight bytes, little-endian.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

#[inline]
fn not_error(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// Hash of a machine-word integer.
#[inline]
pub fn hash_i64(value: i64) -> i64 {
    signed(value < 0, value.unsigned_abs() % MODULUS)
}

/// Hash of an integer from its sign and the little-endian words of its magnitude.
pub fn hash_int(negative: bool, magnitude: &[u64]) -> i64 {
    // 2**64 is 8 modulo 2**61 - 1.
    let modulus = u128::from(MODULUS);
    let residue =
        magnitude.iter().rev().fold(0u128, |residue, &word| ((residue << 3) + u128::from(word)) % modulus);
    signed(negative, residue as u64)
}

/// Hash of a float; `None` for NaN, which hashes by its object's address.
pub fn hash_float(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { INFINITY } else { -INFINITY });
    }
    let bits = value.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match biased {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, biased - 1075),
    };
    // Powers of two repeat with the period of 61, so scaling is a rotation.
    let shift = exponent.rem_euclid(MODULUS_BITS as i32) as u32;
    let scaled = u128::from(mantissa) << shift;
    Some(signed(value < 0.0, (scaled % u128::from(MODULUS)) as u64))
}

/// Hash of a complex number from the hashes of its parts.
pub fn hash_complex(real: i64, imag: i64) -> i64 {
    not_error(real.wrapping_add(IMAGINARY.wrapping_mul(imag)))
}

fn signed(negative: bool, residue: u64) -> i64 {
    let residue = residue as i64;
    not_error(if negative { -residue } else { residue })
}

/// Hash of an address: the low bits, equal for all objects, go to the top.
#[inline]
pub fn hash_pointer(address: usize) -> i64 {
    not_error(address.rotate_right(4) as i64)
}

/// The hash of a tuple, fed item by item. Slices hash so as well.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    accumulator: u64,
    length: u64,
}

const PRIME_1: u64 = 11400714785074694791;
const PRIME_2: u64 = 14029467366897019727;
const PRIME_5: u64 = 2870177450012600261;

impl TupleHasher {
    /// For an empty tuple.
    pub fn new() -> Self {
        TupleHasher { accumulator: PRIME_5, length: 0 }
    }

    /// Adds the hash of the next item.
    #[inline]
    pub fn add(&mut self, hash: i64) {
        let mixed = self.accumulator.wrapping_add((hash as u64).wrapping_mul(PRIME_2));
        self.accumulator = mixed.rotate_left(31).wrapping_mul(PRIME_1);
        self.length += 1;
    }

    /// The hash of the tuple.
    pub fn finish(self) -> i64 {
        match self.accumulator.wrapping_add(self.length ^ PRIME_5 ^ 3527539) {
            u64::MAX => 1546275796,
            hash => hash as i64,
        }
    }

    /// The hash of a slice, which leaves the length out.
    pub fn finish_slice(self) -> i64 {
        match self.accumulator {
            u64::MAX => 1546275796,
            hash => hash as i64,
        }
    }
}

/// Hash of a tuple from the hashes of its items.
pub fn hash_tuple(hashes: impl IntoIterator<Item = i64>) -> i64 {
    let mut hasher = TupleHasher::new();
    hashes.into_iter().for_each(|hash| hasher.add(hash));
    hasher.finish()
}

/// Hash of a frozen set from the hashes of its members, in any order.
pub fn hash_frozenset(hashes: impl IntoIterator<Item = i64>) -> i64 {
    let (mut combined, mut length) = (0u64, 0u64);
    for hash in hashes {
        let hash = hash as u64;
        combined ^= ((hash ^ 89869747) ^ (hash << 16)).wrapping_mul(3644798167);
        length += 1;
    }
    combined ^= length.wrapping_add(1).wrapping_mul(1927868237);
    combined ^= (combined >> 11) ^ (combined >> 25);
    match combined.wrapping_mul(69069).wrapping_add(907133923) {
        u64::MAX => 590923713,
        hash => hash as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reference printed with `PYTHONHASHSEED` 0 and 42.
    #[test]
    fn strings() {
        let cases = [
            ("", 0, 0),
            ("a", 4644417185603328019, -123207753977932514),
            ("abc", -4594863902769663758, 3869580338025362921),
            ("é", 6047309291227476195, 5653850369683463245),
            ("Σx", 6082726506896900287, -9148784520727162423),
            ("😀", -3536540696076613844, 6601963133753205906),
            ("xxxxxxxxxxxxxxxxx", 4771951516191823429, -7053035877312762067),
        ];
        let zero = HashKey::from_seed(HashSeed::Fixed(0)).unwrap();
        let seeded = HashKey::from_seed(HashSeed::Fixed(42)).unwrap();
        for (text, unseeded_hash, seeded_hash) in cases {
            let points: Vec<u32> = text.chars().map(u32::from).collect();
            assert_eq!(hash_code_points_with(zero, &points), unseeded_hash, "{text}");
            assert_eq!(hash_code_points_with(seeded, &points), seeded_hash, "{text}");
        }
        let a = hash_code_points_with(zero, &[97]);
        assert_eq!(hash_tuple([a]), 7319529274390396360);
        assert_eq!(hash_frozenset([a]), -7857795138424989601);
    }

    #[test]
    fn numbers() {
        let ints = [(1, 1), (-1, -2), (MODULUS as i64, 0), (1 << 61, 1), (-1 << 61, -2)];
        for (value, hash) in ints {
            assert_eq!(hash_i64(value), hash);
            assert_eq!(hash_int(value < 0, &[value.unsigned_abs()]), hash);
        }
        assert_eq!(hash_int(false, &[0, 0, 0, 1 << 8]), 131072);
        let floats = [
            (1.5, 1152921504606846977),
            (0.1, 230584300921369408),
            (-1e300, -1224995262755759164),
            (f64::INFINITY, INFINITY),
            (1e-310, 615709907932414099),
            (-0.5, -1152921504606846976),
            (-0.0, 0),
        ];
        for (value, hash) in floats {
            assert_eq!(hash_float(value), Some(hash), "{value}");
        }
        assert_eq!(hash_float(f64::NAN), None);
        assert_eq!(hash_complex(2, 3), 3000011);
        assert_eq!(hash_tuple([]), 5740354900026072187);
        assert_eq!(hash_tuple([1, 2, 3]), 529344067295497451);
        assert_eq!(hash_frozenset([]), 133146708735736);
        assert_eq!(hash_frozenset([3, 1, 2]), -272375401224217160);
    }
}
