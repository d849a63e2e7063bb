//! The names of report files.

use crate::CaseId;

/// The name of a report without its extension: only letters, digits and underscores.
///
/// ```
/// use wsspec_autobahn::{CaseId, file_stem};
///
/// assert_eq!(file_stem("Test.Agent v1-2", &CaseId::new(&[12, 1, 1])), "test_agent_v1_2_case_12_1_1");
/// assert_eq!(file_stem("../../etc/passwd", &CaseId::new(&[2, 1])), "etc_passwd_case_2_1");
/// ```
#[must_use]
pub fn file_stem(agent: &str, id: &CaseId) -> String {
    let plain = |c: char| if matches!(c, 'a'..='z' | '0'..='9') { c } else { ' ' };
    let name: String = agent.to_lowercase().chars().map(plain).collect();
    // File systems allow names of at most 255 bytes.
    let name: String = name.trim().replace(' ', "_").chars().take(180).collect();
    format!("{name}_case_{}", id.underscored())
}
