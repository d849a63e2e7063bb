//! Parses the frames of HTTP/2 and HTTP/3.

use wsspec_wire::{ErrorCode, Http2Setting};

use super::{PayloadFiles, payload, words::SourceWord};
use crate::{error::NotationError, http2::Http2Spec, suggestion::suggestion};

/// Parses an item, if it is one of these.
pub(super) fn parse(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Option<Result<Http2Spec, NotationError>> {
    Some(match item.text {
        "settings" => settings(item, rest),
        "rst" => code(item, rest, None).map(Http2Spec::Reset),
        "goaway" => code(item, rest, Some(ErrorCode::NO_ERROR)).map(Http2Spec::GoAway),
        "window" => window(item, rest),
        "data" => data(item, rest, files),
        "frame" => frame(item, rest, files),
        _ => return None,
    })
}

fn settings(item: SourceWord<'_>, rest: &[SourceWord<'_>]) -> Result<Http2Spec, NotationError> {
    let names: Vec<&str> = Http2Setting::NAMES.iter().map(|(_, name)| *name).collect();
    let setting = |word: &SourceWord<'_>| {
        let (name, value) = word.text.split_once('=').unwrap_or((word.text, ""));
        let id = Http2Setting::id_of(name).ok_or_else(|| {
            word.error(format!("`{name}` is not a setting of HTTP/2")).help(suggestion(name, &names))
        })?;
        let value = value.parse().map_err(|_| {
            word.error(format!("`{}` has no value", word.text)).help(format!("write `{name}=1`"))
        })?;
        Ok(Http2Setting::new(id, value))
    };
    if rest.is_empty() {
        return Err(item.error("`settings` sets nothing").help("write `settings enable-connect-protocol=0`"));
    }
    rest.iter().map(setting).collect::<Result<_, _>>().map(Http2Spec::Settings)
}

fn code(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    usual: Option<ErrorCode>,
) -> Result<ErrorCode, NotationError> {
    match (rest, usual) {
        ([], Some(usual)) => Ok(usual),
        ([word], _) => ErrorCode::parse(word.text).ok_or_else(|| {
            let text = word.text;
            word.error(format!("`{text}` is not an error code")).help(suggestion(text, &ErrorCode::NAMES))
        }),
        ([], None) => Err(item.error("`rst` needs an error code").help("write `rst CANCEL`")),
        ([_, more, ..], _) => Err(more.error(format!("`{}` is an unexpected word", more.text))),
    }
}

fn window(item: SourceWord<'_>, rest: &[SourceWord<'_>]) -> Result<Http2Spec, NotationError> {
    let count = match rest {
        [word] => word.text.parse().ok().filter(|more| (1..=0x7FFF_FFFF).contains(more)),
        _ => None,
    };
    let bad = || item.error("`window` needs a number of octets").help("write `window 1`");
    count.map(Http2Spec::Window).ok_or_else(bad)
}

fn data(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Http2Spec, NotationError> {
    let Some((&first, more)) = rest.split_first() else {
        return Err(item.error("`data` needs bytes").help("write them as a payload: `data \"\" +end`"));
    };
    let payload = payload::parse(first, files)?;
    let (mut padding, mut ends) = (None, false);
    for word in more {
        match (word.text, word.text.strip_prefix("pad:").map(str::parse)) {
            ("+end", _) => ends = true,
            (_, Some(Ok(count))) => padding = Some(count),
            (_, Some(Err(_))) => return Err(word.error("padding is from 0 to 255 octets")),
            (text, None) => {
                let error = word.error(format!("`{text}` is not an attribute of `data`"));
                return Err(error.help(suggestion(text, &["pad:N", "+end"])));
            }
        }
    }
    Ok(Http2Spec::Data { payload, padding, ends })
}

fn frame(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Http2Spec, NotationError> {
    let bad = || item.error("`frame` needs a kind and bytes").help("write `frame 0x21 \"\"`");
    let [of, payload] = rest else { return Err(bad()) };
    let kind = of.text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let kind = kind.filter(|kind| *kind < 1 << 62).ok_or_else(bad)?;
    Ok(Http2Spec::Frame { kind, payload: payload::parse(*payload, files)? })
}

#[cfg(test)]
mod tests {
    use crate::parse_sending;

    #[test]
    fn each_frame_is_printed_as_it_is_read() {
        for text in [
            "settings enable-connect-protocol=0 initial-window-size=1 0x99=7",
            "rst CANCEL",
            "rst 77",
            "goaway",
            "goaway PROTOCOL_ERROR",
            "window 1",
            "data \"\" +end",
            "data x\"81 00\" pad:255 +end",
            "data \"a\"",
            "frame 0x21 \"a\"",
            "rst H3_REQUEST_CANCELLED",
        ] {
            assert_eq!(parse_sending(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let why = |text: &str| {
            let error = parse_sending(text).unwrap_err();
            format!("{error}: {}", error.help.clone().unwrap_or_default())
        };
        assert!(why("settings enable-conect-protocol=0").contains("enable-connect-protocol"));
        assert!(why("settings enable-push").contains("has no value"));
        assert!(why("rst").contains("needs an error code"));
        assert!(why("rst CANCELLED").contains("CANCEL"));
        assert!(why("window 0").contains("number of octets"));
        assert!(why("data").contains("needs bytes"));
        assert!(why("frame 33 \"\"").contains("0x21"));
        assert!(why("frame 0x21").contains("a kind and bytes"));
        assert!(why("data \"a\" pad:256").contains("255"));
        assert!(why("data \"a\" -end").contains("+end"));
    }
}
