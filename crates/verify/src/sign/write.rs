//! How the parts of a signed event are written: the mirror of what the receiver reads.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Malformed, SignError, VerifyError};
use crate::names::{check_name, check_text};
use crate::parameters;
use crate::request::{Request, Signed, Target};
use crate::scheme::{Grammar, Place, Scheme, Text, TimestampPlace};
use crate::text::{concat, join};

/// The header that an id is sent in, whether or not it is read from there.
pub(super) fn sent_header<'s>(places: &'s [Place], sent: &'s Option<Text>) -> Option<&'s Text> {
    let read = places.iter().find_map(|place| match place {
        Place::Header(name) => Some(name),
        _ => None,
    });
    read.or(sent.as_ref())
}

/// The headers that a type is sent in: one for each part between `:`, where it is read from several.
pub(super) fn sent_types<'s, 't>(
    scheme: &'s Scheme,
    event_type: &'t str,
) -> Result<Vec<(&'s Text, &'t str)>, SignError> {
    let invalid = |reason| SignError::InvalidEventType { reason };
    let read = scheme.event_type.iter().find_map(|place| match place {
        Place::Header(name) => Some(check_name(event_type).map(|()| [(name, event_type)].into())),
        Place::TextHeader(name) => {
            Some(check_text(event_type).map(|()| [(name, event_type)].into()))
        }
        Place::Joined(places) => {
            let names = places.iter().map(|place| match place {
                Place::Header(name) => Some(name),
                _ => None,
            });
            let names: Vec<&Text> = names.collect::<Option<_>>()?;
            let values = event_type.splitn(names.len(), ':');
            let pairs: Vec<_> = names.iter().copied().zip(values).collect();
            let sound = pairs.iter().try_for_each(|(_, value)| check_name(value));
            Some(sound.map(|()| pairs))
        }
        Place::Pointer(_) | Place::Parameter(_) | Place::KeyBeside(_) | Place::Claim(_) => None,
    });
    match (read, &scheme.sent_event_type) {
        (Some(pairs), _) => pairs.map_err(invalid),
        // The body tells the type; the header that repeats it may have no room for this one.
        (None, Some(name)) => Ok(check_name(event_type)
            .map(|()| [(name, event_type)].into())
            .unwrap_or_default()),
        (None, None) => Ok(Vec::new()),
    }
}

/// The text that carries the signatures; the mirror of `Grammar::read`.
pub(super) fn write(scheme: &Scheme, signatures: &[String], timestamp: &str) -> String {
    let all = |separator| join(&mut signatures.iter().map(String::as_str), separator);
    match &scheme.grammar {
        Grammar::Prefixed { prefix } => concat(&[prefix, &all("")]),
        Grammar::Authorization { scheme } => concat(&[scheme, " ", &all("")]),
        Grammar::CommaList => all(","),
        // Their versions stand before them already.
        Grammar::SpaceList { .. } => all(" "),
        Grammar::Fields {
            lead,
            separator,
            signature: field,
            listed,
            ..
        } => {
            let mut items: Vec<String> = lead
                .iter()
                .map(|lead| String::from(lead.as_ref()))
                .collect();
            let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
            if let Some(TimestampPlace::Field(name)) = place {
                items.push(concat(&[name, "=", timestamp]));
            }
            // No further headers are listed, and so the older version is the one to send.
            let listed = listed.as_ref().map(|listed| &listed.unlisted_signature);
            let field = listed.unwrap_or(field);
            let fields = signatures.iter();
            items.extend(fields.map(|signature| concat(&[field, "=", signature])));
            join(&mut items.iter().map(String::as_str), separator)
        }
    }
}

pub(super) fn is_form(target: &Target<'_>) -> bool {
    let headers = target
        .content_type
        .map(|kind| ("content-type", kind.as_bytes()));
    parameters::is_form(&Request {
        method: target.method,
        url: target.url,
        headers: headers.as_slice(),
        body: &[],
    })
}

/// To the form, or to the query where the body is no form.
pub(super) fn add_parameter(signed: &mut Signed, target: &Target<'_>, name: &str, value: &str) {
    if !is_form(target) || signed.body.is_empty() {
        return add_to_query(&mut signed.url, name, value);
    }
    let mut item = String::from("&");
    parameters::escape(name.as_bytes(), &mut item);
    item.push('=');
    parameters::escape(value.as_bytes(), &mut item);
    signed.body.extend_from_slice(item.as_bytes());
}

pub(super) fn add_to_query(url: &mut String, name: &str, value: &str) {
    let fragment = url.find('#').map(|at| url.split_off(at));
    url.push(if url.contains('?') { '&' } else { '?' });
    parameters::escape(name.as_bytes(), url);
    url.push('=');
    parameters::escape(value.as_bytes(), url);
    url.extend(fragment);
}

/// What keeps a body from being signed, in the words of one who would have received it.
pub(super) fn reason(error: VerifyError) -> Malformed {
    match error {
        VerifyError::MalformedBody { reason }
        | VerifyError::MalformedHeader { reason, .. }
        | VerifyError::MalformedField { reason, .. }
        | VerifyError::MalformedParameter { reason, .. } => reason,
        _ => Malformed::NotAForm,
    }
}
