//! `hda_send_cmd` and `hda_get_response`: the verbs of HD Audio's codecs (sound/pci/hda/hda_controller_trace.h and its
//! relatives).
//!
//! `[DEV:CODEC] val=0xV`. A command is a codec's address, a node, a verb and a payload (High Definition Audio Specification
//! 1.0a, section 7.3): node and verb are the register here, the payload of 8 bits is written. A response has nothing but
//! its value; it is a read of the register of the command before.

use std::collections::HashMap;

use super::line::Origin;
use super::pattern::Parts;
use crate::dialects::Sink;
use crate::dialects::registers::{Device, Devices, Told};
use crate::record::Kind;

/// Bits of node and verb in a command.
const REGISTER: u64 = 0x0fff_ff00;
/// Bytes of a response.
const RESPONSE: u8 = 4;
/// Most codecs that are followed.
const MAX_CODECS: usize = 256;

/// A command or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    is_command: bool,
    codec: &'a [u8],
    value: u64,
}

impl<'a> Event<'a> {
    pub(super) fn read(name: &[u8], text: &'a [u8]) -> Option<Event<'a>> {
        let parts = Parts::read("[{dev:s}] val={value:x}", text)?;
        Some(Event { is_command: name == b"hda_send_cmd", codec: parts.device, value: parts.value })
    }
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct Hda {
    devices: Devices,
    /// The register of the last command, by codec.
    commands: HashMap<Box<[u8]>, u64>,
}

impl Hda {
    pub(super) fn event(&mut self, event: &Event<'_>, origin: Origin, to: &mut Sink) {
        let device = Device { class: "codec", name: event.codec.into(), ..Device::default() };
        let told = if event.is_command {
            let register = (event.value & REGISTER) >> 8;
            if let Some(known) = self.commands.get_mut(event.codec) {
                *known = register;
            } else if self.commands.len() < MAX_CODECS {
                self.commands.insert(event.codec.into(), register);
            }
            Told { device, kind: Kind::WRITE, register, value: event.value & 0xff, width: 1 }
        } else {
            let Some(&register) = self.commands.get(event.codec) else {
                return to.tally.add("responses of codecs without a command", 1);
            };
            Told { device, kind: Kind::READ, register, value: event.value, width: RESPONSE }
        };
        self.devices.access(&told, &origin.found(), to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;

    #[test]
    fn responses_belong_to_the_command_before() {
        let (mut hda, mut to) = (Hda::default(), Sink::new("test"));
        for (name, text) in [
            ("hda_get_response", "[0000:00:03.0:0] val=0x00000001"),
            ("hda_send_cmd", "[0000:00:03.0:0] val=0x101f0005"),
            ("hda_send_cmd", "[0000:00:03.0:1] val=0x00370740"),
            ("hda_get_response", "[0000:00:03.0:0] val=0x00000001"),
        ] {
            hda.event(&Event::read(name.as_bytes(), text.as_bytes()).unwrap(), Origin::default(), &mut to);
        }
        let mut block = Block::default();
        to.swap(&mut block);
        assert_eq!(block.kind, [Kind::WRITE, Kind::WRITE, Kind::READ]);
        assert_eq!((&block.value, &block.width), (&vec![5, 0x40, 1], &vec![1, 1, 4]));
        assert_eq!((block.address[0] & 0xffff_ffff, block.address[2]), (0x1f00, block.address[0]));
        assert_eq!(to.tally.count("responses of codecs without a command"), 1);
        assert_eq!(Event::read(b"hda_send_cmd", b"[0000:00:03.0:0] val="), None);
    }
}
