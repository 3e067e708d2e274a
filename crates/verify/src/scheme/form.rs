//! The words that a scheme is described in.

use alloc::borrow::Cow;

pub(crate) type Text = Cow<'static, str>;
pub(crate) use super::list::List;

/// How sure the facts of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
pub enum Confidence {
    /// The vendor's own SDK, specification or documentation was read.
    A,
    /// Another library or several repositories were read.
    B,
    /// General knowledge, not confirmed.
    C,
}

/// How a signature is made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Algorithm {
    /// The secret keys a hash over the message.
    Hmac(Hash),
    /// A hash of the message, in which the secret stands as one of the parts.
    Plain(Hash),
    /// A JSON Web Token whose own algorithm must be one of these; its claims say what is signed.
    Jwt(List<Hash>),
    /// The provider's private key signs, and the secret is the public key, written in this form.
    #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
    PublicKey(crate::asymmetric::KeyForm),
    /// As `PublicKey`, but the key stands in a certificate that the request names, and the secret
    /// says whom the signed text must name.
    #[cfg(feature = "rsa")]
    #[cfg_attr(test, serde(skip))]
    Certificate(Vendor),
    /// The secret itself is sent. Nothing is signed.
    Token,
}

/// Who signs with the key of a certificate.
#[cfg(feature = "rsa")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Sns,
    Paypal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// The fewest bytes of a secret that is taken as it is, unless a row says otherwise: the provider takes
/// it, and its events would be lost.
pub(crate) const RAW_MINIMUM: usize = 1;

/// How a provider writes its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum SecretForm {
    /// The text itself is the key, whatever it looks like, of at least so many bytes.
    Raw { minimum: usize },
    /// Standard base64 with padding, after an optional prefix, of at least so many bytes.
    Base64 { prefix: Text, minimum: usize },
    /// Hexadecimal in either case, of at least so many bytes.
    Hex { minimum: usize },
    /// `user:password`; the password alone if the user is given here.
    Credentials { user: Option<Text> },
}

/// Where the signature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum SignaturePlace {
    Header(Text),
    /// Any of these headers, at least one.
    Headers(List<Text>),
    /// `<prefix>1`, `<prefix>2` and so on.
    Numbered(Text),
    /// A JSON pointer into the body.
    Pointer(Text),
    /// A parameter of the form, or of the query if the body is no form.
    Parameter(Text),
    /// In each item of Adyen's `notificationItems`, of which each is signed for itself.
    AdyenItems,
    /// In the message of Amazon SNS that is the body, along with all that is signed.
    #[cfg(feature = "rsa")]
    #[cfg_attr(test, serde(skip))]
    SnsMessage,
}

/// How the text that carries the signature is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Grammar {
    /// `<prefix><signature>`.
    Prefixed { prefix: Text },
    /// `<scheme> <signature>`, the scheme in any case, as in an `Authorization` header.
    Authorization { scheme: Text },
    /// `key=value,key=value`.
    Fields {
        /// A word that stands before the first field, as in `hmac-sha256, t=…`.
        lead: Option<Text>,
        /// What stands between the fields when they are written: `,` or `;`, and with a space after
        /// it the space is optional when they are read.
        separator: Text,
        /// The field of the signature; others are skipped.
        signature: Text,
        /// Whether that field may stand several times, as while a secret rotates.
        repeats: bool,
        /// A field that lists further signed headers.
        listed: Option<ListedHeaders>,
    },
    /// `version,signature version,signature`.
    SpaceList {
        /// The version that is verified; others are skipped.
        version: Text,
        /// The version that an Ed25519 key makes, for a scheme that has both: a key decides which
        /// of the two it verifies, and neither is ever judged as the other.
        #[cfg_attr(test, serde(default))]
        public_key_version: Option<Text>,
    },
    /// `signature,signature`.
    CommaList,
}

/// A field that names further headers which are signed, separated by spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct ListedHeaders {
    pub(crate) field: Text,
    /// The signature's field in a header without such a list.
    pub(crate) unlisted_signature: Text,
}

/// How a signature is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum Encoding {
    Hex,
    /// As `Hex`, but written in upper case. Both are read.
    UpperHex,
    Base64,
    /// The bytes of the text itself.
    Text,
}

