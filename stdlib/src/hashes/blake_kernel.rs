//! The BLAKE2 functions of RFC 7693, with the parameter block of the BLAKE2 paper (tree hashing).

/// The parameters of one hash. Sizes are checked by the caller.
#[derive(Clone)]
pub(super) struct Parameters {
    pub(super) digest_size: u8,
    pub(super) key: Vec<u8>,
    pub(super) fanout: u8,
    pub(super) depth: u8,
    pub(super) leaf_size: u32,
    pub(super) node_offset: u64,
    pub(super) node_depth: u8,
    pub(super) inner_size: u8,
    pub(super) salt: Vec<u8>,
    pub(super) person: Vec<u8>,
    pub(super) last_node: bool,
}

/// The order of message words in each round.
const ORDER: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// The columns and diagonals that a round mixes.
const MIXES: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

macro_rules! blake2 {
    ($name:ident, $word:ty, $rounds:expr, $rotations:expr, $initial:expr) => {
        /// A hash under way.
        #[derive(Clone)]
        pub(super) struct $name {
            state: [$word; 8],
            /// Bytes taken in before those in `buffer`.
            count: u128,
            buffer: [u8; Self::BLOCK],
            used: usize,
            digest_size: usize,
            last_node: bool,
        }

        impl $name {
            const WORD: usize = size_of::<$word>();
            pub(super) const BLOCK: usize = 16 * Self::WORD;
            pub(super) const MAX_DIGEST: usize = 8 * Self::WORD;
            pub(super) const MAX_KEY: usize = 8 * Self::WORD;
            pub(super) const SALT: usize = 2 * Self::WORD;
            const INITIAL: [$word; 8] = $initial;

            pub(super) fn new(p: &Parameters) -> $name {
                let mut block = vec![p.digest_size, p.key.len() as u8, p.fanout, p.depth];
                block.extend(p.leaf_size.to_le_bytes());
                // The offset has 8 bytes in BLAKE2b and 6 in BLAKE2s.
                let offset_bytes = if Self::WORD == 8 { 8 } else { 6 };
                block.extend(&p.node_offset.to_le_bytes()[..offset_bytes]);
                block.extend([p.node_depth, p.inner_size]);
                block.resize(4 * Self::WORD, 0);
                for text in [&p.salt, &p.person] {
                    let end = block.len() + Self::SALT;
                    block.extend(text);
                    block.resize(end, 0);
                }
                let mut state = Self::INITIAL;
                for (word, bytes) in state.iter_mut().zip(block.chunks_exact(Self::WORD)) {
                    *word ^= <$word>::from_le_bytes(bytes.try_into().unwrap_or_default());
                }
                let mut hash = $name {
                    state,
                    count: 0,
                    buffer: [0; Self::BLOCK],
                    used: 0,
                    digest_size: p.digest_size.into(),
                    last_node: p.last_node,
                };
                if !p.key.is_empty() {
                    hash.buffer[..p.key.len()].copy_from_slice(&p.key);
                    hash.used = Self::BLOCK;
                }
                hash
            }

            pub(super) fn digest_size(&self) -> usize {
                self.digest_size
            }

            /// Takes in data. A full block waits until more comes: it may be the last.
            pub(super) fn update(&mut self, mut data: &[u8]) {
                while !data.is_empty() {
                    if self.used == Self::BLOCK {
                        self.count += Self::BLOCK as u128;
                        let block = self.buffer;
                        self.compress(&block, false);
                        self.used = 0;
                        while data.len() > Self::BLOCK {
                            let (block, rest) = data.split_at(Self::BLOCK);
                            self.count += Self::BLOCK as u128;
                            self.compress(block, false);
                            data = rest;
                        }
                    }
                    let taken = data.len().min(Self::BLOCK - self.used);
                    self.buffer[self.used..self.used + taken].copy_from_slice(&data[..taken]);
                    self.used += taken;
                    data = &data[taken..];
                }
            }

            pub(super) fn digest(mut self) -> Vec<u8> {
                self.count += self.used as u128;
                self.buffer[self.used..].fill(0);
                let block = self.buffer;
                self.compress(&block, true);
                let mut out: Vec<u8> = self.state.iter().flat_map(|word| word.to_le_bytes()).collect();
                out.truncate(self.digest_size);
                out
            }

            fn compress(&mut self, block: &[u8], last: bool) {
                let mut m: [$word; 16] = [0; 16];
                for (word, bytes) in m.iter_mut().zip(block.chunks_exact(Self::WORD)) {
                    *word = <$word>::from_le_bytes(bytes.try_into().unwrap_or_default());
                }
                let mut v = [0; 16];
                v[..8].copy_from_slice(&self.state);
                v[8..].copy_from_slice(&Self::INITIAL);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> (8 * Self::WORD)) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                let [r1, r2, r3, r4] = $rotations;
                for round in 0..$rounds {
                    let order = &ORDER[round % 10];
                    for (i, [a, b, c, d]) in MIXES.into_iter().enumerate() {
                        v[a] = v[a].wrapping_add(v[b]).wrapping_add(m[order[2 * i]]);
                        v[d] = (v[d] ^ v[a]).rotate_right(r1);
                        v[c] = v[c].wrapping_add(v[d]);
                        v[b] = (v[b] ^ v[c]).rotate_right(r2);
                        v[a] = v[a].wrapping_add(v[b]).wrapping_add(m[order[2 * i + 1]]);
                        v[d] = (v[d] ^ v[a]).rotate_right(r3);
                        v[c] = v[c].wrapping_add(v[d]);
                        v[b] = (v[b] ^ v[c]).rotate_right(r4);
                    }
                }
                for (i, word) in self.state.iter_mut().enumerate() {
                    *word ^= v[i] ^ v[i + 8];
                }
            }
        }
    };
}

blake2!(
    Blake2b,
    u64,
    12,
    [32, 24, 16, 63],
    [
        0x6a09e667f3bcc908,
        0xbb67ae8584caa73b,
        0x3c6ef372fe94f82b,
        0xa54ff53a5f1d36f1,
        0x510e527fade682d1,
        0x9b05688c2b3e6c1f,
        0x1f83d9abfb41bd6b,
        0x5be0cd19137e2179,
    ]
);
blake2!(
    Blake2s,
    u32,
    10,
    [16, 12, 8, 7],
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,]
);
