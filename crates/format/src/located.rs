//! Where the accesses of a block lie, worked out on the thread that decoded it.

use crate::block::{Block, MAX_RECORDS};
use crate::devices::{Devices, Resolver};
use crate::fast_map::FastMap;
use crate::register::{NONE, PAGE, PageKey, Recent, Register, RegisterId, Table};

/// The registers of a block's accesses, and the pages of numbers that they lie in.
#[derive(Default)]
pub(crate) struct Located {
    /// One entry for each access.
    rows: Vec<Row>,
    /// The pages of this block.
    pages: Vec<PageKey>,
}

#[derive(Clone, Copy)]
struct Row {
    register: Register,
    /// Place of its page in `pages`, and its slot there.
    at: u32,
}

const _: () = assert!((MAX_RECORDS as u64) * PAGE <= u32::MAX as u64);

/// A locator of the accesses of blocks.
pub(crate) struct Locator<'a> {
    resolver: Resolver<'a>,
    places: FastMap<PageKey, u32>,
    recent: Recent,
}

impl<'a> Locator<'a> {
    /// A locator for blocks in the order of the trace.
    pub(crate) fn new(devices: &'a Devices) -> Locator<'a> {
        Locator { resolver: devices.resolver(), places: FastMap::default(), recent: Recent::default() }
    }

    /// Locates the accesses of `block`, of which the first record has number `first_record`.
    pub(crate) fn locate(&mut self, first_record: u64, block: &Block, out: &mut Located) {
        let Located { rows, pages } = out;
        rows.clear();
        pages.clear();
        self.places.clear();
        self.recent.clear();
        for (row, _) in block.kind.iter().enumerate().filter(|(_, op)| op.is_access()) {
            let place = self.resolver.place(first_record + row as u64, block.address[row]);
            let register = Register::at(place, block.width[row]);
            let (key, slot) = PageKey::of(register);
            let page = self.recent.get(key, |key| {
                *self.places.entry(key).or_insert_with(|| {
                    pages.push(key);
                    pages.len() as u32 - 1
                })
            });
            rows.push(Row { register, at: page * PAGE as u32 + slot as u32 });
        }
    }
}

/// From the pages of a block to those of a [`Table`].
#[derive(Default)]
pub(crate) struct Numbering {
    /// For each page of the block its number in the table, or [`NONE`].
    pages: Vec<u32>,
}

impl Numbering {
    /// Begins a block.
    pub(crate) fn begin(&mut self, block: &Located) {
        self.pages.clear();
        self.pages.resize(block.pages.len(), NONE);
    }

    /// The number in `table` of the register of access `n` of the block.
    #[inline]
    pub(crate) fn id(&mut self, block: &Located, n: usize, table: &mut Table) -> RegisterId {
        let Row { register, at } = block.rows[n];
        let (place, slot) = ((at / PAGE as u32) as usize, (at % PAGE as u32) as usize);
        let mut page = self.pages[place];
        if page == NONE {
            page = table.page(block.pages[place]);
            self.pages[place] = page;
        }
        table.at(page, slot, register)
    }
}

impl Located {
    /// The register of access `n` of the block.
    #[inline]
    pub(crate) fn register(&self, n: usize) -> Register {
        self.rows[n].register
    }
}
