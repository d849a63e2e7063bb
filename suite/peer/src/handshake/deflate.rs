//! The negotiation of permessage-deflate (RFC 7692, 5 and 7.1).

use wsspec_wire::{DeflateOffer, DeflateParams, Extension, Offer};

use crate::{Flaw, flaw::Conduct};

/// What was agreed, and the response's extension elements for it.
pub(crate) struct Agreement {
    pub(crate) params: DeflateParams,
    pub(crate) answer: Vec<String>,
}

impl Agreement {
    /// Without parameters.
    pub(super) fn plain() -> Self {
        Self { params: DeflateParams::default(), answer: vec![DeflateParams::NAME.to_owned()] }
    }
}

/// Accepts the first acceptable offer; `None` if all are declined.
pub(crate) fn negotiate(fault: Conduct, offer: &Offer) -> Option<Agreement> {
    if fault.is(Flaw::DeclinesOffers) {
        return None;
    }
    let considered = if fault.is(Flaw::ReadsFirstOfferOnly) { 1 } else { usize::MAX };
    let named = || offer.extensions.iter().take(considered).filter(|e| e.name == DeflateParams::NAME);
    let mut taken = named().filter_map(|extension| read(fault, extension));
    let Some(first) = taken.next() else {
        let answers = fault.is(Flaw::AnswersDeclinedOffers) && named().next().is_some();
        return answers.then(Agreement::plain);
    };
    let mut answer = vec![answer(fault, &first)];
    if fault.is(Flaw::TakesAllOffers) {
        answer.extend(taken.map(|offer| offer.accept().to_string()));
    }
    let mut params = DeflateParams::from_answer(&first.accept()).unwrap_or_default();
    if fault.is(Flaw::TakesHintForAgreed) && first.client_max_window_bits.is_some() {
        params.client_max_window_bits = 9;
    }
    Some(Agreement { params, answer })
}

/// Parses an offer, or declines it (RFC 7692, 7).
fn read(fault: Conduct, extension: &Extension) -> Option<DeflateOffer> {
    let mut extension = extension.clone();
    if let Some(flaw) = fault.flaw {
        strip_ignored(flaw, &mut extension);
    }
    let offer = DeflateOffer::from_extension(&extension).ok()?;
    let declined = fault.is(Flaw::WantsClientBitsValue) && offer.client_max_window_bits == Some(None);
    (!declined).then_some(offer)
}

/// Removes what a flaw ignores.
fn strip_ignored(flaw: Flaw, extension: &mut Extension) {
    let params = &mut extension.params;
    match flaw {
        Flaw::TakesUnknownParameters => params.retain(|(name, _)| {
            let known = DeflateOffer::from_extension(&Extension {
                name: DeflateParams::NAME.to_owned(),
                params: vec![(name.clone(), None)],
            });
            known.is_ok() || name == "server_max_window_bits"
        }),
        Flaw::TakesRepeatedParameters => {
            let mut seen = Vec::new();
            params.retain(|(name, _)| {
                let first = !seen.contains(name);
                seen.push(name.clone());
                first
            });
        }
        Flaw::TakesServerTakeoverValue => {
            values(params, "server_no_context_takeover").for_each(|value| *value = None);
        }
        Flaw::TakesClientTakeoverValue => {
            values(params, "client_no_context_takeover").for_each(|value| *value = None);
        }
        Flaw::TakesInvalidClientBits => {
            values(params, "client_max_window_bits").for_each(|value| *value = None);
        }
        Flaw::TakesServerBitsWithoutValue
        | Flaw::TakesServerBitsOutOfRange
        | Flaw::TakesServerBitsMalformed => {
            values(params, "server_max_window_bits").for_each(|value| mend_server_bits(flaw, value));
        }
        _ => {}
    }
}

/// The values of the parameters with this name.
fn values<'p>(
    params: &'p mut [(String, Option<String>)],
    wanted: &str,
) -> impl Iterator<Item = &'p mut Option<String>> {
    params.iter_mut().filter(move |(name, _)| name == wanted).map(|(_, value)| value)
}

fn mend_server_bits(flaw: Flaw, value: &mut Option<String>) {
    let plain = |text: &str| !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let mended = match (flaw, value.as_deref()) {
        (Flaw::TakesServerBitsWithoutValue, None) => Some("15"),
        (Flaw::TakesServerBitsOutOfRange, Some(text)) if plain(text) || text == "0" => {
            let small = text.len() == 1 && text < "8";
            Some(if small { "8" } else { "15" })
        }
        (Flaw::TakesServerBitsMalformed, Some(text)) if !plain(text) && text != "0" => Some("10"),
        _ => None,
    };
    if let Some(mended) = mended {
        *value = Some(mended.to_owned());
    }
}

/// The element that accepts an offer.
fn answer(fault: Conduct, offer: &DeflateOffer) -> String {
    let mut extension = offer.accept();
    let params = &mut extension.params;
    let mut set = |name: &str, value: Option<Option<&str>>| {
        let place = params.iter().position(|(param, _)| param == name);
        match (place, value) {
            (Some(at), None) => drop(params.remove(at)),
            (Some(at), Some(value)) => params[at].1 = value.map(str::to_owned),
            (None, _) => {}
        }
    };
    match fault.flaw {
        Some(Flaw::OmitsServerTakeover) => set("server_no_context_takeover", None),
        Some(Flaw::GivesServerTakeoverAValue) => set("server_no_context_takeover", Some(Some("1"))),
        Some(Flaw::GivesClientTakeoverAValue) => set("client_no_context_takeover", Some(Some("1"))),
        Some(Flaw::AgreesInSilence) => set("client_no_context_takeover", None),
        Some(Flaw::TakesHintForAgreed) => set("client_max_window_bits", None),
        Some(Flaw::OmitsServerBits) => set("server_max_window_bits", None),
        Some(Flaw::AnswersServerBits15) => set("server_max_window_bits", Some(Some("15"))),
        Some(Flaw::AnswersServerBits7) => set("server_max_window_bits", Some(Some("7"))),
        Some(Flaw::AnswersServerBitsWithoutValue) => set("server_max_window_bits", Some(None)),
        _ => {}
    }
    let more = match fault.flaw {
        Some(Flaw::AnswersClientBits16) if offer.client_max_window_bits.is_some() => {
            Some(("client_max_window_bits", Some("16")))
        }
        Some(Flaw::AnswersClientBitsWithoutValue) if offer.client_max_window_bits.is_some() => {
            Some(("client_max_window_bits", None))
        }
        Some(Flaw::AnswersClientBitsUnasked) if offer.client_max_window_bits.is_none() => {
            Some(("client_max_window_bits", Some("12")))
        }
        Some(Flaw::AnswersUnknownParameter) => Some(("wsspec", None)),
        _ => None,
    };
    extension.params.extend(more.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))));
    extension.to_string()
}
