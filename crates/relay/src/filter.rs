//! Payload filters: which messages an endpoint wants, by what they say.
//!
//! A filter is an expression of JMESPath (<https://jmespath.org/specification.html>) that is true of
//! the payload, such as `contains(data.tags, 'eu') && data.paid`. True is what JMESPath calls so: all
//! but `false`, `null` and what is empty.
//!
//! Whoever sets a filter or sends a payload must not be able to hold an application up. So the
//! language is cut to what looks at values and makes no new ones: each step of an expression visits
//! each value of a payload once at most, and both are counted beforehand. Left out are lists and
//! hashes of expressions (`[a, b]`, `{a: b}`), slices, `&`, and all functions but
//! [`FUNCTIONS`].
//!
//! Not here: event types and channels, which are compared as they are (`config`).

use std::fmt;

use jmespath::ast::Ast;
use jmespath::functions::{ContainsFn, EndsWithFn, LengthFn, StartsWithFn, TypeFn};
use jmespath::{Context, Rcvar, Runtime, Variable, interpret, parse};

/// Bytes of an expression.
pub const LONGEST_FILTER: usize = 1024;
/// Steps of an expression: names, comparisons, operators, functions.
pub const MOST_STEPS: usize = 64;
/// Brackets inside of brackets, in an expression.
const DEEPEST_FILTER: usize = 16;
/// Values of a payload, and how deep they may stand. A payload of 1 MiB has this many if each of
/// them takes 16 bytes.
pub const MOST_VALUES: usize = 65_536;
const DEEPEST_PAYLOAD: usize = 100;

/// The functions that a filter may call.
pub const FUNCTIONS: [&str; 5] = ["contains", "ends_with", "length", "starts_with", "type"];

/// Why an expression is no filter. Each names the byte at which it is seen, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterError {
    /// More than [`LONGEST_FILTER`] bytes.
    TooLong,
    /// More than [`MOST_STEPS`] steps, or brackets within brackets within brackets.
    TooComplex {
        /// Where.
        at: usize,
    },
    /// Not JMESPath.
    Syntax {
        /// Where.
        at: usize,
    },
    /// JMESPath, and more than a filter may do.
    NotAllowed {
        /// Where.
        at: usize,
    },
}

impl FilterError {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "filter_too_long",
            Self::TooComplex { .. } => "filter_too_complex",
            Self::Syntax { .. } => "filter_syntax",
            Self::NotAllowed { .. } => "filter_not_allowed",
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "must be at most {LONGEST_FILTER} bytes"),
            Self::TooComplex { at } => write!(
                f,
                "must have at most {MOST_STEPS} steps and {DEEPEST_FILTER} brackets in each other, \
                 at byte {at}"
            ),
            Self::Syntax { at } => write!(f, "must be a JMESPath expression, at byte {at}"),
            Self::NotAllowed { at } => write!(
                f,
                "must do without [a, b], {{a: b}}, slices, & and functions other than {}, and \
                 compare or search a literal that is a list or an object, at byte {at}",
                FUNCTIONS.join(", ")
            ),
        }
    }
}

impl std::error::Error for FilterError {}

/// Why nobody can say whether a payload is wanted: it counts as not wanted, and is noted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterFailure {
    /// The payload has more than [`MOST_VALUES`] values, or stands too deep.
    PayloadTooComplex,
    /// The payload is too large to be read: it stands in R2.
    PayloadTooLarge,
    /// The expression came upon a value of another kind than it asks for; in words without any
    /// value.
    Evaluation(String),
    /// The stored expression is none that this build takes.
    Filter(FilterError),
}

impl fmt::Display for FilterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooComplex => write!(
                f,
                "the payload has more than {MOST_VALUES} values, or more than {DEEPEST_PAYLOAD} in each other"
            ),
            Self::PayloadTooLarge => f.write_str("the payload is too large for filters"),
            Self::Evaluation(reason) => f.write_str(reason),
            Self::Filter(error) => write!(f, "the filter {error}"),
        }
    }
}

impl std::error::Error for FilterFailure {}

/// A filter, ready for payloads.
#[derive(Debug)]
pub struct Filter<'a> {
    text: &'a str,
    ast: Ast,
}

/// A payload, read once for all filters.
#[derive(Debug)]
pub struct Payload(Result<Option<Rcvar>, FilterFailure>);

impl<'a> Filter<'a> {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is not JMESPath, or more than a filter may be.
    pub fn parse(text: &'a str) -> Result<Self, FilterError> {
        if text.len() > LONGEST_FILTER {
            return Err(FilterError::TooLong);
        }
        // Before it is parsed: a parser that goes as deep as it is told to has a stack.
        check_depth(text)?;
        let ast = parse(text).map_err(|error| FilterError::Syntax { at: error.offset })?;
        let mut steps = 0;
        check(&ast, false, &mut steps)?;
        Ok(Self { text, ast })
    }

