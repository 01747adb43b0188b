//! The layers that crates do not hold: which file may name what. `functions -> domain -> store -> model`; HTTP at the edge
//! only, keys and DynamoDB's types in the store only, writes in the write gate only, time and environment in one file each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rstest::rstest;
use shared::routes::Endpoint;
use shared::store::KINDS_OF_ROWS;
use shared::worker::Worker;

/// Where HTTP is turned to values and back.
const EDGE: &[&str] = &["shared/src/http", "shared/src/lambda.rs", "shared/src/worker.rs"];
/// Where S3 is called.
const BUCKET: [&str; 4] = [
    "shared/src/files/bucket.rs",
    "shared/src/files/objects.rs",
    "shared/src/files/error.rs",
    "shared/src/files/signer.rs",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every Rust file below `place`, or the file itself.
fn files(place: &str) -> Vec<PathBuf> {
    let path = root().join(place);
    let mut found = Vec::new();
    if path.with_extension("rs").is_file() {
        found.push(path.with_extension("rs"));
    }
    if path.is_file() {
        found.push(path.clone());
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let below = entry.unwrap().path();
            let relative = below.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            if below.is_dir() {
                found.extend(files(&relative));
            } else if below.extension().is_some_and(|extension| extension == "rs") {
                found.push(below);
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(!found.is_empty(), "{place} holds no Rust file");
    found
}

/// The code of a file: without comments, and without its tests, which may name anything.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Files in `places`, except those in `but`, that name any of `words`.
fn naming(places: &[&str], but: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in places.iter().flat_map(|place| files(place)) {
        let relative = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if but.iter().any(|exception| relative.starts_with(exception)) {
            continue;
        }
        let code = code(&path);
        found.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{relative} names {word}")));
    }
    found
}

#[rstest]
#[case::the_model_is_pure(
    &["shared/model/src"], &[],
    &["tokio", "aws_", "lambda_http", "serde_dynamo", "axum", "hyper", "async fn", ".await", "SystemTime", "Instant::now",
      "std::env", "std::fs", "TcpStream", "UdpSocket", "getrandom"]
)]
#[case::only_the_edge_knows_http(
    &["shared/src", "admin/src"], EDGE, &["lambda_http", "crate::http", "StatusCode", "axum", "hyper"]
)]
#[case::only_the_store_knows_dynamodb(
    &["shared/src", "functions/src", "admin/src"],
    // `aws` has one type of the SDK's, which both services share.
    &["shared/src/store", "shared/src/aws"],
    &["aws_sdk_dynamodb", "serde_dynamo", "AttributeValue"]
)]
#[case::only_the_bucket_knows_s3(
    &["shared/src", "functions/src", "admin/src"],
    &[&BUCKET[..], &["shared/src/aws"]].concat(),
    &["aws_sdk_s3"]
)]
#[case::the_domain_knows_no_aws(
    &["shared/src", "functions/src"],
    // `outside` calls others than AWS, by the HTTP client that the SDK has linked anyway.
    &[&BUCKET[..], &["shared/src/store", "shared/src/aws", "shared/src/outside.rs"]].concat(),
    &["aws_"]
)]
#[case::the_store_is_below_the_domain(
    &["shared/src/store"], &[],
    &["lambda_http", "crate::http", "crate::messages", "crate::reactions", "crate::conversations", "crate::groups",
      "crate::users", "crate::files", "crate::jobs", "crate::identity", "crate::delivery", "crate::sockets",
      "crate::webhooks", "crate::error", "crate::app", "crate::lambda", "crate::worker", "functions::"]
)]
#[case::the_edge_is_above_the_store(&["shared/src/http"], &[], &["crate::store", "aws_"])]
#[case::functions_reach_the_store_through_the_domain(
    &["functions/src"], &[], &["aws_", "serde_dynamo", "Key::", ".store", "store::"]
)]
#[case::only_the_gate_writes(
    &["shared/src", "functions/src", "admin/src"], &["shared/src/store/transaction.rs"],
    &[".transact_write_items()", ".put_item()", ".update_item()", ".delete_item()", ".batch_write_item()",
      ".execute_statement()", ".batch_execute_statement()", ".execute_transaction()"]
)]
#[case::only_the_clock_tells_the_time(
    &["shared/src", "functions/src"],
    // What these measure is a span inside one process: the latency of a request, the age of a cached key.
    &["shared/src/clock.rs", "shared/src/lambda.rs", "shared/src/worker.rs", "shared/src/store/tries.rs",
      "shared/src/identity/cache.rs"],
    &["SystemTime::now", "Instant::now"]
)]
#[case::only_the_configuration_reads_the_environment(
    &["shared/src", "functions/src"], &["shared/src/config.rs"], &["env::var", "env::vars", "env::args"]
)]
fn a_layer_names_only_what_is_below_it(#[case] places: &[&str], #[case] but: &[&str], #[case] words: &[&str]) {
    assert_eq!(naming(places, but, words), Vec::<String>::new());
}

