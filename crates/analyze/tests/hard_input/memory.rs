//! An allocator that counts: what a run asked for in all, and the most it held at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

static TOTAL: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came; the counters are beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TOTAL.fetch_add(layout.size(), Relaxed);
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        // SAFETY: the caller keeps what `alloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the pointer is from `alloc`, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Keeps other tests still: they would be counted, too.
pub(crate) fn quiet() -> MutexGuard<'static, ()> {
    static QUIET: Mutex<()> = Mutex::new(());
    QUIET.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that a piece of work asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    /// All together, those given back in between counted again.
    pub total: usize,
    /// Most at one time.
    pub peak: usize,
}

/// Does the work and returns what it asked for, which is right only while it is [`quiet`].
pub(crate) fn count(work: impl FnOnce()) -> Bytes {
    let (total, held) = (TOTAL.load(Relaxed), HELD.load(Relaxed));
    PEAK.store(held, Relaxed);
    work();
    Bytes { total: TOTAL.load(Relaxed) - total, peak: PEAK.load(Relaxed).saturating_sub(held) }
}
