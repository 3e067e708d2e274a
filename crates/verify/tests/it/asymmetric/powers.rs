//! The public operation of RSA, compared with the crate `rsa`, whose arithmetic is another one.
//!
//! It is no part of the public functions, and is tested where it lies: there, nearly every wrong
//! result would look as a wrong signature.

use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, RsaPublicKey, hazmat::rsa_encrypt};

use super::garbage::Dice;
use crate::test;

#[path = "../../../src/asymmetric/modular.rs"]
mod modular;
use modular::Modulus;

const EXPONENTS: [u32; 6] = [65_537, 3, 5, 0x0100_0001, 0x8000_0001, 0xffff_ffff];

/// What the other one says, as long as the modulus.
fn judge(modulus: &[u8], base: &[u8], exponent: u32) -> Vec<u8> {
    let number = BoxedUint::from_be_slice_vartime;
    let key = RsaPublicKey::new_with_size_limits(
        number(modulus),
        BoxedUint::from(u64::from(exponent)),
        0..=8192,
    )
    .expect("a key");
    let base = BoxedUint::from_be_slice(base, key.n_bits_precision()).expect("a number");
    let power = rsa_encrypt(&key, &base).expect("a power").to_be_bytes();
    let mut padded = vec![0; modulus.len()];
    for (byte, value) in padded.iter_mut().rev().zip(power.iter().rev()) {
        *byte = *value;
    }
    assert!(number(&padded) == number(&power));
    padded
}

fn agree(modulus: &[u8], base: &[u8], exponent: u32) {
    let own = Modulus::new(modulus).expect("odd and above 1");
    assert_eq!(own.length(), modulus.len());
    assert_eq!(
        own.power(base, exponent),
        Some(judge(modulus, base, exponent)),
        "{base:02x?}^{exponent} mod {modulus:02x?}"
    );
}

/// Bytes at random, or long rows of zeros or ones, where carries go far.
fn bytes(dice: &mut Dice, length: usize) -> Vec<u8> {
    let kind = dice.below(4);
    let byte = |_| match kind {
        0 => 0,
        1 => 0xff,
        2 => [0, 0xff][dice.below(2)],
        _ => dice.below(256) as u8,
    };
    let mut bytes: Vec<u8> = (0..length).map(byte).collect();
    if let Some(byte) = bytes.get_mut(dice.below(length)) {
        *byte = dice.below(256) as u8;
    }
    bytes
}

/// An odd number of this many bits.
fn odd(dice: &mut Dice, bits: usize) -> Vec<u8> {
    let mut bytes = bytes(dice, bits.div_ceil(8));
    let highest = 1 << ((bits - 1) % 8);
    bytes[0] = bytes[0] & (highest - 1) | highest;
    *bytes.last_mut().expect("a byte") |= 1;
    bytes
}

/// A number below the modulus, and as long.
fn below(dice: &mut Dice, modulus: &[u8]) -> Vec<u8> {
    let mut number = bytes(dice, modulus.len());
    if *number >= *modulus {
        number[0] = 0;
    }
    number
}

/// The number after this one. `None` if it is one byte longer.
fn after(number: &[u8]) -> Option<Vec<u8>> {
    let mut number = number.to_vec();
    let grows = number.iter_mut().rev().any(|byte| {
        *byte = byte.wrapping_add(1);
        *byte != 0
    });
    grows.then_some(number)
}

#[test]
fn powers_are_those_of_another_arithmetic() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for bits in (33..=320)
        .chain(33..=320)
        .chain(33..=320)
        .chain([512, 1000, 1024, 1025])
    {
        let modulus = odd(&mut dice, bits);
        let base = below(&mut dice, &modulus);
        let any = dice.below(1 << 31) as u32 * 2 + 3;
        for exponent in [EXPONENTS[dice.below(EXPONENTS.len())], any] {
            agree(&modulus, &base, exponent);
        }
    }
}

#[test]
fn powers_of_small_numbers_are_what_they_are_when_multiplied_one_by_one() {
    for modulus in (3..=129_u8).step_by(2) {
        let own = Modulus::new(&[modulus]).expect("odd and above 1");
        for base in 0..modulus {
            let times = |power: u16, _| power * u16::from(base) % u16::from(modulus);
            for exponent in (3..=33).step_by(2) {
                let power = (0..exponent).fold(1, times) as u8;
                assert_eq!(
                    own.power(&[base], exponent),
                    Some(vec![power]),
                    "{base}^{exponent} mod {modulus}"
                );
            }
        }
    }
}

#[test]
fn powers_modulo_keys_of_every_length_are_those_of_another_arithmetic() {
    let mut dice = Dice(0xdead_beef_cafe_f00d);
    for bits in [
        2048, 2049, 2055, 2056, 2079, 2080, 2081, 3072, 4095, 4096, 8191, 8192,
    ] {
        let modulus = odd(&mut dice, bits);
        let base = below(&mut dice, &modulus);
        agree(&modulus, &base, 65_537);
    }
    let modulus = odd(&mut dice, 2048);
    for exponent in EXPONENTS {
        agree(&modulus, &below(&mut dice, &modulus), exponent);
    }
}

#[test]
fn powers_of_the_smallest_and_the_largest_number_are_right_and_none_else_is_taken() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    for bits in [2, 3, 8, 9, 31, 32, 33, 63, 64, 65, 96, 256, 511, 2048] {
        for modulus in [odd(&mut dice, bits), odd(&mut dice, bits)] {
            let own = Modulus::new(&modulus).expect("odd and above 1");
            let length = modulus.len();
            let small = |last| [vec![0; length - 1], vec![last]].concat();
            let mut largest = modulus.clone();
            *largest.last_mut().expect("a byte") -= 1;
            // An odd power of -1 is -1.
            for (base, power) in [
                (small(0), small(0)),
                (small(1), small(1)),
                (largest.clone(), largest),
            ] {
                for exponent in EXPONENTS {
                    assert_eq!(
                        own.power(&base, exponent),
                        Some(power.clone()),
                        "{modulus:02x?}"
                    );
                }
            }
            for base in [
                Some(modulus.clone()),
                after(&modulus),
                Some(vec![0xff; length]),
            ] {
                let base = base.filter(|base| *base >= modulus);
                assert_eq!(base.and_then(|base| own.power(&base, 65_537)), None);
            }
            assert_eq!(own.power(&small(1)[1..], 65_537), None, "too short");
            assert_eq!(
                own.power(&[&[0], &small(1)[..]].concat(), 65_537),
                None,
                "too long"
            );
            for exponent in [0, 1, 2, 4, 65_536, 0xffff_fffe] {
                assert_eq!(own.power(&small(1), exponent), None, "{exponent}");
            }
        }
    }
}

#[test]
fn a_modulus_is_odd_above_1_and_has_no_zeros_in_front() {
    for bytes in [
        &[][..],
        &[0],
        &[1],
        &[2],
        &[0, 3],
        &[0, 0, 0, 0, 3],
        &[0xff, 0, 0, 0, 0],
    ] {
        assert!(Modulus::new(bytes).is_none(), "{bytes:02x?}");
    }
    assert!(Modulus::new(&[3]).is_some());
}
