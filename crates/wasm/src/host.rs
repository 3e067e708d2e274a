//! The one thing that is asked of JavaScript: to hash a body that lies with it.

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// The hash of the inner block of the verifier's `secret`, of `before`, of the body and of `after`.
    /// It is written to `hash`, where there are 64 bytes of room; its length, or 0 if it failed.
    fn inner(
        secret: usize,
        before: *const u8,
        before_length: usize,
        after: *const u8,
        after_length: usize,
        hash: *mut u8,
    ) -> usize;
}

/// How many bytes of `hash` were written; 0 if the host failed.
#[cfg(target_arch = "wasm32")]
pub(crate) fn inner_hash(secret: usize, before: &[u8], after: &[u8], hash: &mut [u8; 64]) -> usize {
    // SAFETY: JavaScript reads the two texts and writes a hash, of which none is longer than 64 bytes,
    // and calls no export meanwhile; what else it could do to the memory, it can do anyway.
    unsafe {
        inner(
            secret,
            before.as_ptr(),
            before.len(),
            after.as_ptr(),
            after.len(),
            hash.as_mut_ptr(),
        )
    }
}

/// Natively there is no host, and nothing calls the exports but the linter.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn inner_hash(_: usize, _: &[u8], _: &[u8], _: &mut [u8; 64]) -> usize {
    0
}