    /// Whether the payload is wanted. One that is not JSON is not.
    ///
    /// # Errors
    /// Nobody can say.
    pub fn matches(&self, payload: &Payload) -> Result<bool, FilterFailure> {
        let Some(value) = payload.0.as_ref().map_err(FilterFailure::clone)? else {
            return Ok(false);
        };
        let runtime = functions();
        interpret(value, &self.ast, &mut Context::new(self.text, &runtime))
            .map(|result| result.is_truthy())
            .map_err(|error| FilterFailure::Evaluation(error.reason.to_string()))
    }
}

impl Payload {
    /// Reads a payload.
    pub fn read(bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self(Ok(None));
        };
        if !is_within_bounds(bytes) {
            return Self(Err(FilterFailure::PayloadTooComplex));
        }
        Self(Ok(Variable::from_json(text).ok().map(Rcvar::new)))
    }

    /// One that is not at hand.
    pub fn too_large() -> Self {
        Self(Err(FilterFailure::PayloadTooLarge))
    }
}

fn functions() -> Runtime {
    let mut runtime = Runtime::new();
    runtime.register_function("contains", Box::new(ContainsFn::new()));
    runtime.register_function("ends_with", Box::new(EndsWithFn::new()));
    runtime.register_function("length", Box::new(LengthFn::new()));
    runtime.register_function("starts_with", Box::new(StartsWithFn::new()));
    runtime.register_function("type", Box::new(TypeFn::new()));
    runtime
}

/// Counts what makes the parser call itself: brackets, and `!`. Those in strings count, too.
fn check_depth(text: &str) -> Result<(), FilterError> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' | b'!' | b'&' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // `!` and `&` never close.
        if depth > DEEPEST_FILTER + MOST_STEPS {
            return Err(FilterError::TooComplex { at });
        }
    }
    Ok(())
}

/// Whether a filter may do what this does. A literal that has parts must end in the function or the
/// comparison that it is given to: one that could be walked through would multiply the steps.
fn check(ast: &Ast, composite: bool, steps: &mut usize) -> Result<(), FilterError> {
    *steps += 1;
    let too_complex = *steps > MOST_STEPS;
    let (at, parts): (usize, Vec<&Ast>) = match ast {
        Ast::Field { offset, .. } | Ast::Identity { offset } | Ast::Index { offset, .. } => {
            (*offset, vec![])
        }
        Ast::Literal { offset, value } if composite || !(value.is_array() || value.is_object()) => {
            (*offset, vec![])
        }
        Ast::Subexpr { offset, lhs, rhs }
        | Ast::Projection { offset, lhs, rhs }
        | Ast::And { offset, lhs, rhs }
        | Ast::Or { offset, lhs, rhs }
        | Ast::Comparison {
            offset, lhs, rhs, ..
        } => (*offset, vec![lhs, rhs]),
        Ast::Condition {
            offset,
            predicate,
            then,
        } => (*offset, vec![predicate, then]),
        Ast::Not { offset, node }
        | Ast::Flatten { offset, node }
        | Ast::ObjectValues { offset, node } => (*offset, vec![node]),
        Ast::Function { offset, name, args } if FUNCTIONS.contains(&name.as_str()) => {
            (*offset, args.iter().collect())
        }
        Ast::Literal { offset, .. }
        | Ast::Function { offset, .. }
        | Ast::MultiList { offset, .. }
        | Ast::MultiHash { offset, .. }
        | Ast::Slice { offset, .. }
        | Ast::Expref { offset, .. } => return Err(FilterError::NotAllowed { at: *offset }),
    };
    if too_complex {
        return Err(FilterError::TooComplex { at });
    }
    let composite = matches!(ast, Ast::Function { .. } | Ast::Comparison { .. });
    parts
        .into_iter()
        .try_for_each(|part| check(part, composite, steps))
}

