//! `docs/dependencies.md` names every crate of `Cargo.toml`, and no other.

use std::collections::BTreeSet;

const MANIFEST: &str = include_str!("../../../Cargo.toml");
const TABLE: &str = include_str!("../../../docs/dependencies.md");

#[test]
fn every_dependency_is_justified() {
    let section = MANIFEST.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let foreign = section.lines().filter(|line| !line.contains("path = "));
    let named: BTreeSet<&str> = foreign.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    let first_cells = TABLE.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let justified: BTreeSet<&str> =
        first_cells.flat_map(|cell| cell.split(',').map(|name| name.trim().trim_matches('`'))).collect();
    assert!(10 < named.len());
    assert_eq!(named, justified);
}
