//! The text that PayPal signs.

use hookgate::asymmetric::{Algorithm, PaypalError, paypal_algorithm, paypal_message};

use crate::test;

#[test]
fn the_crc_is_the_one_of_zlib_in_decimal() {
    // The check value of CRC-32/ISO-HDLC, 0xcbf43926, and that of nothing.
    for (body, crc) in [("123456789", "3421780262"), ("", "0")] {
        let text = paypal_message("id", "2017-03-30T20:04:05Z", "W", body.as_bytes());
        assert_eq!(text, Ok(format!("id|2017-03-30T20:04:05Z|W|{crc}")));
    }
}

#[test]
fn a_part_that_could_move_a_border_is_refused() {
    let long = "x".repeat(65);
    for bad in ["", "a|b", "a b", "a\n", "é", long.as_str()] {
        let refused = |part| Err(PaypalError::MalformedPart { part });
        assert_eq!(
            paypal_message(bad, "t", "w", b""),
            refused("transmission id")
        );
        assert_eq!(
            paypal_message("i", bad, "w", b""),
            refused("transmission time")
        );
        assert_eq!(paypal_message("i", "t", bad, b""), refused("webhook id"));
    }
}

#[test]
fn the_request_does_not_choose_the_algorithm() {
    assert_eq!(
        paypal_algorithm("SHA256withRSA"),
        Ok(Algorithm::RsaPkcs1Sha256)
    );
    for other in ["", "none", "SHA1withRSA", "sha256withrsa", "SHA256withRSA "] {
        assert_eq!(paypal_algorithm(other), Err(PaypalError::UnknownAlgorithm));
    }
}