/// Whether a payload has no more values than are bearable: each takes 50 times the memory of its
/// text at worst.
fn is_within_bounds(json: &[u8]) -> bool {
    let (mut values, mut depth) = (1_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                values += 1;
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if values > MOST_VALUES || depth > DEEPEST_PAYLOAD {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, payload: &str) -> Result<bool, FilterFailure> {
        let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error:?}"));
        filter.matches(&Payload::read(payload.as_bytes()))
    }

    const PAYLOAD: &str = r#"{"type":"invoice.paid","data":{"amount":120.5,"tags":["eu","vip"],
        "lines":[{"sku":"a-1","count":3},{"sku":"b-2","count":0}],"note":null,"paid":true}}"#;

    #[test]
    fn a_filter_says_what_jmespath_says() {
        for (filter, expected) in [
            ("data.paid", true),
            ("data.note", false),
            ("data.missing", false),
            ("!(data.missing)", true),
            ("data.amount > `100`", true),
            ("data.amount >= `120.5` && data.amount < `121`", true),
            ("data.amount == `\"120.5\"`", false),
            ("type == 'invoice.paid'", true),
            ("type == 'invoice.pai'", false),
            ("starts_with(type, 'invoice.')", true),
            (
                "ends_with(type, '.paid') && !starts_with(type, 'user.')",
                true,
            ),
            ("contains(data.tags, 'vip')", true),
            ("contains(data.tags, 'VIP')", false),
            ("contains(`[\"invoice.paid\",\"invoice.due\"]`, type)", true),
            ("data.tags == `[\"eu\",\"vip\"]`", true),
            ("data.lines[?count > `2`]", true),
            ("data.lines[?count > `3`]", false),
            ("data.lines[?sku == 'b-2'].count | [0] == `0`", true),
            ("data.lines[-1].sku == 'b-2'", true),
            ("length(data.lines) == `2`", true),
            ("data.*.sku | @[0]", false),
            ("data.lines[*].sku[]", true),
            ("type(data.amount) == 'number'", true),
            ("data.type || type", true),
            ("\"type\" != 'x'", true),
            ("@", true),
            ("`false`", false),
        ] {
            assert_eq!(matches(filter, PAYLOAD), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn a_payload_that_is_not_json_does_not_match() {
        for payload in [&b"amount=1"[..], b"", b"{", b"\xff\xfe", b"{} {}"] {
            let payload = Payload::read(payload);
            let filter = Filter::parse("!missing").unwrap();
            assert_eq!(filter.matches(&payload), Ok(false));
        }
    }

    #[test]
    fn what_is_wrong_in_a_filter_is_named_with_its_place() {
        let long = "a".repeat(LONGEST_FILTER + 1);
        let steps = format!("a{}", ".a".repeat(40));
        let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
        let not = format!("{}a", "!".repeat(500));
        use FilterError::{NotAllowed, Syntax, TooComplex, TooLong};
        for (filter, expected) in [
            ("", Syntax { at: 0 }),
            ("a ==", Syntax { at: 4 }),
            ("a = 'b'", Syntax { at: 2 }),
            ("a > `", Syntax { at: 4 }),
            ("a && (b", Syntax { at: 7 }),
            ("é~", Syntax { at: 0 }),
            ("[a, b]", NotAllowed { at: 0 }),
            ("{a: b}", NotAllowed { at: 0 }),
            ("items[0:2]", NotAllowed { at: 9 }),
            ("a || sort(b)", NotAllowed { at: 9 }),
            ("sort_by(a, &b)", NotAllowed { at: 7 }),
            ("nothing(a)", NotAllowed { at: 7 }),
            ("`[1,2]`[?@ > a]", NotAllowed { at: 0 }),
            ("a[-2147483648]", Syntax { at: 2 }),
            (&long, TooLong),
            (&steps, TooComplex { at: 48 }),
            (&deep, TooComplex { at: 80 }),
            (&not, TooComplex { at: 80 }),
        ] {
            let refused = Filter::parse(filter).map(|_| ()).unwrap_err();
            assert_eq!(refused, expected, "{filter}");
            assert!(!refused.to_string().is_empty() && refused.code().starts_with("filter_"));
        }
    }

    #[test]
    fn a_value_of_another_kind_than_a_function_wants_is_a_failure_and_not_a_match() {
        let failed = matches("starts_with(data.note, 'x')", PAYLOAD).unwrap_err();
        let FilterFailure::Evaluation(reason) = &failed else {
            panic!("{failed:?}")
        };
        assert!(
            reason.contains("string") && reason.contains("null"),
            "{reason}"
        );
        assert!(matches!(
            matches("length(data.amount)", PAYLOAD),
            Err(FilterFailure::Evaluation(_))
        ));
    }

    #[test]
    fn a_payload_past_its_bounds_is_a_failure_and_is_not_read() {
        let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let complex = Err(FilterFailure::PayloadTooComplex);
        assert_eq!(matches("@", &zeros(MOST_VALUES - 1)), Ok(true));
        assert_eq!(matches("@", &zeros(MOST_VALUES)), complex);
        assert_eq!(matches("@", &deep(100)), Ok(true));
        assert_eq!(matches("@", &deep(101)), complex);
        // What stands in a string is text.
        let text = format!(r#"{{"a":"{}\"[["}}"#, "[,{".repeat(30_000));
        assert_eq!(matches("a", &text), Ok(true));
    }

    #[test]
    fn no_filter_and_no_payload_panics() {
        let mut seed = 7_u64;
        let mut below = |bound: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % bound
        };
        let words = [
            "data", ".", "[", "]", "*", "?", "`1`", "'x'", "(", ")", "&&", "||", "!", "|", "==",
            "<", "contains", "length", "type", ",", "@", "0", "-1", "[]", "[?", "`[1]`", "lines",
            "\"", "`", ":", "{", "é",
        ];
        let payloads = [PAYLOAD, "[[1,2],[3]]", "0", "\"x\"", "null", "{\"a\":", ""];
        let mut read = 0;
        for _ in 0..60_000 {
            let text: String = (0..1 + below(9))
                .map(|_| words[below(words.len())])
                .collect();
            if let Ok(filter) = Filter::parse(&text) {
                read += 1;
                let _ = filter.matches(&Payload::read(payloads[below(payloads.len())].as_bytes()));
            }
        }
        assert!(read > 1_000, "{read}");
    }
}
