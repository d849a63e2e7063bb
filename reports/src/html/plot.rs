//! Plots as inline SVG, each with its numbers in words for screen readers.

use maud::{Markup, html};

/// Inner width of a plot, in its own units.
const WIDTH: f64 = 560.0;
/// Inner height of a plot.
const HEIGHT: f64 = 150.0;
/// Space for the labels on the left and below.
const LEFT: f64 = 56.0;

/// A tick of an axis: its position as a fraction of the axis, and its label.
pub(super) type Tick = (f64, String);

/// A line of points, as fractions of width and height.
#[derive(Debug)]
pub(super) struct Series<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Adjacent bars that fill the width, with heights as fractions, each with its label.
pub(super) fn histogram(label: &str, bars: &[(f64, String)], ticks: &[Tick]) -> Markup {
    let width = WIDTH / bars.len().max(1) as f64;
    html! {
        (frame(label, &[], ticks, &html! {
            @for (at, (share, what)) in bars.iter().enumerate() {
                rect.column x=(round(LEFT + width * at as f64 + 1.0)) width=(round(width - 2.0))
                    y=(round(HEIGHT * (1.0 - share))) height=(round(HEIGHT * share)) { title { (what) } }
            }
        }))
    }
}

/// Points joined by lines, distinguished by dash patterns and names.
pub(super) fn lines(label: &str, series: &[Series<'_>], up: &[Tick], across: &[Tick]) -> Markup {
    html! {
        (frame(label, up, across, &html! {
            @for (at, line) in series.iter().enumerate() {
                g class={ "series s" (at % 6) } {
                    polyline points=(path(&line.points)) {}
                    @for (x, y) in &line.points {
                        circle cx=(round(LEFT + x * WIDTH)) cy=(round(HEIGHT * (1.0 - y))) r="3" {}
                    }
                }
            }
        }))
        @if series.len() > 1 {
            ul.legend aria-hidden="true" {
                @for (at, line) in series.iter().enumerate() {
                    li {
                        svg class={ "series s" (at % 6) } viewBox="0 0 28 8" width="28" height="8" {
                            polyline points="0,4 28,4" {}
                        }
                        " " (line.name)
                    }
                }
            }
        }
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let points =
        points.iter().map(|(x, y)| format!("{},{}", round(LEFT + x * WIDTH), round(HEIGHT * (1.0 - y))));
    points.collect::<Vec<_>>().join(" ")
}

fn frame(label: &str, up: &[Tick], across: &[Tick], inside: &Markup) -> Markup {
    html! {
        svg.plot viewBox={ "0 -10 " (LEFT + WIDTH + 24.0) " " (HEIGHT + 36.0) } role="img" aria-label=(label) {
            @for (share, text) in up {
                line.grid x1=(LEFT) x2=(LEFT + WIDTH) y1=(round(HEIGHT * (1.0 - share))) y2=(round(HEIGHT * (1.0 - share))) {}
                text.up x=(LEFT - 6.0) y=(round(HEIGHT * (1.0 - share) + 4.0)) { (text) }
            }
            line.axis x1=(LEFT) x2=(LEFT + WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
            @for (share, text) in across {
                line.axis x1=(round(LEFT + WIDTH * share)) x2=(round(LEFT + WIDTH * share)) y1=(HEIGHT) y2=(HEIGHT + 4.0) {}
                text.across x=(round(LEFT + WIDTH * share)) y=(HEIGHT + 18.0) { (text) }
            }
            (inside)
        }
    }
}

/// One decimal is finer than a pixel.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
