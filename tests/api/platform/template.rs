//! `template.yaml`, the files of the functions crate and the code say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use local::cors;
use serde::Deserialize;
use serde_json::json;
use shared::config::{self, Config};
use shared::files::bucket::LONGEST_CALL;
use shared::lambda::ANSWER_AHEAD;
use shared::routes::Endpoint;
use shared::store::change::FILTERS;
use shared::store::schema;
use shared::worker::Worker;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    parameters: BTreeMap<String, serde_json::Value>,
    globals: Globals,
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Globals {
    function: FunctionGlobals,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionGlobals {
    timeout: u64,
    environment: Environment,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    metadata: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    properties: serde_json::Value,
}

/// A function with its crate, its binary and its routes.
type Function = (String, String, BTreeSet<(String, String)>);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn template() -> Template {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_template_serves_exactly_the_route_table() {
    let functions: BTreeSet<Function> = template()
        .resources
        .into_values()
        .filter(|resource| resource.r#type == "AWS::Serverless::Function")
        .map(|resource| {
            let events = resource.properties["Events"].as_object().into_iter().flat_map(|events| events.values());
            let routes = events
                .filter(|event| event["Type"] == "HttpApi")
                .map(|event| &event["Properties"])
                .map(|route| (text(&route["Method"]), text(&route["Path"])));
            let binary = text(&resource.metadata.unwrap()["BuildProperties"]["Binary"]);
            (text(&resource.properties["CodeUri"]), binary, routes.collect())
        })
        .collect();
    let endpoints = Endpoint::ALL.iter().map(|endpoint| {
        let routes = match endpoint {
            // An event without method and path is API Gateway's `$default`.
            Endpoint::NotFound => BTreeSet::from([(String::new(), String::new())]),
            _ => endpoint.routes().iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect(),
        };
        ("functions".to_owned(), endpoint.function().to_owned(), routes)
    });
    let workers = Worker::ALL.iter();
    let workers = workers.map(|worker| ("functions".to_owned(), worker.function().to_owned(), BTreeSet::new()));
    assert_eq!(functions, endpoints.chain(workers).collect());
}

#[test]
fn cargo_lambda_watch_serves_exactly_the_route_table() {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for endpoint in Endpoint::ALL.iter().filter(|endpoint| **endpoint != Endpoint::NotFound) {
        for (method, path) in endpoint.routes() {
            let entry = format!(r#"{{ method = "{method}", function = "{}" }}"#, endpoint.function());
            // The rest of a path is written otherwise there.
            let path = match path.rsplit_once('{').and_then(|(before, name)| Some((before, name.strip_suffix("+}")?))) {
                Some((before, rest)) => format!("{before}{{*{rest}}}"),
                None => (*path).to_owned(),
            };
            paths.entry(path).or_default().insert(entry);
        }
    }
    let line = |(path, entries): (String, BTreeSet<String>)| {
        format!("\"{path}\" = [{}]\n", entries.into_iter().collect::<Vec<_>>().join(", "))
    };
    let expected: String = paths.into_iter().map(line).collect();
    let file = std::fs::read_to_string(root().join("CargoLambda.toml")).unwrap();
    let (_, routes) = file.split_once("[watch.router]\n").unwrap();
    assert!(routes == expected, "CargoLambda.toml should have these lines:\n{expected}");
}

#[test]
fn the_tries_of_s3_are_over_before_the_invocation_is() {
    let template = template();
    let globally = template.globals.function.timeout;
    for (name, resource) in &template.resources {
        let policies = resource.properties["Policies"].to_string();
        if ["s3:PutObject", "s3:DeleteObject"].iter().any(|action| policies.contains(action)) {
            let seconds = resource.properties["Timeout"].as_u64().unwrap_or(globally);
            assert!(LONGEST_CALL < Duration::from_secs(seconds) - ANSWER_AHEAD, "{name}: {LONGEST_CALL:?}");
        }
    }
}

#[test]
fn the_stream_reaches_its_consumer_as_it_does_here() {
    let template = template();
    let properties = &template.resources["DeliverEventsFunction"].properties;
    let event = &properties["Events"]["Stream"];
    let filters = FILTERS.map(|pattern| json!({ "Pattern": pattern }));
    let expected = json!({
        // Of the stack's own table, or of the one that it is given.
        "Stream": ["MakesTable", "Table.StreamArn", "ExistingTableStream"],
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": true,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 60,
        "FilterCriteria": { "Filters": filters },
        "DestinationConfig": { "OnFailure": { "Type": "SQS", "Destination": "FailedEvents.Arn" } },
    });
    assert_eq!((&event["Type"], &event["Properties"]), (&json!("DynamoDB"), &expected));
    let invoked = json!({
        config::RUN_JOB_FUNCTION: "RunJobFunction", config::DELIVER_WEBHOOK_FUNCTION: "DeliverWebhookFunction",
    });
    assert_eq!(properties["Environment"]["Variables"], invoked);
}

#[test]
fn every_endpoint_has_a_module_and_a_binary_of_its_name() {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = std::fs::read_dir(root().join(folder)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_suffix(".rs").filter(|name| *name != "lib").map(str::to_owned)).collect()
    };
    let endpoints = Endpoint::ALL.iter().map(|endpoint| endpoint.function());
    let workers = Worker::ALL.iter().map(|worker| worker.function());
    let functions: BTreeSet<String> = endpoints.chain(workers).map(str::to_owned).collect();
    assert_eq!(names("functions/src/bin"), functions);
    assert_eq!(names("functions/src"), functions.iter().map(|name| name.replace('-', "_")).collect());
}

#[test]
fn functions_get_exactly_the_variables_that_the_code_reads() {
    let variables: BTreeSet<String> = template().globals.function.environment.variables.into_keys().collect();
    assert_eq!(variables, Config::VARIABLES.into_iter().map(str::to_owned).collect());
}

#[test]
fn every_function_that_proves_tokens_may_count_requests_where_they_are_limited() {
    let template = template();
    let policy = &template.resources["RequestLimitPolicy"].properties;
    let roles: BTreeSet<String> = policy["Roles"].as_array().unwrap().iter().map(text).collect();
    let functions = template.resources.iter().filter(|(_, resource)| resource.r#type == "AWS::Serverless::Function");
    // The first two are for everybody, and AWS alone invokes the others.
    let open = [
        "NotFoundFunction",
        "GetSettingsFunction",
        "DeliverEventsFunction",
        "DeliverWebhookFunction",
        "RunJobFunction",
        "SocketCloseFunction",
    ];
    let proving = functions.filter(|(name, _)| !open.contains(&name.as_str()));
    assert_eq!(roles, proving.map(role).collect());
}

/// The role of a function: one that it shares, or SAM's own.
fn role((name, function): (&String, &Resource)) -> String {
    let shared = function.properties["Role"].as_str().and_then(|role| role.strip_suffix(".Arn"));
    shared.map_or_else(|| format!("{name}Role"), str::to_owned)
}

/// What asks whom roles limit, and may read them where that is switched on.
#[test]
fn every_function_that_asks_for_limits_may_read_roles_where_they_are_on() {
    let template = template();
    let policy = &template.resources["FriendsOnlyPolicy"].properties;
    let roles: BTreeSet<String> = policy["Roles"].as_array().unwrap().iter().map(text).collect();
    let asking = ["SendMessage", "SendThreadMessage", "CreateUploadUrls", "ListUsers", "SocketFrame"];
    assert_eq!(roles, asking.map(|name| format!("{name}FunctionRole")).into());
    let statement = &policy["PolicyDocument"]["Statement"][0];
    assert_eq!((&statement["Action"], &statement["Resource"]), (&json!("dynamodb:Query"), &json!("TableArn.Value")));
}

#[test]
fn the_template_makes_the_table_that_the_store_defines() {
    let template = template();
    let table = &template.resources["Table"].properties;
    let keys = |schema: &serde_json::Value| {
        let names = schema.as_array().unwrap().iter().map(|key| (text(&key["KeyType"]), text(&key["AttributeName"])));
        names.collect::<BTreeSet<_>>()
    };
    let hash_and_range =
        |pk: &str, sk: &str| BTreeSet::from([("HASH".to_owned(), pk.to_owned()), ("RANGE".to_owned(), sk.to_owned())]);
    assert_eq!(keys(&table["KeySchema"]), hash_and_range(schema::KEY[0], schema::KEY[1]));

    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap().iter();
    let indexes: BTreeSet<_> = indexes
        .map(|index| {
            (text(&index["IndexName"]), keys(&index["KeySchema"]), text(&index["Projection"]["ProjectionType"]))
        })
        .collect();
    let defined = schema::INDEXES
        .iter()
        .map(|index| (index.name.to_owned(), hash_and_range(index.pk, index.sk), "KEYS_ONLY".to_owned()));
    assert_eq!(indexes, defined.collect());

    let attributes = table["AttributeDefinitions"].as_array().unwrap().iter();
    assert!(attributes.clone().all(|attribute| attribute["AttributeType"] == "S"));
    let attributes: BTreeSet<String> = attributes.map(|attribute| text(&attribute["AttributeName"])).collect();
    let index_keys = schema::INDEXES.iter().flat_map(|index| [index.pk, index.sk]);
    assert_eq!(attributes, schema::KEY.into_iter().chain(index_keys).map(str::to_owned).collect());
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], schema::TTL);
    assert_eq!(table["StreamSpecification"]["StreamViewType"], schema::STREAM);
}

#[test]
fn the_template_tells_browsers_what_the_local_service_tells_them() {
    let template = template();
    assert_eq!(
        template.resources["Api"].properties["CorsConfiguration"],
        json!([
            "HasOrigins",
            {
                "AllowOrigins": [",", "AllowedOrigins"],
                "AllowHeaders": cors::ALLOWED_HEADERS,
                "AllowMethods": cors::ALLOWED_METHODS,
                "ExposeHeaders": cors::EXPOSED_HEADERS,
                "MaxAge": cors::MAX_AGE_SECONDS,
            },
            "AWS::NoValue",
        ])
    );
    assert_eq!(template.parameters["AllowedOrigins"]["Default"], "*");
}