/// How partitions and sort keys of all kinds of rows begin, as [`KINDS_OF_ROWS`] says.
#[test]
fn only_keys_spell_keys() {
    let beginnings = KINDS_OF_ROWS.iter().flat_map(|(pk, sk, _)| [*pk, *sk]);
    // Jobs are called by small words, which others use too.
    let beginnings = beginnings.filter(|word| word.starts_with(char::is_uppercase));
    let names = ["pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "by-id", "by-parent"];
    let literal = |word: &str| if word.ends_with('#') { format!("\"{word}") } else { format!("\"{word}\"") };
    let words: BTreeSet<String> = beginnings.chain(names).map(literal).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let places = ["shared/src", "shared/model/src", "functions/src", "admin/src"];
    assert_eq!(naming(&places, &["shared/src/store/keys"], &words), Vec::<String>::new());
}

#[test]
fn the_models_manifest_has_no_runtime_and_no_service() {
    let manifest = std::fs::read_to_string(root().join("shared/model/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for word in ["tokio", "aws", "lambda", "hyper", "http", "dynamo", "getrandom", "shared"] {
        assert!(!dependencies.contains(word), "the model depends on {word}");
    }
}

/// Tests may be long; code that a person is to hold in the head may not.
#[test]
fn no_file_is_longer_than_a_person_reads() {
    const MOST_LINES: usize = 350;
    let mut long = Vec::new();
    for path in ["shared/src", "shared/model/src", "functions/src", "local", "admin/src"].into_iter().flat_map(files) {
        let relative = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if MOST_LINES < lines {
            long.push(format!("{relative} has {lines} lines"));
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

/// Tests beside the code run with all others: no manifest leaves them out.
#[rstest]
#[case::model("shared/model", "shared/model/src")]
#[case::shared("shared", "shared/src")]
#[case::functions("functions", "functions/src")]
#[case::local(".", "local")]
#[case::admin("admin", "admin/src")]
fn tests_beside_the_code_are_run(#[case] package: &str, #[case] place: &str) {
    let manifest = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    let lib = manifest.split("[lib]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let holds_tests = |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains("#[cfg(test)]");
    let unrun: Vec<PathBuf> = files(place)
        .into_iter()
        .filter(holds_tests)
        .filter(|_| lib.lines().any(|line| line == "test = false"))
        .collect();
    assert_eq!(unrun, Vec::<PathBuf>::new());
}

/// Every function's binary hands its endpoint and its handler to the same frame, and does nothing else.
#[test]
fn a_binary_is_one_call() {
    for endpoint in Endpoint::ALL {
        let name = endpoint.function();
        let module = name.replace('-', "_");
        let code: String = code(&root().join(format!("functions/src/bin/{name}.rs"))).split_whitespace().collect();
        let call = format!("shared::lambda::run(shared::routes::Endpoint::{endpoint:?},functions::{module}::HANDLER");
        let expected = format!("fnmain()->Result<(),lambda_http::Error>{{{call})}}");
        assert_eq!(code.replace(",)", ")"), expected, "{name}");
    }
    for worker in Worker::ALL {
        let name = worker.function();
        let module = name.replace('-', "_");
        let code: String = code(&root().join(format!("functions/src/bin/{name}.rs"))).split_whitespace().collect();
        let call = format!("shared::worker::run(shared::worker::Worker::{worker:?},functions::{module}::HANDLER)");
        assert_eq!(code, format!("fnmain()->Result<(),lambda_http::Error>{{{call}}}"), "{name}");
    }
}
