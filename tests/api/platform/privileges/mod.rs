//! Every function may do what it does and no more. That none does more than its policy in `template.yaml` allows is
//! held in every test (`tests/privileges.rs`); here every function does all that it is allowed to do, so that a policy
//! with more than that fails.

pub mod scenario;

use std::collections::BTreeSet;

use shared::routes::Endpoint;
use shared::worker::Worker;
use tests::Api;
use tests::privileges::{Need, POLICIES};

/// What is used only when others act at the same moment, with how that comes.
const RACES: [(&str, &str, &str); 1] = [
    // Somebody whom the new group bans joins between its making and the ban.
    ("create-group", "dynamodb:DeleteItem", "Table"),
];

fn is_race(function: &str, need: &Need) -> bool {
    RACES.contains(&(function, &need.action, &need.resource))
}

#[tokio::test]
async fn every_policy_allows_exactly_what_its_function_uses() {
    let used = scenario::everything(Api::start().await).await;
    let nothing = BTreeSet::new();
    let mut problems = Vec::new();
    let workers = Worker::ALL.iter().map(|worker| worker.function());
    for function in Endpoint::ALL.iter().map(|endpoint| endpoint.function()).chain(workers) {
        let Some(used) = used.get(function) else {
            problems.push(format!("{function}: no request of tests/api/privileges/scenario.rs reaches it"));
            continue;
        };
        let allowed = POLICIES.get(function).unwrap_or(&nothing);
        let say = |what: &str, need: &Need| format!("{function}: {need} {what}");
        problems.extend(used.difference(allowed).map(|need| say("is used and not allowed", need)));
        let unused = allowed.difference(used).filter(|need| !is_race(function, need));
        problems.extend(unused.map(|need| say("is allowed and not used by the scenario", need)));
    }
    assert!(problems.is_empty(), "{problems:#?}");
}
