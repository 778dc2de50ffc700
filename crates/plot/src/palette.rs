//! Colours. Categories are those of Okabe and Ito, which colour blindness leaves apart; densities go from
//! light to dark or back, so that they survive a black and white printer.

use mmio_analyze::kinds::RegisterKind;

/// Where a picture is to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light, for paper and for pages.
    #[default]
    Light,
    /// Dark, for screens at night.
    Dark,
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    const fn hex(rgb: u32) -> Rgb {
        Rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }

    fn mix(self, other: Rgb, share: f64) -> Rgb {
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Rgb(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// How light the colour seems, 0 to 1.
    fn lightness(self) -> f64 {
        (0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)) / 255.0
    }

    /// The colour of text: black on light colours, white on dark ones.
    fn text(self) -> Rgb {
        if self.lightness() > 0.48 { Rgb::hex(0x13_16_1a) } else { Rgb::hex(0xff_ff_ff) }
    }
}

/// An opaque colour, as it is in each theme. A picture is drawn once for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Color {
    pub light: Rgb,
    pub dark: Rgb,
}

impl Color {
    const fn new(light: u32, dark: u32) -> Color {
        Color { light: Rgb::hex(light), dark: Rgb::hex(dark) }
    }

    /// The colour as it is in `theme`.
    pub fn on(self, theme: Theme) -> Rgb {
        match theme {
            Theme::Light => self.light,
            Theme::Dark => self.dark,
        }
    }

    /// The colour `share` (0 to 1) of the way to `other`.
    pub fn mix(self, other: Color, share: f64) -> Color {
        Color { light: self.light.mix(other.light, share), dark: self.dark.mix(other.dark, share) }
    }

    /// The colour of text on this one.
    pub fn text(self) -> Color {
        Color { light: self.light.text(), dark: self.dark.text() }
    }
}

/// The colours of pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Palette {
    pub background: Color,
    /// The ground of data.
    pub panel: Color,
    pub grid: Color,
    pub ink: Color,
    /// The colour of what is said beside the data.
    pub muted: Color,
    pub read: Color,
    pub write: Color,
    /// The colour of accesses that the tracer could not decode.
    pub unknown: Color,
    pub marker: Color,
    pub lost: Color,
    /// The colours of densities, from one access to very many.
    ramp: [Color; 6],
}

/// The one palette of all pictures.
pub const PALETTE: Palette = Palette {
    background: Color::new(0xff_ff_ff, 0x14_17_1c),
    panel: Color::new(0xf5_f7_f9, 0x1a_1e_25),
    grid: Color::new(0xdd_e2_e8, 0x30_37_41),
    ink: Color::new(0x1b_1f_24, 0xe6_e9_ee),
    muted: Color::new(0x59_63_70, 0x9c_a6_b3),
    read: Color::new(0x00_72_b2, 0x56_b4_e9),
    write: Color::new(0xd5_5e_00, 0xf0_8a_3c),
    unknown: Color::new(0x8a_93_9e, 0x7a_83_8f),
    marker: Color::new(0x00_7a_5a, 0x2f_c4_9b),
    lost: Color::new(0xb8_2e_86, 0xe5_7f_bf),
    ramp: [
        Color::new(0xb5_d3_ea, 0x35_5d_a6),
        Color::new(0x74_b2_da, 0x57_76_a1),
        Color::new(0x3c_86_c0, 0x7b_8a_95),
        Color::new(0x1f_57_96, 0xa2_9c_7c),
        Color::new(0x2a_25_66, 0xd3_bf_5e),
        Color::new(0x15_0a_2e, 0xff_ea_46),
    ],
};

impl Palette {
    /// The colour of a density from 0 (one access) to 1 (the most).
    pub fn density(&self, share: f64) -> Color {
        let last = self.ramp.len() - 1;
        let place = share.clamp(0.0, 1.0) * last as f64;
        let low = (place as usize).min(last - 1);
        self.ramp[low].mix(self.ramp[low + 1], place - low as f64)
    }

    /// The colour of a kind of register; twelve kinds need words beside their colours.
    pub fn kind(&self, kind: RegisterKind) -> Color {
        let both = match kind {
            RegisterKind::Constant => 0x7d_8f_b3,
            RegisterKind::Status => 0x56_b4_e9,
            RegisterKind::Counter => 0x1f_5f_99,
            RegisterKind::Config => 0x00_9e_73,
            RegisterKind::Memory => 0x7a_9a_5b,
            RegisterKind::Control => 0xe6_9f_00,
            RegisterKind::W1c => 0xcc_79_a7,
            RegisterKind::Rc => 0x8a_5f_a8,
            RegisterKind::Trigger => 0xd5_5e_00,
            RegisterKind::Index => 0xf0_e4_42,
            RegisterKind::Data => 0x8c_6d_31,
            RegisterKind::Unknown => 0xb8_b5_b0,
        };
        Color::new(both, both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_run_from_near_the_background_to_far_from_it() {
        for theme in [Theme::Light, Theme::Dark] {
            let background = PALETTE.background.on(theme).lightness();
            let apart = |c: Color| (c.on(theme).lightness() - background).abs();
            let steps: Vec<f64> = (0..=20).map(|i| apart(PALETTE.density(f64::from(i) / 20.0))).collect();
            assert!(steps.is_sorted(), "{steps:?}");
            assert!(steps[0] > 0.12, "a single access can be seen: {steps:?}");
        }
    }
}
