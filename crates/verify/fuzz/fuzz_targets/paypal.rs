//! PayPal's signed text: its parts can be told apart again.

#![no_main]

use hookgate::asymmetric::paypal_message;
use hookgate_fuzz::line;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (id, rest) = line(data);
    let (time, rest) = line(rest);
    let (webhook, body) = line(rest);
    let text = |bytes| core::str::from_utf8(bytes).unwrap_or("");
    let (id, time, webhook) = (text(id), text(time), text(webhook));
    if let Ok(message) = paypal_message(id, time, webhook, body) {
        let parts: Vec<&str> = message.split('|').collect();
        assert_eq!(parts[..3], [id, time, webhook]);
        assert!(parts.len() == 4 && parts[3].parse::<u32>().is_ok());
    }
});
