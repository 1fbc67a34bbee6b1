//! The Mersenne Twister MT19937, with the exact stream of CPython's `_random.Random`.

const STATE_WORDS: usize = 624;
const PERIOD: usize = 397;
const MATRIX: u32 = 0x9908_b0df;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// A generator.
#[derive(Clone)]
pub struct MersenneTwister {
    state: [u32; STATE_WORDS],
    /// The next word to hand out; `STATE_WORDS` when all are used up.
    index: usize,
}

impl MersenneTwister {
    /// Seeded with the absolute value of an integer, as little-endian 32-bit words; zero has no words or one.
    pub fn from_seed(magnitude: &[u32]) -> Self {
        let used = magnitude.iter().rposition(|&word| word != 0).map_or(0, |last| last + 1);
        let mut generator = Self::from_word(19650218);
        generator.mix_key(if used == 0 { &[0] } else { &magnitude[..used] });
        generator
    }

    fn from_word(seed: u32) -> Self {
        let mut state = [seed; STATE_WORDS];
        for index in 1..STATE_WORDS {
            let previous = state[index - 1];
            state[index] = 1812433253u32.wrapping_mul(previous ^ previous >> 30).wrapping_add(index as u32);
        }
        MersenneTwister { state, index: STATE_WORDS }
    }

    /// Runs over the state twice, first mixing in the key.
    fn mix_key(&mut self, key: &[u32]) {
        let state = &mut self.state;
        let mut at = 1;
        let mut advance = |state: &mut [u32; STATE_WORDS], factor: u32, term: u32, minus: bool| {
            let previous = state[at - 1];
            let mixed = state[at] ^ (previous ^ previous >> 30).wrapping_mul(factor);
            state[at] = if minus { mixed.wrapping_sub(at as u32) } else { mixed.wrapping_add(term) };
            at += 1;
            if at >= STATE_WORDS {
                state[0] = state[STATE_WORDS - 1];
                at = 1;
            }
        };
        for round in 0..STATE_WORDS.max(key.len()) {
            let position = round % key.len();
            advance(state, 1664525, key[position].wrapping_add(position as u32), false);
        }
        for _ in 0..STATE_WORDS - 1 {
            advance(state, 1566083941, 0, true);
        }
        state[0] = UPPER;
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= STATE_WORDS {
            self.refill();
        }
        let mut word = self.state[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn refill(&mut self) {
        for at in 0..STATE_WORDS {
            let joined = self.state[at] & UPPER | self.state[(at + 1) % STATE_WORDS] & LOWER;
            let twisted = joined >> 1 ^ if joined & 1 != 0 { MATRIX } else { 0 };
            self.state[at] = self.state[(at + PERIOD) % STATE_WORDS] ^ twisted;
        }
        self.index = 0;
    }

    /// A float in [0, 1) with 53 random bits.
    pub fn random(&mut self) -> f64 {
        let high = self.next_u32() >> 5;
        let low = self.next_u32() >> 6;
        (f64::from(high) * 67108864.0 + f64::from(low)) / 9007199254740992.0
    }

    /// `bits` random bits, at most 64.
    pub fn random_u64(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - bits)),
            _ => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - bits.min(64))) << 32
            }
        }
    }

    /// `bits` random bits as little-endian 32-bit words, as `getrandbits` draws them. The caller bounds `bits`.
    pub fn random_words(&mut self, bits: usize) -> Vec<u32> {
        let mut words = Vec::with_capacity(bits.div_ceil(32));
        let mut left = bits;
        while left > 0 {
            let word = self.next_u32();
            words.push(if left < 32 { word >> (32 - left) } else { word });
            left = left.saturating_sub(32);
        }
        words
    }

    /// The words of `getstate`, the index not included.
    pub fn state(&self) -> &[u32; STATE_WORDS] {
        &self.state
    }

    /// The index of `getstate`.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The generator of a `setstate` tuple; `None` if the index is above the number of words.
    pub fn from_state(state: [u32; STATE_WORDS], index: usize) -> Option<Self> {
        (index <= STATE_WORDS).then_some(MersenneTwister { state, index })
    }
}

#[cfg(test)]
mod tests {
    use super::MersenneTwister;

    /// `random.seed(n); random.random(), getrandbits(40), getrandbits(100), getrandbits(7)` in the reference.
    #[test]
    fn stream() {
        let cases: [(&[u32], f64, u64, [u32; 4], u64); 3] = [
            (&[0], 0.8444218515250481, 978212965548, [1806341205, 173879092, 1112038970, 15], 65),
            (&[42], 0.6394267984578837, 811856239313, [1181241943, 1051802512, 958682846, 2], 94),
            (&[7, 256], 0.6137037779936511, 1034292189877, [4058793509, 2746733121, 2449809396, 11], 60),
        ];
        for (seed, random, forty, hundred, seven) in cases {
            let mut generator = MersenneTwister::from_seed(seed);
            assert_eq!(generator.random(), random);
            assert_eq!(generator.random_u64(40), forty);
            assert_eq!(generator.random_words(100), hundred);
            assert_eq!(generator.random_u64(7), seven);
            for _ in 0..1000 {
                generator.next_u32();
            }
            let mut copy = MersenneTwister::from_state(*generator.state(), generator.index()).unwrap();
            assert_eq!(copy.random(), generator.random());
        }
        assert!(MersenneTwister::from_state([0; 624], 625).is_none());
    }
}
