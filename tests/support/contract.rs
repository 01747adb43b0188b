//! `openapi.yaml` as a judge: what it says of an operation, and whether a real answer keeps to it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Registry, Validator};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use shared::routes::VERSIONS;

/// Under which name schemas refer to the document.
const DOCUMENT: &str = "urn:openapi";

/// The document as the local service shows it.
pub static OPENAPI: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&local::OPENAPI_JSON).unwrap());

/// The methods that a path of the document can have.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Follows a `$ref` inside the document, as often as needed.
pub fn resolved(mut pointer: String, mut value: &Value) -> (String, &Value) {
    while let Some(target) = value["$ref"].as_str() {
        pointer = target.strip_prefix('#').unwrap().to_owned();
        value = OPENAPI.pointer(&pointer).unwrap_or_else(|| panic!("nothing stands at {target}"));
    }
    (pointer, value)
}

/// What lies below `pointer` at `key`, resolved.
pub fn child<'d>(pointer: &str, value: &'d Value, key: &str) -> Option<(String, &'d Value)> {
    let child = value.get(key)?;
    Some(resolved(format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), child))
}

/// What an instance has against the schema at `pointer`.
pub fn problems(pointer: &str, instance: &Value) -> Vec<String> {
    static REGISTRY: LazyLock<Registry> =
        LazyLock::new(|| Registry::new().add(DOCUMENT, OPENAPI.clone()).unwrap().prepare().unwrap());
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

    let known = VALIDATORS.lock().unwrap().get(pointer).cloned();
    let validator = known.unwrap_or_else(|| {
        // Fragments are percent-encoded, which pointers of paths with braces need.
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = json!({ "$ref": format!("{DOCUMENT}#{fragment}") });
        let validator = jsonschema::options().offline().with_registry(&REGISTRY).build(&schema);
        let validator = Arc::new(validator.unwrap_or_else(|error| panic!("{pointer} is no schema: {error}")));
        VALIDATORS.lock().unwrap().insert(pointer.to_owned(), validator.clone());
        validator
    });
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The parameters that take the rest of a path, whatever it holds.
const RESTS: [&str; 2] = ["{reaction}", "{pushToken}"];

/// The document's path and operation for a request, if it has one.
fn operation(method: &str, path: &str) -> Option<(String, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (first, rest) = path.strip_prefix('/')?.split_once('/')?;
    // Paths with servers of their own stand beside the versions.
    let (is_versioned, path) =
        if VERSIONS.contains(&first) { (true, rest) } else { (false, path.trim_start_matches('/')) };
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.trim_start_matches('/').split('/').collect();
        let is_rest = template.last().is_some_and(|last| RESTS.contains(last));
        let length = if is_rest { template.len() <= segments.len() } else { template.len() == segments.len() };
        length
            && template.iter().zip(&segments).all(|(expected, given)| match *expected {
                // The rest of the path, which may begin with a slash.
                rest if RESTS.contains(&rest) => true,
                parameter if parameter.starts_with('{') => !given.is_empty(),
                word => word == *given,
            })
    };
    let paths = OPENAPI["paths"].as_object().unwrap().iter();
    let paths = paths.filter(|(template, item)| item["servers"].is_null() == is_versioned && fits(template));
    // A written segment wins over a parameter, as in the gateway.
    let (template, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    child(&format!("/paths/{}", template.replace('/', "~1")), item, &method.to_lowercase())
}

/// Fails unless the document foresees this answer to this request. `path` has the version and may have a query.
#[track_caller]
pub fn check_answer(method: &str, path: &str, status: u16, body: &Value) {
    let schema = match operation(method, path) {
        None => "/components/schemas/Error".to_owned(),
        Some((pointer, operation)) => {
            let responses = (format!("{pointer}/responses"), &operation["responses"]);
            let (pointer, response) = child(&responses.0, responses.1, &status.to_string())
                .unwrap_or_else(|| panic!("{method} {path}: {status} is not documented: {body}"));
            assert!(response["content"]["application/json"]["schema"].is_object(), "{pointer} has no schema");
            format!("{pointer}/content/application~1json/schema")
        }
    };
    let problems = problems(&schema, body);
    assert!(problems.is_empty(), "{method} {path}: {status} is not as {schema} says: {problems:#?}\n{body}");
}
