//! Where a requirement can be read.

use wsspec_wire::RequirementId;

/// The section of the RFC on the RFC Editor's site; `None` for other specifications and invalid ids.
pub(crate) fn link(requirement: &str) -> Option<String> {
    let id = RequirementId::parse(requirement)?;
    let number = id.spec().strip_prefix("rfc")?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let section = id.section();
    let kind = if section.starts_with(|c: char| c.is_ascii_digit()) { "section" } else { "appendix" };
    Some(format!("https://www.rfc-editor.org/rfc/rfc{number}#{kind}-{section}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_of_an_rfc_has_an_address() {
        let section = "https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2";
        assert_eq!(link("rfc6455#5.5.2:2").as_deref(), Some(section));
        assert_eq!(
            link("rfc7692#A.1:1").as_deref(),
            Some("https://www.rfc-editor.org/rfc/rfc7692#appendix-A.1")
        );
    }

    #[test]
    fn what_is_no_rfc_has_none() {
        for id in ["demo#1:1", "rfc#1:1", "rfc6455", "rfc6455#5\">:1", "rfc64x#5:1"] {
            assert_eq!(link(id), None, "{id}");
        }
    }
}
