//! Which IAM action on which resource a call to AWS needs.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::Service;
use serde_json::Value;

/// An action on a resource, both as policies of the template name them: `dynamodb:Query` on `Table/index/by-id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    pub action: String,
    pub resource: String,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

impl Need {
    fn new(action: &str, resource: impl Into<String>) -> Need {
        Need { action: action.to_owned(), resource: resource.into() }
    }

    /// Whether there is such an action on such a resource: an index can only be queried and scanned, so a statement
    /// that names a table and its index gives no more than that.
    pub fn exists(&self) -> bool {
        !self.resource.contains("/index/") || ["dynamodb:Query", "dynamodb:Scan"].contains(&self.action.as_str())
    }
}

/// What a request of the SDK needs.
pub fn of(service: Service, request: &HttpRequest) -> Vec<Need> {
    let body = request.body().bytes().unwrap_or_default();
    match service {
        Service::DynamoDb => {
            let target = request.headers().get("x-amz-target").unwrap();
            of_dynamodb(target.rsplit('.').next().unwrap(), &serde_json::from_slice(body).unwrap())
        }
        Service::S3 => of_s3(request, &String::from_utf8_lossy(body)),
        Service::Sockets => vec![Need::new("execute-api:ManageConnections", of_sockets(request.method()))],
    }
}

/// Telling a socket is allowed to three functions, and closing one to two of them only.
fn of_sockets(method: &str) -> String {
    format!("arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:SocketApi/*/{method}/@connections/*")
}

/// What a function reads of the table is as it is by then, whatever wrote it a moment before; an index is always behind. Batches
/// may be late of rows that are written by others than who asks.
fn require_consistent(operation: &str, body: &Value) {
    let is_exact = |read: &Value| read["ConsistentRead"] == true;
    let is_consistent = match operation {
        "Query" if may_be_late_of_members(body) => true,
        "GetItem" | "Query" | "Scan" if body["IndexName"].is_null() => is_exact(body),
        "BatchGetItem" => {
            let mut reads = body["RequestItems"].as_object().unwrap().values();
            reads.all(|read| is_exact(read) || read["Keys"].as_array().unwrap().iter().all(may_be_late))
        }
        _ => true,
    };
    assert!(is_consistent, "{operation} may read what is out of date: {body}");
}

/// How far the members of a group have come, of whom each is then looked up exactly.
fn may_be_late_of_members(body: &Value) -> bool {
    let values = &body["ExpressionAttributeValues"];
    values[":prefix"]["S"] == "MEMBER#" && body["Limit"] == model::receipt::Receipt::MAX_LISTED + 1
}

/// A user's profile, how far they have come in a conversation and whom they block, and the state and a message of one between
/// two users, where who asks wrote nothing of late; where a message is, which is true for ever; tokens, since the row of their
/// user tells of a revocation; and what the writes are conditional on: the marks of sends, and before a receipt a ban, which ends
/// the membership that it requires.
fn may_be_late(key: &Value) -> bool {
    let [pk, sk] = ["pk", "sk"].map(|part| key[part]["S"].as_str().unwrap());
    match (pk.split_once('#').unwrap().0, sk) {
        ("USER", sk) => sk == "USER" || sk.starts_with("CONV#user#") || sk.starts_with("BLOCK#"),
        ("CONV", sk) => (sk == "HEAD" || sk.starts_with("MSG#")) && pk.starts_with("CONV#user#"),
        ("GROUP", sk) => sk.starts_with("BAN#"),
        ("TOKEN" | "ID" | "IDEM", _) => true,
        _ => false,
    }
}

fn of_dynamodb(operation: &str, body: &Value) -> Vec<Need> {
    require_consistent(operation, body);
    match operation {
        // It has no action of its own.
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().unwrap().iter();
            let kinds = writes.map(|write| write.as_object().unwrap().keys().next().unwrap().as_str());
            kinds.map(|kind| Need::new(&format!("dynamodb:{}", of_write(kind)), "Table")).collect()
        }
        _ => {
            let index = body["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
            vec![Need::new(&format!("dynamodb:{operation}"), format!("Table{index}"))]
        }
    }
}

fn of_write(kind: &str) -> &'static str {
    match kind {
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        "ConditionCheck" => "ConditionCheckItem",
        kind => panic!("a transaction with {kind}"),
    }
}

fn of_s3(request: &HttpRequest, body: &str) -> Vec<Need> {
    let url = request.uri();
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // Host, bucket, key.
    let key = path.splitn(3, '/').nth(2).unwrap_or_default();
    match request.method() {
        "GET" | "HEAD" => {
            let mut needs = vec![of_object("s3:GetObject", key)];
            // What clients were to upload may not be there, and without this a missing object looks forbidden.
            needs.extend(key.starts_with("uploads/").then(|| Need::new("s3:ListBucket", "Bucket")));
            needs
        }
        "PUT" => {
            let source = request.headers().get("x-amz-copy-source").and_then(|source| source.split_once('/'));
            let read = source.map(|(_, source)| of_object("s3:GetObject", source));
            read.into_iter().chain([of_object("s3:PutObject", key)]).collect()
        }
        "DELETE" => vec![of_object("s3:DeleteObject", key)],
        "POST" if query.contains("delete") => {
            let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
            keys.map(|key| of_object("s3:DeleteObject", key)).collect()
        }
        method => panic!("S3: {method} {url}"),
    }
}

/// Keys are allowed by their first folder.
fn of_object(action: &str, key: &str) -> Need {
    Need::new(action, format!("Bucket/{}/*", key.split('/').next().unwrap()))
}

/// What the signer of this URL must be allowed, for the URL to work: no call is made, but who opens it acts as the
/// function. `None` if it is not signed.
pub fn of_signed_url(url: &str, bucket_url: &str) -> Option<Need> {
    let key = url.strip_prefix(bucket_url).filter(|_| url.contains("X-Amz-Signature="))?;
    let is_download = url.contains("response-content-disposition=");
    let action = if is_download { "s3:GetObject" } else { "s3:PutObject" };
    Some(Need::new(action, format!("Bucket/{}/*", key.split('/').next().unwrap())))
}
