//! Coverage pages in Markdown: how many requirements the cases provably test, and for one specification, which.

use std::fmt::{self, Write};

use wsspec_catalogue::{Case, Catalogue, CoverageTally, Covered, Gap, Requirement, coverage};
use wsspec_peer::{
    ConnectFlaw, EngineIoClientFlaw, EngineIoFlaw, Flaw, GatewayFlaw, PollingFlaw, ProxyFlaw, SockJsFlaw,
    SocksFlaw, StompClientFlaw, StompFlaw, UpgradeGatewayFlaw,
};
use wsspec_wire::{Level, Role};

use crate::names::role_names;

const INTRODUCTION: &str = "\
# What is tested

How many requirements of each specification the cases are proven to test. Each requirement with its flaws and cases:

";

/// The text below the links to the specifications' pages.
const TERMS: &str = "
Made by `wsspec export --format coverage`, those pages with `--spec`; `cargo xtask bless` writes them.

*Observable* is what a peer on the wire can tell. *Proven* is what a case is known to test: the suite has a peer that
breaks this requirement and otherwise conforms, and that peer fails a case that cites the requirement or whose verdict names
it; where the requirement is a should, lenient is enough. `suite/exchange/tests/proofs.rs` plays them. *Cited* is what a
case for peers of that role cites. The ratio is proven to observable. Nothing can break a permission: of each may it only
counts that a case cites it. A requirement of both roles counts in both.
";

/// The text above the rows of a specification's page.
const COLUMNS: &str = "\
| id | level | role | requirement | broken by | named first by | also cited by |
|---|---|---|---|---|---|---|
";

/// Maximum number of flaws that a row names.
const FLAWS: usize = 4;

const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];
const ROLES: [(Role, &str); 2] = [(Role::Server, "Servers"), (Role::Client, "Clients")];

/// The figures, with links to the specifications' pages. Depends only on the catalogue.
pub fn summary(catalogue: &Catalogue) -> String {
    let covered = coverage(catalogue);
    let mut page = INTRODUCTION.to_owned();
    for spec in by_spec(&covered) {
        page += &format!("- [{}](coverage/{}.md)\n", name(spec), spec_of(spec));
    }
    page += TERMS;
    // Writing to a string cannot fail.
    let _ = figures(&mut page, &covered);
    page
}

/// Each requirement of a specification, one per line in the order of its text; `None` if it has none.
pub fn listing(catalogue: &Catalogue, spec: &str) -> Option<String> {
    let covered = coverage(catalogue);
    let covered = by_spec(&covered).find(|covered| spec_of(covered) == spec)?;
    let rows: String = covered.iter().map(|covered| listing_row(covered) + "\n").collect();
    Some(format!("# {}: each requirement, and the cases that test it\n\n{COLUMNS}{rows}", name(covered)))
}

