//! How values of `wsspec-wire`, which does not use serde, are written in a record.

/// A requirement id as its text.
pub(crate) mod id {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use wsspec_wire::RequirementId;

    pub(crate) fn serialize<S: Serializer>(id: &RequirementId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<RequirementId, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        RequirementId::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not a requirement id, like `rfc6455#5.1:5`"))
        })
    }
}

/// Several of them.
pub(crate) mod ids {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use wsspec_wire::RequirementId;

    #[derive(Serialize, Deserialize)]
    struct Id(#[serde(with = "super::id")] RequirementId);

    pub(crate) fn serialize<S: Serializer>(ids: &[RequirementId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(RequirementId::as_str))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<RequirementId>, D::Error> {
        Ok(Vec::<Id>::deserialize(from)?.into_iter().map(|Id(id)| id).collect())
    }
}

/// The name of a connection, as its text.
pub(crate) mod connection {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use wsspec_wire::ConnectionName;

    // serde asks for a reference to the field.
    #[allow(clippy::ref_option)]
    pub(crate) fn serialize<S: Serializer>(name: &Option<ConnectionName>, to: S) -> Result<S::Ok, S::Error> {
        match name {
            Some(name) => to.serialize_some(name.as_str()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ConnectionName>, D::Error> {
        let Some(text) = Option::<Cow<str>>::deserialize(from)? else { return Ok(None) };
        let wrong = || D::Error::custom(format!("`{text}` is not the name of a connection, like `front`"));
        ConnectionName::parse(&text).map(Some).ok_or_else(wrong)
    }
}

/// `MUST`, `SHOULD`, `MAY`.
pub(crate) mod level {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use wsspec_wire::Level;

    pub(crate) fn serialize<S: Serializer>(level: &Level, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(level)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Level, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        [Level::Must, Level::Should, Level::May]
            .into_iter()
            .find(|level| level.to_string() == text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is not a level: `MUST`, `SHOULD` or `MAY`")))
    }
}
