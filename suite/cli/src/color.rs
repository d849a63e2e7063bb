//! `--color`.

use clap::ColorChoice;

use crate::heading;

/// `--color`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ColorArgs {
    /// When to use colour
    #[arg(long = "color", value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, help_heading = heading::OUTPUT)]
    pub choice: ColorChoice,
}

impl ColorArgs {
    /// Applies the choice to everything printed from now on.
    pub fn apply(self) {
        match self.choice {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
