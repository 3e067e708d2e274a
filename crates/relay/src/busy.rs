//! What one instance has under way, by name: each once, and off the list however its work ends,
//! a dropped future included.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Busy(RefCell<BTreeSet<String>>);

/// A place on the list; dropping it is leaving.
pub(crate) struct Place<'a> {
    list: &'a Busy,
    name: String,
}

impl Busy {
    /// Enters `name`, unless it is there.
    pub(crate) fn enter(&self, name: &str) -> Option<Place<'_>> {
        let entered = self.0.borrow_mut().insert(name.to_owned());
        entered.then(|| Place {
            list: self,
            name: name.to_owned(),
        })
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.list.0.borrow_mut().remove(&self.name);
    }
}
