//! The schemes, one row for each provider, each citing the document it was written from.
//!
//! A new provider is a new row in the file of its family, its name in the list below, and its
//! vectors in the tests; nothing else changes.

/// A list that lasts, as the fields of a row are.
macro_rules! list {
    ($($item:expr),* $(,)?) => { const { &[$($item),*] } };
}

mod commerce;
#[cfg(all(test, feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod document;
mod engineering;
mod generic;
mod handshakes;
mod messaging;
mod office;
mod payments;
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod public_key;
mod standard;
mod telecom;

use alloc::borrow::Cow::Borrowed;

use crate::scheme::{
    Algorithm, Batch, Choice, Grammar, List, ListedHeaders, Part, Place, Scheme, SecretForm, Text,
    TimestampPlace, Unit, UrlForm,
};

/// The scheme of this name: exact and in lower case, as [`Scheme::name`] gives it.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.name == name)
}

/// All built-in schemes.
pub static SCHEMES: &[Scheme] = &[
    standard::STANDARD,
    standard::SVIX,
    standard::CLERK,
    standard::RESEND,
    standard::VISIWISE,
    standard::VISIBUILD,
    standard::VICKET,
    standard::HELPDESK,
    standard::VEXYLCLOUD,
    payments::STRIPE,
    engineering::GITHUB,
    messaging::META,
    telecom::TWILIO,
    #[cfg(feature = "ecdsa")]
    public_key::SENDGRID,
    #[cfg(feature = "ecdsa")]
    public_key::SENDGRID_INBOUND,
    telecom::MESSAGEBIRD,
    telecom::MESSAGEBIRD_LEGACY,
    telecom::BIRD,
    messaging::GUPSHUP,
    telecom::VONAGE,
    telecom::VONAGE_LEGACY,
    telecom::PLIVO,
    telecom::PLIVO_V2,
    telecom::PLIVO_V1,
    messaging::MAILGUN,
    messaging::MAILERSEND,
    messaging::POSTMARK,
    #[cfg(feature = "rsa")]
    public_key::AWS_SNS,
    commerce::SHOPIFY,
    commerce::WOOCOMMERCE,
    messaging::SLACK,
    office::ZOOM,
    #[cfg(feature = "ed25519")]
    public_key::DISCORD,
    messaging::TWITCH,
    messaging::LINE,
    office::BOX,
    commerce::HUBSPOT,
    commerce::HUBSPOT_V2,
    commerce::HUBSPOT_V1,
    commerce::ZENDESK,
    payments::SQUARE,
    payments::PADDLE,
    payments::ADYEN,
    payments::ADYEN_BANKING,
    payments::RAZORPAY,
    payments::COINBASE_COMMERCE,
    payments::COINBASE_CDP,
    #[cfg(feature = "rsa")]
    public_key::WISE,
    #[cfg(feature = "rsa")]
    public_key::PAYPAL,
    messaging::X,
    office::TYPEFORM,
    messaging::INTERCOM,
    engineering::ATLASSIAN,
    engineering::GITLAB,
    engineering::OKTA,
    engineering::AUTH0,
    messaging::TELEGRAM,
    engineering::LINEAR,
    office::DROPBOX,
    payments::XERO,
    office::DOCUSIGN,
    office::CALENDLY,
    generic::HMAC,
    generic::TOKEN,
    generic::BASIC,
];

/// Five minutes: what most schemes with a timestamp document.
const TOLERANCE: u32 = 300;

const TIMESTAMP_BODY: &[Part] = &[Part::Timestamp, Part::Literal(text(".")), Part::Body];

const fn text(text: &'static str) -> Text {
    Borrowed(text)
}

const fn header(name: &'static str) -> Place {
    Place::Header(text(name))
}

const fn pointer(pointer: &'static str) -> Place {
    Place::Pointer(text(pointer))
}

const fn parameter(name: &'static str) -> Place {
    Place::Parameter(text(name))
}

const fn joined(places: &'static [Place]) -> Place {
    Place::Joined(List::Fixed(places))
}

const fn in_header(name: &'static str) -> TimestampPlace {
    TimestampPlace::Header(text(name))
}

const fn in_field(name: &'static str) -> TimestampPlace {
    TimestampPlace::Field(text(name))
}

/// `name=value` pairs in which the signature may repeat.
const fn fields(separator: &'static str, signature: &'static str) -> Grammar {
    Grammar::Fields {
        lead: None,
        separator: text(separator),
        signature: text(signature),
        repeats: true,
        listed: None,
    }
}

const fn batch(events: &'static str, id: &'static [Place], event_type: &'static [Place]) -> Batch {
    Batch {
        events: text(events),
        id: List::Fixed(id),
        event_type: List::Fixed(event_type),
    }
}