/// One part of the signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Part {
    Id,
    /// As it was sent.
    Timestamp,
    Body,
    /// The 32 bytes of the body's SHA-256.
    BodySha256,
    /// The CRC-32 of the body as a decimal number, of which anybody can make another body: it covers
    /// nothing.
    #[cfg(feature = "rsa")]
    #[cfg_attr(test, serde(skip))]
    BodyCrc32,
    Method,
    Url(UrlForm),
    Literal(Text),
    /// The value of a header.
    Header(Text),
    /// `<names>.<value>.<value>.` of the headers that the signature header lists; nothing if it
    /// lists none.
    ListedHeaders,
    /// A value in the body, by JSON pointer.
    Pointer(Text),
    /// The query's parameters, sorted by name and encoded again, without `?`.
    SortedQuery,
    /// Name and value of each parameter of a form body, sorted. A body of another kind is covered by
    /// the digest that stands in the query, if the scheme has one.
    Form {
        /// Whether equal pairs count once.
        distinct: bool,
        /// The query parameter with the hexadecimal SHA-256 of a body that is no form.
        digest: Option<Text>,
    },
    /// Plivo V3: `base?query.form`, sorted and decoded.
    QueryAndForm,
    /// Vonage: `&name=value` of each parameter of form or query but the signature, sorted.
    Parameters,
    /// The secret itself, for a plain hash; PayPal's webhook id.
    Secret,
}

/// Which text of the URL is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum UrlForm {
    /// As it was given.
    Exact,
    /// Up to the `?`.
    WithoutQuery,
    /// As it was given, without its port, or with its default port; an apostrophe in the query as it
    /// is or as `%27`.
    AnyPort,
    /// As it was given, or with HubSpot's twelve reserved characters percent-decoded.
    ReservedDecoded,
}

/// Where the timestamp stands, and by how much it may differ from now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Timestamp {
    pub(crate) place: TimestampPlace,
    pub(crate) unit: Unit,
    /// In seconds, both ways.
    pub(crate) tolerance: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum TimestampPlace {
    Header(Text),
    /// A field of the signature header.
    Field(Text),
    /// A JSON pointer into the body.
    Pointer(Text),
    /// A parameter of form or query.
    Parameter(Text),
    /// The claim `iat` of a token.
    IssuedAt,
    /// The claims `nbf` and `exp` of a token: now must lie between them, give or take the tolerance.
    Validity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    /// Milliseconds if there are 13 digits or more.
    SecondsOrMilliseconds,
    /// RFC 3339.
    DateTime,
    DateTimeOrSeconds,
}

/// Where an id or a type stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Place {
    /// A header of visible ASCII.
    Header(Text),
    /// A header whose value may have spaces inside.
    TextHeader(Text),
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(Text),
    /// A parameter of the form, or of the query if the body is no form.
    Parameter(Text),
    /// The name of the one key that the body's object has beside this one.
    KeyBeside(Text),
    /// A claim of the token.
    Claim(Text),
    /// All of these, with `:` between them.
    Joined(List<Place>),
}

/// A header that must have one certain value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Expected {
    pub(crate) header: Text,
    pub(crate) value: Text,
}

/// What a token's claims must say, besides its times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Claims {
    /// The value of `iss`.
    pub(crate) issuer: Text,
    /// The claim with the hexadecimal SHA-256 of the URL. A token without it is bound to no URL.
    pub(crate) url_digest: Option<Text>,
    /// The claim with the hexadecimal SHA-256 of the body, there if the body is not empty.
    pub(crate) body_digest: Text,
}

/// Where the events of a body stand that holds several.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Batch {
    /// A JSON pointer in which `*` stands for every element of an array.
    pub(crate) events: Text,
    /// Inside of an event.
    #[cfg_attr(test, serde(default))]
    pub(crate) id: List<Place>,
    /// Inside of an event.
    #[cfg_attr(test, serde(default))]
    pub(crate) event_type: List<Place>,
}

/// What of a scheme may be chosen when it is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum Choice {
    Header,
    Algorithm,
    Encoding,
    Prefix,
    User,
}