fn figures(page: &mut String, covered: &[Covered<'_>]) -> fmt::Result {
    for (role, heading) in ROLES {
        writeln!(page, "\n## {heading}\n")?;
        writeln!(page, "| specification | level | requirements | observable | proven | cited | ratio |")?;
        writeln!(page, "|---|---|--:|--:|--:|--:|--:|")?;
        let specs = by_spec(covered).map(|spec| (name(spec), spec));
        for (name, spec) in specs.chain([("all".to_owned(), covered)]) {
            figures_row(page, &name, "must", tally(of_level(spec, Level::Must), role))?;
            figures_row(page, &name, "should", tally(of_level(spec, Level::Should), role))?;
            figures_row(page, &name, "must and should", tally(duties(spec), role))?;
            figures_row(page, &name, "may", tally(of_level(spec, Level::May), role))?;
        }
    }
    for spec in by_spec(covered) {
        sections(page, spec)?;
    }
    Ok(())
}

fn figures_row(page: &mut String, spec: &str, level: &str, tally: CoverageTally) -> fmt::Result {
    let CoverageTally { all, observable, proven, cited } = tally;
    match level {
        "may" => writeln!(page, "| {spec} | {level} | {all} | {observable} | – | {cited} | – |"),
        _ => writeln!(
            page,
            "| {spec} | {level} | {all} | {observable} | {proven} | {cited} | {} |",
            ratio(tally)
        ),
    }
}

/// Whether a flaw of a server, a client or a broker shows that a requirement is tested.
fn proves(requirement: &str, role: Role) -> bool {
    let of_layers = || {
        StompFlaw::proves(requirement)
            || EngineIoFlaw::proves(requirement)
            || PollingFlaw::proves(requirement)
            || SockJsFlaw::proves(requirement)
    };
    Flaw::proves(requirement, role)
        || role == Role::Client
            && (StompClientFlaw::proves(requirement) || EngineIoClientFlaw::proves(requirement))
        || role == Role::Server && (of_layers() || of_proxies(requirement).next().is_some())
}

/// The names of the flaws of proxies that break a rule for intermediaries. Rules of either end are proven by the flaws of that
/// end.
fn of_proxies(requirement: &str) -> impl Iterator<Item = String> {
    let is_theirs = requirement.starts_with("intermediaries#");
    let of_both = is_theirs.then(|| {
        let reverse = ProxyFlaw::breaking(requirement).map(ProxyFlaw::name);
        let gateways = GatewayFlaw::breaking(requirement).map(GatewayFlaw::name);
        let to_http2 = UpgradeGatewayFlaw::breaking(requirement).map(UpgradeGatewayFlaw::name);
        reverse.chain(gateways).chain(to_http2)
    });
    of_both
        .into_iter()
        .flatten()
        .chain(ConnectFlaw::breaking(requirement).map(ConnectFlaw::name))
        .chain(SocksFlaw::breaking(requirement).map(SocksFlaw::name))
}

fn tally<'c>(covered: impl IntoIterator<Item = &'c Covered<'c>>, role: Role) -> CoverageTally {
    CoverageTally::of(covered, role, |requirement| proves(requirement.id.as_str(), role))
}

fn of_level<'a, 'c>(covered: &'a [Covered<'c>], level: Level) -> impl Iterator<Item = &'a Covered<'c>> {
    covered.iter().filter(move |covered| covered.requirement.level == level)
}

/// The requirements that can be broken, so not permissions.
fn duties<'a, 'c>(covered: &'a [Covered<'c>]) -> impl Iterator<Item = &'a Covered<'c>> {
    covered.iter().filter(|covered| covered.requirement.level != Level::May)
}

