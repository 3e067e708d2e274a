//! `base^exponent mod modulus`, for the public operation of RSA and nothing else: none of these
//! numbers is a secret, so the time may depend on all of them.
//!
//! Montgomery's multiplication, word by word and both products in one pass (Koç, Acar and Kaliski:
//! "Analyzing and Comparing Montgomery Multiplication Algorithms", IEEE Micro 1996; Handbook of
//! Applied Cryptography, 14.36). Some 25 of these, each quadratic in the length of the modulus, make
//! the exponent 65537.
//!
//! A number is as many words as the modulus has, the lowest first. `R` is 2^32 to the power of how
//! many there are; the Montgomery form of `a` is `aR mod modulus`.

use alloc::vec;
use alloc::vec::Vec;

/// Odd and above 1: what numbers are reduced by.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Modulus {
    words: Vec<u32>,
    /// How many bytes it has, and so every result.
    length: usize,
    /// `-1 / modulus`, modulo 2^32.
    inverse: u32,
    /// The Montgomery form of `R`, which takes others into that form.
    square: Vec<u32>,
}

impl Modulus {
    /// From bytes, the highest first and not 0. `None` if it is even, 1 or nothing.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let words = words(bytes);
        let (&lowest, &highest) = (words.first()?, words.last()?);
        if lowest & 1 == 0 || matches!(bytes, [0, ..] | [1]) {
            return None;
        }
        // An odd number is its own inverse modulo 8; each step doubles how many bits are right.
        let inverse = (0..4).fold(lowest, |inverse, _| {
            inverse.wrapping_mul(2u32.wrapping_sub(lowest.wrapping_mul(inverse)))
        });
        let mut modulus = Self {
            square: vec![0; words.len()],
            inverse: inverse.wrapping_neg(),
            length: bytes.len(),
            words,
        };
        modulus.square = modulus.form_of_r(highest.leading_zeros());
        Some(modulus)
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// `base^exponent`, the highest byte first. `None` if the base is not as long as the modulus or
    /// not below it, or the exponent is even or 1.
    pub(super) fn power(&self, base: &[u8], exponent: u32) -> Option<Vec<u8>> {
        let number = words(base);
        if base.len() != self.length
            || !self.is_above(&number)
            || exponent & 1 == 0
            || exponent == 1
        {
            return None;
        }
        let base = self.multiply(&number, &self.square);
        let mut power = base.clone();
        for bit in (1..exponent.ilog2()).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(&power, &base);
            }
        }
        // The lowest bit, by the number as it came: that leads out of Montgomery's form as well.
        power = self.multiply(&power, &power);
        Some(self.bytes(&self.multiply(&power, &number)))
    }

    /// `left · right / R`, of numbers below the modulus.
    fn multiply(&self, left: &[u32], right: &[u32]) -> Vec<u32> {
        let mut sum = vec![0; self.words.len()];
        // The sum's word above: 0 or 1, for the sum stays below twice the modulus.
        let mut above = 0;
        for &digit in left {
            let first = |words: &[u32]| words.first().copied().unwrap_or(0);
            let lowest = first(&sum).wrapping_add(digit.wrapping_mul(first(right)));
            // Whatever multiple of the modulus makes the lowest word 0, which is then dropped.
            let multiple = lowest.wrapping_mul(self.inverse);
            let (mut carry, mut reduced_carry) = (0, 0);
            let mut dropped = 0;
            let mut below = &mut dropped;
            for ((word, right), modulus) in sum.iter_mut().zip(right).zip(&self.words) {
                let product = wide(*word) + wide(digit) * wide(*right) + carry;
                carry = product >> 32;
                let reduced =
                    wide(product as u32) + wide(multiple) * wide(*modulus) + reduced_carry;
                reduced_carry = reduced >> 32;
                *below = reduced as u32;
                below = word;
            }
            above += carry + reduced_carry;
            *below = above as u32;
            above >>= 32;
        }
        self.reduce(&mut sum, above == 1);
        sum
    }

    /// The Montgomery form of `R`, by doubling and squaring.
    fn form_of_r(&self, leading_zeros: u32) -> Vec<u32> {
        // The highest power of two below the modulus, and from there to `R`: the form of 1.
        let mut power = vec![0; self.words.len()];
        if let Some(highest) = power.last_mut() {
            *highest = 1 << 31 >> leading_zeros;
        }
        // Then to the form of 2^n, for n words; its 32nd power is that of `R`.
        for _ in 0..=leading_zeros as usize + self.words.len() {
            self.double(&mut power);
        }
        (0..5).fold(power, |power, _| self.multiply(&power, &power))
    }

    fn double(&self, number: &mut [u32]) {
        let mut above = 0;
        for word in number.iter_mut() {
            (*word, above) = (*word << 1 | above, *word >> 31);
        }
        self.reduce(number, above == 1);
    }

    /// From below twice the modulus to below the modulus.
    fn reduce(&self, number: &mut [u32], has_word_above: bool) {
        if !has_word_above && self.is_above(number) {
            return;
        }
        let mut borrow = 0;
        for (word, modulus) in number.iter_mut().zip(&self.words) {
            let difference = wide(*word).wrapping_sub(wide(*modulus) + borrow);
            *word = difference as u32;
            borrow = difference >> 63;
        }
    }

    fn is_above(&self, number: &[u32]) -> bool {
        self.words.iter().rev().gt(number.iter().rev())
    }

    fn bytes(&self, number: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; self.length];
        for (bytes, word) in bytes.rchunks_mut(4).zip(number) {
            for (byte, value) in bytes.iter_mut().rev().zip(word.to_le_bytes()) {
                *byte = value;
            }
        }
        bytes
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |word, byte| word << 8 | u32::from(*byte))
    };
    bytes.rchunks(4).map(word).collect()
}

/// A sum of two and the product of two more still fits into 64 bits.
fn wide(word: u32) -> u64 {
    u64::from(word)
}
