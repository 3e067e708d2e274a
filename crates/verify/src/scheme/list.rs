//! Lists of a scheme: of the table, or of a description.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

/// A list that is never changed. A copy of it shares what it holds, so that a scheme is copied
/// without walking through it.
#[derive(Debug)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(from = "Vec<T>"))]
pub(crate) enum List<T: 'static> {
    Fixed(&'static [T]),
    Shared(Arc<[T]>),
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Fixed(items) => Self::Fixed(items),
            Self::Shared(items) => Self::Shared(items.clone()),
        }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Fixed(items) => items,
            Self::Shared(items) => items,
        }
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self::Shared(items.into())
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::Fixed(&[])
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for List<T> {}

impl<'l, T> IntoIterator for &'l List<T> {
    type Item = &'l T;
    type IntoIter = core::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The same as that of a `Vec`.
#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// For the defaults that the schema names.
#[cfg(test)]
impl<T: serde::Serialize> serde::Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}
