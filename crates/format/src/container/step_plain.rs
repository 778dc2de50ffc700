//! One step through the plain form.

use super::layout::{self, BLOCK, SECTION_HEAD, SectionHead};
use super::sections::{Ask, Found, Sections, Step};
use crate::block::Columns;
use crate::codec;
use crate::error::{Position, Result};
use std::io::Read;

impl<R: Read> Sections<R> {
    pub(super) fn step_plain(&mut self, ask: &mut Ask) -> Result<Step> {
        let at_start = self.input.offset() == 0;
        let window = self.input.fill(SECTION_HEAD)?;
        if window.is_empty() {
            return Ok(Step::EndOfInput);
        }
        if at_start && window.len() >= layout::HEADER_LEN {
            self.plain.clear();
            self.plain.extend_from_slice(&window[..layout::HEADER_LEN]);
            return self.take_header(layout::HEADER_LEN);
        }
        if window.len() < SECTION_HEAD {
            return Ok(Step::Short("the file ends inside the head of a section"));
        }
        let Some(head) = SectionHead::read(window) else {
            return Ok(Step::Bad("the head of a section is wrong", 0));
        };
        let is_block = head.tag == BLOCK;
        let limit = if is_block { layout::MAX_BLOCK + (64 << 10) } else { layout::MAX_SECTION };
        if head.length > limit {
            return Ok(Step::Bad("a section is longer than possible", 0));
        }
        let total = SECTION_HEAD + head.length as usize;
        let window = self.input.fill(total)?;
        let Some(payload) = window.get(SECTION_HEAD..total) else {
            return Ok(Step::Short("the file ends inside a section"));
        };
        if crc32fast::hash(payload) != head.crc {
            return Ok(Step::Bad("the checksum of a section is wrong", total));
        }
        if is_block {
            return self.plain_block(&head, total, ask);
        }
        let payload = payload.to_vec();
        Ok(self.take_section(&head, payload, total))
    }

    fn plain_block(&mut self, head: &SectionHead, total: usize, ask: &mut Ask) -> Result<Step> {
        let raw = &mut *ask.raw;
        let payload = &self.input.window()[SECTION_HEAD..total];
        let start = raw.head.read(payload);
        let Some(mut at) = start.filter(|&n| (n as u64 + raw.head.plain_len()) == payload.len() as u64)
        else {
            return Ok(Step::Bad("the head of a block is wrong", total));
        };
        if let Some(what) = self.out_of_order(&raw.head) {
            return Ok(Step::Bad(what, total));
        }
        raw.begin(false, head.crc, Position { record: Some(raw.head.first_record), ..self.place() });
        let taken = (ask.filter)(&raw.head);
        if taken {
            for (id, plain_len) in raw.head.columns.clone() {
                let end = at + plain_len as usize;
                if codec::needed(id, ask.want) || ask.want == Columns::ALL {
                    raw.push(id, plain_len, &payload[at..end]);
                }
                at = end;
            }
        }
        self.input.consume(total);
        self.accept(raw, total as u64);
        Ok(Step::Found(if taken { Found::Block } else { Found::Passed }))
    }
}
