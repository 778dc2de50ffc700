//! Colours. Categories are those of Okabe and Ito, which colour blindness leaves apart; densities go from
//! light to dark or back, so that they survive a black and white printer.

use mmio_analyze::kinds::RegisterKind;

/// An opaque colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    const fn hex(rgb: u32) -> Color {
        Color((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }

    /// The colour `share` (0 to 1) of the way to `other`.
    pub fn mix(self, other: Color, share: f64) -> Color {
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Color(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// How light it seems, 0 to 1.
    pub fn lightness(self) -> f64 {
        (0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)) / 255.0
    }
}

/// The colours of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Theme {
    pub background: Color,
    /// Behind data.
    pub panel: Color,
    pub grid: Color,
    pub ink: Color,
    /// For what is said beside.
    pub muted: Color,
    pub read: Color,
    pub write: Color,
    /// Accesses that the tracer could not decode.
    pub unknown: Color,
    pub marker: Color,
    pub lost: Color,
    /// From one access to very many.
    ramp: [Color; 6],
    /// Black text on light colours, white on dark ones.
    on_light: Color,
    on_dark: Color,
}

impl Theme {
    /// For paper and pages.
    pub fn light() -> Theme {
        Theme {
            background: Color::hex(0xff_ff_ff),
            panel: Color::hex(0xf5_f7_f9),
            grid: Color::hex(0xdd_e2_e8),
            ink: Color::hex(0x1b_1f_24),
            muted: Color::hex(0x59_63_70),
            read: Color::hex(0x00_72_b2),
            write: Color::hex(0xd5_5e_00),
            unknown: Color::hex(0x8a_93_9e),
            marker: Color::hex(0x00_7a_5a),
            lost: Color::hex(0xb8_2e_86),
            ramp: [0xb5d3ea, 0x74b2da, 0x3c86c0, 0x1f5796, 0x2a2566, 0x150a2e].map(Color::hex),
            on_light: Color::hex(0x1b_1f_24),
            on_dark: Color::hex(0xff_ff_ff),
        }
    }

    /// For screens at night.
    pub fn dark() -> Theme {
        Theme {
            background: Color::hex(0x14_17_1c),
            panel: Color::hex(0x1a_1e_25),
            grid: Color::hex(0x30_37_41),
            ink: Color::hex(0xe6_e9_ee),
            muted: Color::hex(0x9c_a6_b3),
            read: Color::hex(0x56_b4_e9),
            write: Color::hex(0xf0_8a_3c),
            unknown: Color::hex(0x7a_83_8f),
            marker: Color::hex(0x2f_c4_9b),
            lost: Color::hex(0xe5_7f_bf),
            ramp: [0x2c4a86, 0x4f6a8f, 0x75828c, 0xa29c7c, 0xd3bf5e, 0xffea46].map(Color::hex),
            on_light: Color::hex(0x10_13_17),
            on_dark: Color::hex(0xff_ff_ff),
        }
    }

    /// The colour of a density from 0 (one access) to 1 (the most).
    pub fn density(&self, share: f64) -> Color {
        let last = self.ramp.len() - 1;
        let place = share.clamp(0.0, 1.0) * last as f64;
        let low = (place as usize).min(last - 1);
        self.ramp[low].mix(self.ramp[low + 1], place - low as f64)
    }

    /// The colour of text on `color`.
    pub fn text_on(&self, color: Color) -> Color {
        if color.lightness() > 0.55 { self.on_light } else { self.on_dark }
    }

    /// The colour of a kind of register; twelve kinds need words beside their colours.
    pub fn kind(&self, kind: RegisterKind) -> Color {
        Color::hex(match kind {
            RegisterKind::Constant => 0x9f_b8_cc,
            RegisterKind::Status => 0x56_b4_e9,
            RegisterKind::Counter => 0x3a_7c_a5,
            RegisterKind::Config => 0x00_9e_73,
            RegisterKind::Memory => 0x9c_c5_a1,
            RegisterKind::Control => 0xe6_9f_00,
            RegisterKind::W1c => 0xcc_79_a7,
            RegisterKind::Rc => 0x93_5f_8f,
            RegisterKind::Trigger => 0xd5_5e_00,
            RegisterKind::Index => 0xf0_e4_42,
            RegisterKind::Data => 0xd9_c8_7a,
            RegisterKind::Unknown => 0xa3_a9_b0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_run_from_near_the_background_to_far_from_it() {
        for theme in [Theme::light(), Theme::dark()] {
            let apart = |c: Color| (c.lightness() - theme.background.lightness()).abs();
            let steps: Vec<f64> = (0..=20).map(|i| apart(theme.density(f64::from(i) / 20.0))).collect();
            assert!(steps.is_sorted(), "{steps:?}");
            assert!(steps[0] > 0.12, "a single access can be seen: {steps:?}");
        }
    }
}