/// One line per section: for each role, how many observable duties are proven and how many observable permissions are
/// cited.
fn sections(page: &mut String, spec: &[Covered<'_>]) -> fmt::Result {
    writeln!(
        page,
        "\n## {} by section\n\nProven of observable, of a may cited of observable; and of all in brackets.\n",
        name(spec)
    )?;
    writeln!(
        page,
        "| section | server must | should | may | ratio | client must | should | may | ratio |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for section in by_section(spec) {
        write!(page, "| {} |", escaped(section_of(section)))?;
        for (role, _) in ROLES {
            for level in LEVELS {
                write!(page, " {} |", fraction(tally(of_level(section, level), role), level))?;
            }
            write!(page, " {} |", ratio(tally(duties(section), role)))?;
        }
        writeln!(page)?;
    }
    Ok(())
}

fn fraction(tally: CoverageTally, level: Level) -> String {
    let CoverageTally { all, observable, proven, cited } = tally;
    match (all, level) {
        (0, _) => String::new(),
        (_, Level::May) => format!("{cited}/{observable} ({all})"),
        _ => format!("{proven}/{observable} ({all})"),
    }
}

fn ratio(tally: CoverageTally) -> String {
    tally.permille().map_or_else(|| "–".to_owned(), |n| format!("{}.{} %", n / 10, n % 10))
}

fn listing_row(covered: &Covered<'_>) -> String {
    let requirement = covered.requirement;
    let id = requirement.id.as_str().split('#').next_back().unwrap_or_default();
    let level = requirement.level.name();
    let implied = if requirement.implied { ", implied" } else { "" };
    let roles = role_names(&requirement.roles).join(", ");
    let text = escaped(&requirement.text);
    let first = match &requirement.gap {
        Some(Gap::Unobservable(reason)) => format!("*not observable:* {}", escaped(reason)),
        Some(Gap::Untested(reason)) => format!("**not tested:** {}", escaped(reason)),
        None => cases(&covered.first, requirement.id.spec()),
    };
    let also = cases(&covered.also, requirement.id.spec());
    let flaws = broken_by(requirement, covered.is_observable());
    format!("| {id} | {level}{implied} | {roles} | {text} | {flaws} | {first} | {also} |")
}

/// The flaws that prove that the requirement is tested, and for each role without a proof, why.
fn broken_by(requirement: &Requirement, observable: bool) -> String {
    let id = requirement.id.as_str();
    let mut flaws: Vec<String> = Vec::new();
    for role in requirement.roles.iter().filter(|role| observable && proves(id, **role)) {
        let of_peers = Flaw::breaking(id, *role).map(|flaw| flaw.name().to_owned());
        let all = of_peers.chain(of_layers(id, *role)).chain(of_proxies(id));
        let names: Vec<_> = all.filter(|name| !flaws.contains(name)).take(FLAWS).collect();
        flaws.extend(names);
    }
    let named = flaws.into_iter();
    let unproven = requirement.roles.iter().filter_map(|role| {
        let why = Flaw::unproven(id, *role).filter(|_| observable)?;
        Some(format!("**not proven, {}:** {}", role_names(&[*role]).join(""), escaped(why)))
    });
    named.chain(unproven).collect::<Vec<_>>().join("<br>")
}

/// The flaws of our brokers, servers and clients of layers that break a rule in this role.
fn of_layers(id: &str, role: Role) -> Vec<String> {
    if role == Role::Client {
        let of_stomp = StompClientFlaw::breaking(id).map(StompClientFlaw::name);
        return of_stomp.chain(EngineIoClientFlaw::breaking(id).map(EngineIoClientFlaw::name)).collect();
    }
    let of_servers = StompFlaw::breaking(id).map(StompFlaw::name);
    let of_servers = of_servers.chain(EngineIoFlaw::breaking(id).map(EngineIoFlaw::name));
    let of_servers = of_servers.chain(PollingFlaw::breaking(id).map(PollingFlaw::name));
    of_servers.chain(SockJsFlaw::breaking(id).map(SockJsFlaw::name)).collect()
}

/// Ids, without the specification's name if it is the requirement's own; a family with its size.
fn cases(cases: &[&Case], spec: &str) -> String {
    let shown = |case: &&Case| {
        let own = case.id.strip_prefix(spec).and_then(|rest| rest.strip_prefix('/'));
        let id = escaped(own.unwrap_or(&case.id));
        match case.members.len() {
            1 => id,
            members => format!("{id} ({members})"),
        }
    };
    cases.iter().map(shown).collect::<Vec<_>>().join("<br>")
}

fn by_spec<'a, 'c>(covered: &'a [Covered<'c>]) -> impl Iterator<Item = &'a [Covered<'c>]> {
    covered.chunk_by(|a, b| a.requirement.id.spec() == b.requirement.id.spec())
}

fn by_section<'a, 'c>(spec: &'a [Covered<'c>]) -> impl Iterator<Item = &'a [Covered<'c>]> {
    spec.chunk_by(|a, b| a.requirement.id.section() == b.requirement.id.section())
}

