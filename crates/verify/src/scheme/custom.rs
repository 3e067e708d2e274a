//! Schemes that are not rows: a row with other options, and a scheme described in JSON.

use alloc::borrow::Cow::Borrowed;
use alloc::string::String;

use super::{
    Algorithm, Batch, Choice, Encoding, Grammar, Hash, List, Part, Place, Scheme, SecretForm,
    SignaturePlace,
};
use crate::error::SetupError;
use crate::pointer::{Found, find};

/// What of a scheme may be chosen when it is set up, where the scheme leaves it open: the header of
/// a static token, or nearly everything of the generic `hmac`, `token` and `basic`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SchemeOptions<'a> {
    /// The header that carries the signature or token.
    pub header: Option<&'a str>,
    /// `md5`, `sha1`, `sha256`, `sha384` or `sha512`, keyed by the secret; `md5hash` for
    /// `vonage-legacy`; `HS256`, `HS384` or `HS512` for tokens.
    pub algorithm: Option<&'a str>,
    /// `hex` or `base64`.
    pub encoding: Option<&'a str>,
    /// What stands before the signature or token in its header; may be empty.
    pub prefix: Option<&'a str>,
    /// The user of basic authentication; the secret is then the password alone.
    pub user: Option<&'a str>,
}

impl Scheme {
    /// This scheme with other options.
    ///
    /// # Errors
    ///
    /// The scheme does not leave an option open, or an option has a value that it cannot have.
    pub fn with_options(&self, options: &SchemeOptions<'_>) -> Result<Self, SetupError> {
        let mut scheme = self.copied();
        let allowed = |choice, option| {
            if self.choices.contains(&choice) {
                Ok(())
            } else {
                let option = Borrowed(option);
                Err(SetupError::UnknownOption { option })
            }
        };
        if let Some(header) = options.header {
            allowed(Choice::Header, "header")?;
            if !is_header_name(header) {
                return Err(invalid("header", "the name of a header"));
            }
            scheme.signature = SignaturePlace::Header(String::from(header).into());
        }
        if let Some(algorithm) = options.algorithm {
            allowed(Choice::Algorithm, "algorithm")?;
            scheme.set_algorithm(algorithm)?;
        }
        if let Some(encoding) = options.encoding {
            allowed(Choice::Encoding, "encoding")?;
            scheme.encoding = match encoding {
                "hex" => Encoding::Hex,
                "base64" => Encoding::Base64,
                _ => return Err(invalid("encoding", "`hex` or `base64`")),
            };
        }
        if let Some(prefix) = options.prefix {
            allowed(Choice::Prefix, "prefix")?;
            if !prefix.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                return Err(invalid("prefix", "visible ASCII"));
            }
            let prefix = String::from(prefix).into();
            scheme.grammar = Grammar::Prefixed { prefix };
        }
        if let Some(user) = options.user {
            allowed(Choice::User, "user")?;
            if user.contains(':') || user.chars().any(char::is_control) {
                return Err(invalid("user", "a name without `:`"));
            }
            let user = Some(String::from(user).into());
            scheme.secret = SecretForm::Credentials { user };
        }
        Ok(scheme)
    }

    /// A scheme from its description in JSON, in the same form as the rows of the table. What it
    /// signs, and so what it protects, is read off its message like theirs.
    ///
    /// # Errors
    ///
    /// The JSON does not describe a scheme: a field is unknown, missing, there twice or of
    /// another form. The error says where, as a JSON pointer, and what there is instead.
    pub fn from_json(json: &str) -> Result<Self, SetupError> {
        let refused = |reason: String| SetupError::InvalidScheme {
            reason: reason.into(),
        };
        let scheme = super::read::scheme(json).map_err(refused)?;
        if scheme.has_public_keys() && find(json.as_bytes(), &["/secret"]) != [Found::Absent] {
            let reason =
                "`secret` belongs to no scheme with public keys, whose form the algorithm names";
            return Err(refused(reason.into()));
        }
        match scheme.flaw() {
            Some(flaw) => Err(refused(flaw.into())),
            None => Ok(scheme),
        }
    }

    fn set_algorithm(&mut self, name: &str) -> Result<(), SetupError> {
        let hash = match name {
            "md5" => Some(Hash::Md5),
            "sha1" => Some(Hash::Sha1),
            "sha256" | "HS256" => Some(Hash::Sha256),
            "sha384" | "HS384" => Some(Hash::Sha384),
            "sha512" | "HS512" => Some(Hash::Sha512),
            _ => None,
        };
        self.algorithm = match (&self.algorithm, hash) {
            (Algorithm::Jwt(_), Some(hash @ (Hash::Sha256 | Hash::Sha384 | Hash::Sha512))) => {
                Algorithm::Jwt([hash].as_slice().to_vec().into())
            }
            (Algorithm::Jwt(_), _) => {
                return Err(invalid("algorithm", "`HS256`, `HS384` or `HS512`"));
            }
            (_, Some(hash)) => Algorithm::Hmac(hash),
            (_, None) if name == "md5hash" && self.signs(|part| *part == Part::Parameters) => {
                let parts = [&self.message[..], &[Part::Secret]].concat();
                self.message = List::from(parts);
                Algorithm::Plain(Hash::Md5)
            }
            _ => {
                let expected =
                    "`md5`, `sha1`, `sha256`, `sha384`, `sha512`, or what the scheme adds";
                return Err(invalid("algorithm", expected));
            }
        };
        Ok(())
    }

    /// What the types alone do not rule out.
    fn flaw(&self) -> Option<&'static str> {
        let has = |part: Part| self.message.contains(&part);
        let signed = self.signs_content() && self.claims.is_none();
        let plain = matches!(self.algorithm, Algorithm::Plain(_));
        let token = matches!(self.algorithm, Algorithm::Jwt(_));
        let adyen = self.signature == SignaturePlace::AdyenItems;
        let written = !matches!(self.algorithm, Algorithm::Token | Algorithm::Jwt(_));
        if self.name.is_empty() {
            Some("`name` is empty")
        } else if signed && !adyen && self.message.is_empty() {
            Some("`message` is empty: nothing would be signed")
        } else if plain != has(Part::Secret) {
            Some("`secret` is part of the message of a `plain` hash alone")
        } else if token != self.claims.is_some() {
            Some("`claims` belong to the algorithm `jwt` alone")
        } else if has(Part::Timestamp) && self.timestamp.is_none() {
            Some("the message has a `timestamp`, but the scheme has none")
        } else if has(Part::Id) && self.id_header().is_none() {
            Some("the message has an `id`, but the scheme has no `header` of one")
        } else if matches!(self.signature, SignaturePlace::Pointer(_)) && self.covers_body() {
            Some("the signature stands in the body that it signs")
        } else if !self.has_one_url_form() {
            Some("the message has a `url` in two forms")
        } else if !self.has_sound_separator() {
            Some("a `separator` is `,` or `;`, with or without a space after it")
        } else if self.pointers() > 32 {
            Some("more than 32 JSON pointers")
        } else if written && self.encoding == Encoding::Text {
            Some("`text` is how a token is written, and no signature")
        } else {
            self.answer_flaw()
        }
    }

    /// A message is tried with each text of its URL, and has the same one wherever the URL stands.
    fn has_one_url_form(&self) -> bool {
        let url = |part: &Part| match part {
            Part::Url(form) => Some(*form),
            _ => None,
        };
        let mut forms = self.message.iter().filter_map(url);
        let first = forms.next();
        forms.all(|form| Some(form) == first)
    }

    fn has_sound_separator(&self) -> bool {
        match &self.grammar {
            Grammar::Fields { separator, .. } => {
                matches!(separator.as_ref(), "," | ", " | ";" | "; ")
            }
            _ => true,
        }
    }

    /// How many JSON pointers are followed at once, at most.
    fn pointers(&self) -> usize {
        fn count(places: &[Place]) -> usize {
            let one = |place: &Place| match place {
                Place::Pointer(_) | Place::Claim(_) => 1,
                Place::Joined(places) => count(places),
                _ => 0,
            };
            places.iter().map(one).sum()
        }
        let parts = self.message.iter();
        let parts = parts
            .filter(|part| matches!(part, Part::Pointer(_)))
            .count();
        let batch = |batch: &Batch| count(&batch.id) + count(&batch.event_type);
        let batches = self.batches.iter().map(batch).max().unwrap_or(0);
        let own = count(&self.id) + count(&self.event_type);
        // Signature and timestamp may stand in the body as well.
        (parts + 2).max(own + 1).max(batches)
    }
}

// For the schema: [`read`](super::read) has these from [`Scheme::row`].

#[cfg(test)]
pub(super) fn unconfirmed() -> super::Confidence {
    super::Confidence::C
}

#[cfg(test)]
pub(super) fn raw_secret() -> SecretForm {
    SecretForm::Raw {
        minimum: super::RAW_MINIMUM,
    }
}

#[cfg(test)]
pub(super) fn no_prefix() -> Grammar {
    Grammar::Prefixed {
        prefix: Borrowed(""),
    }
}

fn invalid(option: &'static str, expected: &'static str) -> SetupError {
    SetupError::InvalidOption {
        option: Borrowed(option),
        expected: Borrowed(expected),
    }
}

/// RFC 9110, 5.6.2: a token.
pub(super) fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.len() <= 256 && name.bytes().all(token)
}
