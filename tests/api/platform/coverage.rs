//! docs/coverage.md says of each of the vendor's operations whether it is there.

use std::collections::BTreeMap;

use shared::routes::Endpoint;

const COVERAGE: &str = include_str!("../../../docs/coverage.md");

/// A method and path without the names of its parameters.
fn shape(method: &str, path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

#[test]
fn each_operation_of_the_vendor_is_there_as_the_table_says() {
    let routes: BTreeMap<String, &str> = Endpoint::ALL
        .iter()
        .flat_map(|endpoint| endpoint.routes().iter().map(|(method, path)| (method, path, endpoint.function())))
        .map(|(method, path, function)| (shape(method, path.trim_start_matches("/{version}")), function))
        .collect();
    let rows: Vec<(&str, &str)> = COVERAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
        .map(|(operation, function)| (operation, function.trim_matches('`')))
        .collect();
    assert_eq!(rows.len(), 176);
    for (operation, function) in rows {
        let (method, path) = operation.split_once(' ').unwrap();
        let found = routes.get(&shape(method, path)).copied().unwrap_or("no");
        assert_eq!(found, function, "{operation}");
    }
}
