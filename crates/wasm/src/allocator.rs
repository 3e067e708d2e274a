//! The module's memory: blocks of powers of two, and a list of free ones for each size.
//!
//! A block is at most twice what was asked for, is never divided nor joined with another, and serves
//! again whoever asks for its size. So memory is bounded by the most that was ever in use of each
//! size; for calls that all ask for the same few buffers that is enough. A general allocator weighs
//! a twentieth of the whole smallest module.

use core::alloc::Layout;
use core::ptr::null_mut;

/// The smallest block, and the alignment of all: 2^4 bytes.
const SMALLEST: u32 = 4;
/// The sizes: up to 2^30 bytes. Rust has no larger block in an address space of 2^32.
const SIZES: usize = 27;
/// WebAssembly grows by pages of 64 KiB.
#[cfg(target_arch = "wasm32")]
const PAGE: usize = 1 << 16;

/// Where new memory comes from: `bytes` at least, aligned to the smallest block. `None` if there is
/// no more.
pub(crate) trait Source {
    fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)>;
}

pub(crate) struct Blocks<S> {
    source: S,
    /// The first free block of each size, which holds the address of the next.
    free: [*mut u8; SIZES],
    /// Memory that was never handed out.
    fresh: *mut u8,
    left: usize,
}

impl<S: Source> Blocks<S> {
    pub(crate) const fn new(source: S) -> Self {
        Self {
            source,
            free: [null_mut(); SIZES],
            fresh: null_mut(),
            left: 0,
        }
    }

    /// Which size a layout needs; `None` if there is none, or its alignment is not had.
    fn size(layout: Layout) -> Option<u32> {
        let bits = usize::BITS - layout.size().saturating_sub(1).leading_zeros();
        let size = bits.max(SMALLEST) - SMALLEST;
        (layout.align() <= 1 << SMALLEST && (size as usize) < SIZES).then_some(size)
    }

    /// A block for `layout`, or null.
    pub(crate) fn take(&mut self, layout: Layout) -> *mut u8 {
        let Some(size) = Self::size(layout) else {
            return null_mut();
        };
        let Some(first) = self.free.get_mut(size as usize) else {
            return null_mut();
        };
        let block = *first;
        if !block.is_null() {
            // SAFETY: a free block holds the address of the next one (see `give`).
            *first = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let bytes = 1 << (size + SMALLEST);
        if self.left < bytes && !self.grow(bytes) {
            return null_mut();
        }
        let block = self.fresh;
        // SAFETY: `left` bytes follow `fresh`, and `bytes` are no more than they.
        self.fresh = unsafe { block.add(bytes) };
        self.left -= bytes;
        block
    }

    fn grow(&mut self, bytes: usize) -> bool {
        // What is left of the fresh memory counts if more of it follows.
        let Some((start, length)) = self.source.more(bytes - self.left) else {
            return false;
        };
        // SAFETY: one past the end of memory that was handed to us.
        let follows = !self.fresh.is_null() && unsafe { self.fresh.add(self.left) } == start;
        if follows {
            self.left += length;
        } else if length >= bytes {
            (self.fresh, self.left) = (start, length);
        } else {
            return false;
        }
        true
    }

    /// Takes back what `take` gave for the same layout.
    ///
    /// # Safety
    ///
    /// `block` came from `take` for a layout of the same size class, and nobody uses it any more.
    pub(crate) unsafe fn give(&mut self, block: *mut u8, layout: Layout) {
        let size = Self::size(layout).and_then(|size| self.free.get_mut(size as usize));
        if let Some(first) = size {
            // SAFETY: every block has room for an address, and is aligned for one.
            unsafe { block.cast::<*mut u8>().write(*first) };
            *first = block;
        }
    }

    /// Whether both fit the same block.
    pub(crate) fn same_block(layout: Layout, other: Layout) -> bool {
        Self::size(layout) == Self::size(other)
    }
}

#[cfg(target_arch = "wasm32")]
mod module {
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::cell::UnsafeCell;
    use core::ptr::with_exposed_provenance_mut;

    use super::{Blocks, PAGE, Source};

    struct Growth;

    impl Source for Growth {
        fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)> {
            let pages = bytes.div_ceil(PAGE);
            // The last page stays unused: one past its end there is no address.
            if memory_size(0) + pages >= usize::MAX / PAGE {
                return None;
            }
            let start = memory_size(0) * PAGE;
            let grown = memory_grow(0, pages) != usize::MAX;
            grown.then(|| (with_exposed_provenance_mut(start), pages * PAGE))
        }
    }

    pub(crate) struct Allocator(UnsafeCell<Blocks<Growth>>);