fn section_of<'a>(section: &'a [Covered<'_>]) -> &'a str {
    section.first().map_or("", |covered| covered.requirement.id.section())
}

fn spec_of<'a>(spec: &'a [Covered<'_>]) -> &'a str {
    spec.first().map_or("", |covered| covered.requirement.id.spec())
}

/// `RFC 6455`.
fn name(spec: &[Covered<'_>]) -> String {
    let spec = spec_of(spec);
    spec.strip_prefix("rfc").map_or_else(|| escaped(spec), |number| format!("RFC {}", escaped(number)))
}

/// Escapes text for one line in a Markdown table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const SERVER_FLOOR: usize = 979;
    const CLIENT_FLOOR: usize = 978;
    const STOMP_FLOOR: usize = 935;
    const STOMP_CLIENT_FLOOR: usize = 972;
    const ENGINEIO_FLOOR: usize = 562;
    const ENGINEIO_CLIENT_FLOOR: usize = 550;
    const SOCKETIO_FLOOR: usize = 1000;
    const SOCKETIO_CLIENT_FLOOR: usize = 1000;
    const SOCKJS_FLOOR: usize = 950;

    #[test]
    fn text_cannot_leave_its_cell_or_bring_in_markup() {
        assert_eq!(escaped("a|b\n<i>`*_[x]\\&"), "a\\|b &lt;i&gt;\\`\\*\\_\\[x\\]\\\\&amp;");
    }

    #[test]
    fn every_requirement_of_the_catalogue_has_one_row_of_seven_cells() {
        let catalogue = Catalogue::embedded().unwrap();
        let covered = coverage(&catalogue);
        assert_eq!(covered.len(), catalogue.requirements.len());
        let specs: BTreeSet<_> = covered.iter().map(|covered| covered.requirement.id.spec()).collect();
        let pages: BTreeMap<_, _> =
            specs.into_iter().map(|spec| (spec, listing(&catalogue, spec).unwrap())).collect();
        for covered in &covered {
            let row = listing_row(covered);
            let page = &pages[covered.requirement.id.spec()];
            assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
            assert_eq!(page.lines().filter(|line| *line == row).count(), 1, "{row}");
        }
    }

    #[test]
    fn the_summary_links_to_the_page_of_each_specification() {
        let page = summary(&Catalogue::embedded().unwrap());
        let links: Vec<_> = page.lines().filter(|line| line.starts_with("- ")).collect();
        let specs = ["6455", "7692", "8441", "8446", "9110", "9112", "9113", "9114", "9220"];
        let pages = specs.map(|number| format!("- [RFC {number}](coverage/rfc{number}.md)"));
        let named = |name: &str| format!("- [{name}](coverage/{name}.md)");
        let before = ["engineio", "http-connect", "intermediaries"].map(named).into_iter();
        let pages = before.chain(pages).chain(["socketio", "sockjs", "socks5", "stomp"].map(named));
        assert_eq!(links, pages.collect::<Vec<_>>());
    }

    /// The ratio reached, in tenths of a percent; it may only grow.
    #[test]
    fn no_less_is_proven_than_was() {
        let catalogue = Catalogue::embedded().unwrap();
        let covered = coverage(&catalogue);
        let permille = |role, spec: &str| {
            let is_asked = |covered: &&Covered<'_>| covered.requirement.id.spec().starts_with(spec);
            tally(duties(&covered).filter(is_asked), role).permille().unwrap()
        };
        let reached =
            [(Role::Server, "rfc"), (Role::Client, "rfc"), (Role::Server, "stomp"), (Role::Client, "stomp")];
        let of_servers = ["engineio", "socketio", "sockjs"].map(|spec| (Role::Server, spec));
        let of_clients = ["engineio", "socketio"].map(|spec| (Role::Client, spec));
        let all = reached.into_iter().chain(of_servers).chain(of_clients);
        let reached: Vec<_> = all.map(|(role, spec)| permille(role, spec)).collect();
        let floors = [
            SERVER_FLOOR,
            CLIENT_FLOOR,
            STOMP_FLOOR,
            STOMP_CLIENT_FLOOR,
            ENGINEIO_FLOOR,
            SOCKETIO_FLOOR,
            SOCKJS_FLOOR,
            ENGINEIO_CLIENT_FLOOR,
            SOCKETIO_CLIENT_FLOOR,
        ];
        assert!(reached.iter().zip(floors).all(|(&reached, floor)| reached >= floor), "{reached:?}");
    }

    #[test]
    fn what_is_observable_and_no_permission_names_a_flaw_or_says_why_none() {
        let catalogue = Catalogue::embedded().unwrap();
        for covered in coverage(&catalogue) {
            let Covered { requirement, .. } = &covered;
            let needs =
                covered.is_observable() && requirement.level != Level::May && requirement.gap.is_none();
            assert!(!needs || !broken_by(requirement, true).is_empty(), "{}", requirement.id);
        }
    }

    #[test]
    fn what_no_case_tests_says_why() {
        let catalogue = Catalogue::embedded().unwrap();
        for covered in coverage(&catalogue) {
            let row = listing_row(&covered);
            let says = row.contains("*not observable:*") || row.contains("**not tested:**");
            assert_eq!(says, covered.requirement.gap.is_some(), "{row}");
        }
    }
}
