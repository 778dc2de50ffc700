//! A filter as the options that ask for it.

use std::fmt::{self, Display, Write};

use super::Filter;

impl Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
        let options = (self.devices.iter().map(|name| ("device", name.clone())))
            .chain(list(self.bars.iter().map(u8::to_string).collect()).map(|bars| ("bar", bars)))
            .chain(list(self.registers.iter().map(|r| r.to_string()).collect()).map(|all| ("reg", all)))
            .chain(self.time.map(|time| ("time", time.to_string())))
            .chain(self.mark.as_ref().map(|mark| ("mark", mark.to_string())))
            .chain(self.op.map(|op| ("op", op.to_string())))
            .chain(self.width.map(|width| ("width", width.to_string())));
        for (i, (name, value)) in options.enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            write!(f, "--{name} {}", quoted(&value))?;
        }
        Ok(())
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "+-.,:/_@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::{Offsets, parse_mark_range, parse_registers, parse_time_range};
    use super::*;
    use crate::record::Op;

    #[test]
    fn a_filter_is_spelled_as_its_options() {
        let filter = Filter {
            devices: vec!["00:02.0".into(), "HDA Intel".into()],
            bars: vec![0, 3],
            registers: vec![Offsets::one(0x20), parse_registers("3:+0x40…+0x5c by 4").unwrap()],
            time: Some(parse_time_range("5.02..+1").unwrap()),
            mark: Some(parse_mark_range("it's up..").unwrap()),
            op: Some(Op::Write),
            width: Some(4),
        };
        assert_eq!(
            filter.to_string(),
            "--device 00:02.0 --device 'HDA Intel' --bar 0,3 --reg '+0x20,3:+0x40..+0x5c by 4' \
             --time 5.020000..+1.000000 --mark 'it'\\''s up..' --op W --width 4"
        );
        assert_eq!(Filter::default().to_string(), "");
    }
}
