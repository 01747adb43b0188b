//! Least privilege, held in every test: each call of a handler to AWS is checked against the policy that
//! `template.yaml` gives its function, and noted. So is that it reads the table strongly consistent: whoever reads after a write
//! of their own finds it, by whatever routes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::{ANSWERED, Service, Wiring};
use serde::Deserialize;
use serde_json::Value;

mod needs;

pub use needs::{Need, of_signed_url};

/// What each function uses or may use, by its name.
pub type ByFunction = BTreeMap<String, BTreeSet<Need>>;

/// What every function of the template may do.
pub static POLICIES: LazyLock<ByFunction> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("template.yaml");
    let template: Template = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let functions = template.resources.values().filter(|resource| resource.r#type == "AWS::Serverless::Function");
    functions.map(|function| policy(function, &template)).collect()
});

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    properties: Value,
}

/// A function's name and what its own policy, or that of the role which it shares, allows.
fn policy(function: &Resource, template: &Template) -> (String, BTreeSet<Need>) {
    let Resource { metadata, properties, .. } = function;
    let name = metadata["BuildProperties"]["Binary"].as_str().unwrap().to_owned();
    // `!GetAtt GetQueryRole.Arn`
    let shared = properties["Role"].as_str().map(|role| &template.resources[role.strip_suffix(".Arn").unwrap()]);
    let documents = match shared {
        None => properties["Policies"].as_array().cloned().unwrap_or_default(),
        Some(role) => {
            let policies = role.properties["Policies"].as_array().unwrap();
            policies.iter().map(|policy| policy["PolicyDocument"].clone()).collect()
        }
    };
    let mut allowed = BTreeSet::new();
    for policy in documents {
        let statements = policy["Statement"].as_array();
        for statement in statements.unwrap_or_else(|| panic!("{name}: a policy that is no statement: {policy}")) {
            assert_eq!(statement["Effect"], "Allow", "{name}: {statement}");
            for action in texts(&statement["Action"]) {
                let resources = texts(&statement["Resource"]).into_iter().map(|resource| plain(&resource));
                allowed
                    .extend(resources.map(|resource| Need { action: action.clone(), resource }).filter(Need::exists));
            }
        }
    }
    (name, allowed)
}

/// `!Sub "${TableArn.Value}/index/by-id"` and `!GetAtt TableArn.Value` alike: the names of the parameters that hold the
/// addresses of the stack's own table and bucket or of given ones.
fn plain(resource: &str) -> String {
    resource.replace("${", "").replace('}', "").replacen("Arn.Value", "", 1)
}

/// One text or several.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(texts) => texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        text => vec![text.as_str().unwrap().to_owned()],
    }
}

/// What the functions of one service have used.
#[derive(Clone, Debug, Default)]
pub struct Guard(Arc<Mutex<ByFunction>>);

impl Guard {
    /// Stands between the handlers and AWS.
    pub fn wiring(&self) -> Wiring {
        let guard = self.clone();
        Box::new(move |service, config| {
            let inner = config.http_client().expect("the service has an HTTP client");
            let guard = guard.clone();
            let client = http_client_fn(move |settings, components| {
                let inner = inner.http_connector(settings, components);
                SharedHttpConnector::new(Guarded { service, inner, guard: guard.clone() })
            });
            config.into_builder().http_client(client).build()
        })
    }

    /// What was used so far.
    pub fn used(&self) -> ByFunction {
        self.0.lock().unwrap().clone()
    }

    /// Notes what a request needs. What the policy of its function does not allow is a panic, which no handler can
    /// overlook as it could overlook a refusal, and which its caller reads as `500 ERR_EXCEPTION`.
    fn check(&self, service: Service, request: &HttpRequest) {
        // Outside a request, as in seeding, no function is at work.
        let Ok(function) = ANSWERED.try_with(|function| *function) else { return };
        let needs = needs::of(service, request);
        let allowed = POLICIES.get(function).unwrap_or_else(|| panic!("template.yaml has no {function}"));
        let refused = needs.iter().find(|need| !allowed.contains(*need)).cloned();
        self.0.lock().unwrap().entry(function.to_owned()).or_default().extend(needs);
        if let Some(need) = refused {
            panic!("the policy of {function} in template.yaml does not allow {need}");
        }
    }
}

#[derive(Debug)]
struct Guarded {
    service: Service,
    inner: SharedHttpConnector,
    guard: Guard,
}

impl HttpConnector for Guarded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.guard.check(self.service, &request);
        self.inner.call(request)
    }
}
