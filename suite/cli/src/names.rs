//! Names of roles and needs, for people and for programs.

use wsspec_catalogue::Need;
use wsspec_wire::Role;

/// `client`, `server`.
pub fn role_names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.word()).collect()
}

/// `echo`, `pong`, ...
pub fn need_names(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().map(|need| need.name()).collect()
}