    impl Allocator {
        pub(crate) const fn new() -> Self {
            Self(UnsafeCell::new(Blocks::new(Growth)))
        }
    }

    // SAFETY: a module of WebAssembly has one thread.
    unsafe impl Sync for Allocator {}

    // SAFETY: blocks do not overlap, are as large as their layout and aligned, and stay where they are.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: `Blocks` calls nothing that allocates, so that this is the only reference.
            unsafe { (*self.0.get()).take(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as above; and the caller's promise is `give`'s.
            unsafe { (*self.0.get()).give(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: the caller promises that `size` makes a layout.
            let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
            if Blocks::<Growth>::same_block(layout, new) {
                return block;
            }
            // SAFETY: what is copied lies in both blocks, and the old one is given back once.
            unsafe {
                let moved = self.alloc(new);
                if !moved.is_null() {
                    moved.copy_from_nonoverlapping(block, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use module::Allocator;

#[cfg(test)]
mod tests {
    use core::alloc::Layout;
    use std::collections::BTreeMap;

    use super::{Blocks, Source};

    /// Memory of a fixed size, handed out in pieces of a page.
    struct Room {
        memory: Vec<u128>,
        used: usize,
    }

    const PAGE: usize = 1 << 16;

    impl Room {
        fn of(pages: usize) -> Self {
            let memory = vec![0; pages * PAGE / 16];
            Self { memory, used: 0 }
        }
    }

    impl Source for Room {
        fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)> {
            let length = bytes.div_ceil(PAGE) * PAGE;
            let start = self.used;
            self.used += length;
            let memory: *mut u8 = self.memory.as_mut_ptr().cast();
            let fits = self.used <= self.memory.len() * 16;
            fits.then(|| (memory.wrapping_add(start), length))
        }
    }

    fn bytes(size: usize) -> Layout {
        Layout::from_size_align(size, 1).expect("a layout")
    }

    #[test]
    fn blocks_in_use_never_overlap_and_are_aligned() {
        let mut blocks = Blocks::new(Room::of(4096));
        let mut used: BTreeMap<usize, Layout> = BTreeMap::new();
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let size = 1 + (seed >> 33) as usize % (1 << (seed >> 60));
            if seed >> 32 & 1 == 0 {
                let layout = bytes(size);
                let block = blocks.take(layout);
                assert!(!block.is_null());
                let start = block as usize;
                assert_eq!(start % 16, 0);
                let before = used.range(..=start).next_back();
                assert!(before.is_none_or(|(at, layout)| at + layout.size() <= start));
                let after = used.range(start..).next();
                assert!(after.is_none_or(|(at, _)| start + size <= *at));
                // SAFETY: the block is ours, and has that size.
                unsafe { block.write_bytes(0xa5, size) };
                used.insert(start, layout);
            } else if let Some((start, layout)) = used.pop_first() {
                // SAFETY: it was taken for this layout, and is used no more.
                unsafe { blocks.give(core::ptr::with_exposed_provenance_mut(start), layout) };
            }
        }
    }

    #[test]
    fn a_block_that_was_given_back_serves_again() {
        let mut blocks = Blocks::new(Room::of(64));
        for size in [1, 16, 17, 100, 4_000, 65_536, 1_000_000] {
            let first = blocks.take(bytes(size));
            // SAFETY: taken just now, for this layout.
            unsafe { blocks.give(first, bytes(size)) };
            assert_eq!(blocks.take(bytes(size)), first);
        }
    }

    #[test]
    fn what_grows_within_its_block_stays() {
        let same = |old, new| Blocks::<Room>::same_block(bytes(old), bytes(new));
        assert!(same(1, 16) && same(17, 32) && same(33_000, 65_536));
        assert!(!same(16, 17) && !same(65_536, 65_537));
    }

    #[test]
    fn fresh_memory_that_follows_is_used_to_its_end() {
        let mut blocks = Blocks::new(Room::of(3));
        assert!(!blocks.take(bytes(PAGE / 2)).is_null());
        assert!(!blocks.take(bytes(PAGE)).is_null());
        assert!(!blocks.take(bytes(PAGE)).is_null());
        assert!(!blocks.take(bytes(PAGE / 2)).is_null());
        assert_eq!(blocks.source.used, 3 * PAGE);
    }

    #[test]
    fn without_memory_there_is_no_block() {
        let mut blocks = Blocks::new(Room::of(1));
        assert!(!blocks.take(bytes(PAGE)).is_null());
        assert!(blocks.take(bytes(1)).is_null());
        assert!(blocks.take(bytes(usize::MAX / 4)).is_null());
        let wide = Layout::from_size_align(8, 64).expect("a layout");
        assert!(blocks.take(wide).is_null());
    }
}
