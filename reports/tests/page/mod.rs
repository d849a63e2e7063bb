//! A page parsed as a browser would.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::Read;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use scraper::{Html, Selector};
use serde_json::Value;

/// Elements that our templates make.
const ELEMENTS: &str = "html head meta title link style body a header p nav button h1 h2 h3 main section article span \
    svg rect ul li b small dl div dt dd code table thead tbody tr td th form fieldset legend label input select option ol \
    blockquote noscript figure figcaption text line g polyline circle details summary footer script";

/// The text of the first element that a selector finds.
pub fn text(html: &str, selector: &str) -> String {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).next().unwrap_or_else(|| panic!("no {selector:?}")).text().collect()
}

/// The texts of all elements that a selector finds.
pub fn texts(html: &str, selector: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).map(|element| element.text().collect()).collect()
}

/// An attribute of all elements that a selector finds.
pub fn attributes(html: &str, selector: &str, name: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).map(|element| element.attr(name).unwrap().to_owned()).collect()
}

/// The source of the first element that a selector finds.
pub fn markup(html: &str, selector: &str) -> String {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).next().unwrap_or_else(|| panic!("no {selector:?}")).html()
}

/// The data of the list and its filters.
pub fn index(html: &str) -> Value {
    serde_json::from_str(&text(html, "[data-part=index]")).unwrap()
}

/// The data of transcripts, decompressed.
pub fn details(html: &str) -> String {
    let packed = STANDARD.decode(text(html, "[data-part=details]")).unwrap();
    let mut out = String::new();
    DeflateDecoder::new(&*packed).read_to_string(&mut out).unwrap();
    out
}

/// Elements and attributes that our templates do not produce, and links that lead elsewhere.
pub fn foreign(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let mut found = Vec::new();
    let mut scripts = 0;
    for element in document.select(&Selector::parse("*").unwrap()) {
        let name = element.value().name();
        scripts += usize::from(name == "script");
        if !ELEMENTS.split_whitespace().any(|known| known == name) {
            found.push(format!("<{name}>"));
        }
        for (attribute, value) in element.value().attrs() {
            let leads_away = ["#", "https://www.rfc-editor.org/rfc/rfc", "data:,"];
            let bad = match attribute {
                "href" => !leads_away.iter().any(|start| value.starts_with(start)),
                "src" | "srcset" | "style" | "action" | "formaction" => true,
                _ => attribute.starts_with("on"),
            };
            if bad {
                found.push(format!("<{name} {attribute}={value:?}>"));
            }
        }
    }
    if scripts != 3 {
        found.push(format!("{scripts} scripts"));
    }
    found
}
